import { type DesiredStates, desiredStatesFold } from '@mcp/desired-state';
import type { EventLog } from '@mcp/event-log';
import type { AnyRecordedEvent } from '@mcp/events';
import { meshGraphFold } from '@mcp/graph';
import { type Fold, Projection } from '@mcp/projections';
import type { History } from './history.js';

/** All of a log that was never trimmed, as a reader gets it that checks every digest. */
export async function readHistory(
  log: EventLog,
  beside: Pick<History, 'cluster' | 'record'>,
): Promise<History> {
  const events: AnyRecordedEvent[] = [];
  const start = { log: await log.identity(), sequence: 0, digest: '' };
  for await (const batch of log.read(start, { verify: 'every-event' }))
    events.push(...(batch as readonly AnyRecordedEvent[]));
  const versions = new Map<string, number>();
  for (const { subject } of events)
    if (!versions.has(subject)) versions.set(subject, await log.versionOf(subject));
  return { events, versions, restored: await restoredBeside(log, events), ...beside };
}

async function restoredBeside(
  log: EventLog,
  events: readonly AnyRecordedEvent[],
): Promise<History['restored']> {
  const end = events.at(-1)?.position;
  if (end === undefined) return [];
  const asReplayed = async <State>(fold: Fold<State>) => {
    let replayed = fold.initial();
    for (const event of events) replayed = fold.evolve(replayed, event);
    const { state } = await new Projection({ log, fold }).at(end);
    return { projection: fold.name, asReplayed: isSame(fold, state, replayed) };
  };
  return [await asReplayed<DesiredStates>(desiredStatesFold()), await asReplayed(meshGraphFold)];
}

function isSame<State>(fold: Fold<State>, a: State, b: State): boolean {
  const bytes = (state: State): Buffer => Buffer.concat([...fold.encode(state)]);
  return fold.same?.(a, b) ?? bytes(a).equals(bytes(b));
}
