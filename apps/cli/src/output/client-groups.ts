import {
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
import { table } from './table.js';

/** A row for each client and each thing that it may or may not do. */
export function clientGroupsText({ groups, notReached }: WhoCanReachResponse, paint: Paint): string {
  const rows = groups.flatMap(({ target, answer, clients }) =>
    clients.flatMap((client) =>
      (answer?.parts ?? []).map((part) => [
        targetText(target),
        clientText(client),
        reachText(answer),
        paint(verdictTones[part.verdict], verdictText(part.verdict)),
        partText(part),
        policyText(part.authorizedBy),
        part.unknown.join(' '),
      ]),
    ),
  );
  const lines = notReached.map(
    ({ workload, count }) =>
      `${workloadText(workload)}: ${count} pods have no such port, and are not reached\n`,
  );
  if (rows.length === 0) return `No clients.\n${lines.join('')}`;
  const titles = ['TARGET', 'CLIENT', 'REACH', 'VERDICT', 'WHAT', 'ADMITTED BY', 'NOT KNOWN'];
  return table(titles, rows) + lines.join('');
}

function reachText(answer: ReachAnswer | undefined): string {
  return answer === undefined || answer.reach === Reach.REACH_UNSPECIFIED
    ? ''
    : enumText(Reach[answer.reach], 'REACH');
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
