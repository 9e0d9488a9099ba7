import { type LogPosition, parsePosition, sameDigest } from '@mcp/events';
import { groupBy } from './group-by.js';
import type { History, Told } from './history.js';

/** What a client was told goes forward only, in one log, and is of the log that there is; or it was told that all began anew. */
export function positionsForward({ events, record }: History): string[] {
  return [...groupBy(record.told, ({ client }) => client)].flatMap(([client, told]) => {
    const broken: string[] = [];
    let before: LogPosition | undefined;
    for (const each of sinceLastAnew(told)) {
      const place = parsePosition(each.position);
      if (place === undefined) {
        broken.push(`${client} was told ${each.position}, which is no position`);
        continue;
      }
      if (before !== undefined && place.log !== before.log) broken.push(`${client} was told of two logs`);
      if (before !== undefined && place.sequence < before.sequence)
        broken.push(`${client} was told ${place.sequence} after ${before.sequence}`);
      before = place;
      const there = events[place.sequence - 1]?.position;
      if (place.sequence > 0 && (there === undefined || !sameDigest(there.digest, place.digest)))
        broken.push(`${client} was told ${each.position}, which is no place of the log`);
    }
    return broken;
  });
}

function sinceLastAnew(told: readonly Told[]): readonly Told[] {
  return told.slice(
    Math.max(
      0,
      told.findLastIndex(({ anew }) => anew === true),
    ),
  );
}
