import type { Write } from '@mcp/event-log';
import { versionOfType } from '@mcp/events';
import type { Fact } from '@mcp/traffic';

const eventsPerAppend = 500;

/** Facts as appends, in order. `versionOf` gives the version that a subject has in the log. */
export function* factAppends(
  facts: readonly Fact[],
  versionOf: (subject: string) => number,
  newId: () => string,
): Generator<readonly Write[]> {
  const actor = { name: 'collector', provenBy: 'component' } as const;
  const versions = new Map<string, number>();
  const writes = facts.map(({ subject, type, occurredAt, data, tombstone }): Write => {
    const expectedVersion = versions.get(subject) ?? versionOf(subject);
    versions.set(subject, tombstone === true ? 0 : expectedVersion + 1);
    const event = { id: newId(), type, version: versionOfType(type), occurredAt, actor, data };
    return { subject, expectedVersion, event, ...(tombstone && { tombstone }) };
  });
  for (let from = 0; from < writes.length; from += eventsPerAppend)
    yield writes.slice(from, from + eventsPerAppend);
}
