import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type { EventLog } from '@mcp/event-log';
import type { LogPosition, RecordedEvent, Subject } from '@mcp/events';
import fc from 'fast-check';
import type { Fold } from './fold.js';
import { Projection } from './projection.js';

type Newest = Map<Subject, string>;

/** The newest event of each subject. */
const newestFold: Fold<Newest> = {
  name: 'newest',
  version: 1,
  initial: () => new Map(),
  evolve: (newest, { subject, id }) => newest.set(subject, id),
  *encode(newest) {
    for (const entry of newest) yield new TextEncoder().encode(JSON.stringify(entry));
  },
  restore: (newest, chunk) =>
    newest.set(...(JSON.parse(new TextDecoder().decode(chunk)) as [Subject, string])),
};

interface Moment {
  readonly position: LogPosition;
  readonly newest: Newest;
}

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ append: fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }) }) },
    { weight: 2, arbitrary: fc.record({ snapshotEvery: fc.integer({ min: 1, max: 9 }) }) },
    { weight: 1, arbitrary: fc.record({ trimAt: fc.double({ min: 0, max: 1, noNaN: true }) }) },
  ),
  { minLength: 4, maxLength: 40 },
);

export interface OpenedLog {
  readonly log: EventLog;
  readonly close: () => Promise<void>;
}

/** The past of a projection, on any log: what was saved and trimmed meanwhile makes no difference to it. */
export function pastStatesContract(openLog: () => Promise<OpenedLog>): void {
  it('is at any place what the events up to there make, whatever snapshots and trims there were', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (story) => {
        const { log, close } = await openLog();
        const moments: Moment[] = [];
        let follower = following(log, 3);
        try {
          for (const step of story) {
            if ('append' in step) {
              moments.push(await append(log, moments.at(-1), step.append));
              await follower.projection.reached(moments.at(-1)!.position, new AbortController().signal);
            } else if ('snapshotEvery' in step) {
              await follower.stop();
              follower = following(log, step.snapshotEvery);
            } else {
              const at = moments[Math.floor(step.trimAt * (moments.length - 1))];
              if (at !== undefined) await trim(log, at);
            }
          }
          const { sequence: oldest } = await log.oldest();
          for (const { position, newest } of moments) {
            const past = follower.projection.at(position);
            if (position.sequence < oldest)
              await expect(past).rejects.toMatchObject({ code: 'POSITION_TRIMMED' });
            else expect((await past).state).toEqual(newest);
          }
        } finally {
          await follower.stop();
          await close();
        }
      }),
      { numRuns: 25 },
    );
  });
}

function following(log: EventLog, snapshotEveryEvents: number) {
  const projection = new Projection({ log, fold: newestFold, snapshotEveryEvents, replayCheck: false });
  const abort = new AbortController();
  const ended = projection.run(abort.signal);
  ended.catch(() => undefined);
  const stop = async (): Promise<void> => {
    await projection.whenCaughtUp(new AbortController().signal);
    abort.abort();
    await ended;
  };
  return { projection, stop };
}

async function append(log: EventLog, before: Moment | undefined, about: readonly number[]): Promise<Moment> {
  const newest = new Map(before?.newest);
  const writes = about.map((name) => {
    const subject = `Pod/shop/web/${name}`;
    const id = randomUUID();
    newest.set(subject, id);
    const actor = { name: 'collector', provenBy: 'component' as const };
    const data = { namespaces: ['shop'] };
    const event = { id, type: 'ScopeDeclared' as const, version: 1, occurredAt: 1, actor, data };
    return { subject, expectedVersion: 'any' as const, event };
  });
  const { position } = await log.append({ writes });
  return { position, newest };
}

/** Leaves of what is before the newest event of each subject. */
async function trim(log: EventLog, { position }: Moment): Promise<void> {
  if (position.sequence <= (await log.oldest()).sequence) return;
  const living = new Map<Subject, RecordedEvent>();
  const start = { log: position.log, sequence: 0, digest: '' };
  for await (const batch of log.read(start, { until: position }))
    for (const event of batch) {
      living.delete(event.subject);
      living.set(event.subject, event);
    }
  await log.trim(position, living.values());
}
