import { type AnyRecordedEvent, parsePosition, sameDigest } from '@mcp/events';
import { formatResourceKey } from '@mcp/mesh';
import { groupBy } from './group-by.js';
import type { Acknowledged, History } from './history.js';

type Requested = Extract<AnyRecordedEvent, { type: 'ChangeRequested' }>;

/** What was acknowledged is in the log, once, at or before the position that was given; one request is one change. */
export function acknowledgedOnce({ events, record }: History): string[] {
  const requests = groupBy(
    events.filter((event): event is Requested => event.type === 'ChangeRequested'),
    ({ data }) => data.changeId,
  );
  return [
    ...record.acknowledged.flatMap((acknowledged) => [
      ...placeOf(acknowledged, events),
      ...acknowledged.changes.flatMap((change) => requestOf(change, acknowledged, requests)),
    ]),
    ...answersOfOneKey(record.acknowledged),
    ...keysOfOneChange(record.acknowledged),
  ];
}

function placeOf({ key, position }: Acknowledged, events: readonly AnyRecordedEvent[]): string[] {
  const place = parsePosition(position);
  const there = place === undefined ? undefined : events[place.sequence - 1]?.position;
  if (place !== undefined && there !== undefined && sameDigest(there.digest, place.digest)) return [];
  return [`request ${key} was acknowledged at ${position}, which is no place of the log`];
}

function requestOf(
  { id, object }: Acknowledged['changes'][number],
  { key, position }: Acknowledged,
  requests: ReadonlyMap<string, readonly Requested[]>,
): string[] {
  const [request, ...more] = requests.get(id) ?? [];
  if (request === undefined) return [`change ${id} of request ${key} was acknowledged and is not in the log`];
  const broken: string[] = [];
  if (more.length > 0) broken.push(`change ${id} is in the log ${1 + more.length} times`);
  const recorded = formatResourceKey(request.data.key);
  if (recorded !== object) broken.push(`change ${id} of ${object} is recorded of ${recorded}`);
  if (request.position.sequence > (parsePosition(position)?.sequence ?? 0))
    broken.push(`change ${id} is at ${request.position.sequence}, after ${position} that was given for it`);
  return broken;
}

function answersOfOneKey(acknowledged: readonly Acknowledged[]): string[] {
  return [...groupBy(acknowledged, ({ key }) => key)].flatMap(([key, answers]) => {
    const changes = new Set(answers.map((answer) => idsOf(answer).join()));
    return changes.size === 1 ? [] : [`request ${key} was answered with ${[...changes].join(' and with ')}`];
  });
}

function keysOfOneChange(acknowledged: readonly Acknowledged[]): string[] {
  const keys = new Map<string, string>();
  return acknowledged.flatMap((answer) =>
    idsOf(answer).flatMap((id) => {
      const first = keys.get(id) ?? answer.key;
      keys.set(id, first);
      return first === answer.key ? [] : [`requests ${first} and ${answer.key} got the same change ${id}`];
    }),
  );
}

const idsOf = ({ changes }: Acknowledged): string[] => changes.map(({ id }) => id);
