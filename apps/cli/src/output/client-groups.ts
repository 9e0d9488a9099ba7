import { isDeepStrictEqual } from 'node:util';
import {
  type ClientGroup,
  type ReachAnswer,
  type ReachClient,
  type ReachPart,
  type ReachTarget,
  PartKind,
  Reach,
  type WhoCanReachResponse,
} from '@mcp/contracts';
import { enumText, policyText, verdictText, verdictTones, workloadText } from './in-words.js';
import type { Paint } from './paint.js';
import { aligned } from './table.js';

/** For each target and each thing that clients may do there: what it is, and under it who they are, one a line. */
export function clientGroupsText({ groups, notReached }: WhoCanReachResponse, paint: Paint): string {
  const told = mergedGroups(groups).flatMap(({ target, answer, count, clients }) => [
    '',
    paint('strong', headingOf(target, answer, count)),
    ...aligned(
      (answer?.parts ?? []).map((part) => [
        `  ${paint(verdictTones[part.verdict], verdictText(part.verdict))}`,
        partText(part),
        part.authorizedBy === undefined ? '' : `by ${policyText(part.authorizedBy)}`,
        part.unknown.join(' '),
      ]),
    ),
    ...clients.map((client) => `    ${clientText(client)}`),
  ]);
  const lines = [
    ...(told.length === 0 ? ['No clients.'] : told.slice(1)),
    ...notReached.map(
      ({ workload, count }) =>
        `${workloadText(workload)}: ${count} pods have no such port, and are not reached`,
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** A group that goes on on the next page is one group. */
function mergedGroups(groups: readonly ClientGroup[]): readonly ClientGroup[] {
  const merged: ClientGroup[] = [];
  for (const group of groups) {
    const last = merged.at(-1);
    if (last !== undefined && isDeepStrictEqual([last.target, last.answer], [group.target, group.answer]))
      merged.splice(-1, 1, { ...last, clients: [...last.clients, ...group.clients] });
    else merged.push(group);
  }
  return merged;
}

function headingOf(
  target: ReachTarget | undefined,
  answer: ReachAnswer | undefined,
  clients: number,
): string {
  const reach =
    answer === undefined || answer.reach === Reach.REACH_UNSPECIFIED
      ? ''
      : `: ${enumText(Reach[answer.reach], 'REACH')}`;
  return `${targetText(target)}${reach}, for ${clients} client${clients === 1 ? '' : 's'}`;
}

function targetText(target: ReachTarget | undefined): string {
  if (target === undefined) return '?';
  const groups =
    target.groups.length > 0 && target.groups.some((group) => group > 0)
      ? ` (group ${target.groups.join(', ')})`
      : '';
  return `${workloadText(target.workload)}:${target.port === 0 ? '?' : target.port}${groups}`;
}

function clientText({ client }: ReachClient): string {
  switch (client?.$case) {
    case 'workload':
      return workloadText(client.workload.workload);
    case 'unmeshed': {
      const { inCluster, ranges, rangeCount } = client.unmeshed;
      const where = inCluster === undefined ? '' : inCluster ? ' in the cluster' : ' out of the cluster';
      const first = ranges
        .slice(0, 2)
        .map((range) => (range.first === range.last ? range.first : `${range.first}-${range.last}`));
      return `unmeshed${where}, ${first.join(' ')}${rangeCount > first.length ? ` and ${rangeCount - first.length} ranges more` : ''}`;
    }
    case 'hidden':
      return 'hidden';
    case 'described':
      return [client.described.identity, client.described.address].filter((text) => text !== '').join(' at ');
    case undefined:
      return '?';
  }
}

function partText({ kind, route }: ReachPart): string {
  switch (kind) {
    case PartKind.PART_KIND_ROUTE:
      return policyText(route);
    case PartKind.PART_KIND_NO_ROUTE:
      return 'no route';
    case PartKind.PART_KIND_CONNECTION:
      return 'not HTTP';
    case PartKind.PART_KIND_AS_ASKED:
    case PartKind.PART_KIND_EVERYTHING:
    case PartKind.PART_KIND_UNSPECIFIED:
      return '';
  }
}
