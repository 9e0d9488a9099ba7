import type { EventLog } from '@mcp/event-log';
import type { Defect, SmallTarget } from './small-world.js';

/** What a system must not do, each as a port that does less than it promises. Only tests of the checker have them. */

/** Whoever led before may go on writing. */
export const noFence: Defect<EventLog> = (log) =>
  but(log, { append: ({ epoch: _unread, ...append }) => log.append(append) });

/** A request is answered, and then its append is to be made: here, the process was killed in between. */
export const acknowledgeBeforeAppend: Defect<EventLog> = (log) =>
  but(log, {
    append: async (append) => {
      if (append.idempotency?.scope !== 'client') return log.append(append);
      const head = await log.head();
      return {
        position: { ...head, sequence: head.sequence + append.writes.length },
        versions: append.writes.map(() => 1),
        duplicate: false,
        eventIds: append.writes.map(({ event }) => event.id),
        durability: 'synced',
      };
    },
  });

/** What an object says of who wrote it last is not read, and it is written again. */
export const doubleApply: Defect<SmallTarget> = ({ write }) => ({ live: () => undefined, write });

/** What is said to be written is not. */
export const lostWrite: Defect<SmallTarget> = ({ live }) => ({
  live,
  write: (name, { change, spec }) => ({
    ...{ object: `AuthorizationPolicy/shop/${name}`, uid: `of-${change}`, revision: 1 },
    state: { spec, change: { id: change, revision: 1 } },
  }),
});

/** The end of a subject is an event like any other. */
export const droppedTombstone: Defect<EventLog> = (log) =>
  but(log, {
    append: (append) =>
      log.append({ ...append, writes: append.writes.map(({ tombstone: _unread, ...write }) => write) }),
  });

/** The end of an object is not recorded at all. */
export const droppedDeletion: Defect<EventLog> = (log) =>
  but(log, {
    append: async (append) => {
      if (!append.writes.some(({ tombstone }) => tombstone === true)) return log.append(append);
      const position = await log.head();
      return { position, versions: [], duplicate: false, eventIds: [], durability: 'synced' };
    },
  });

/** Who reads on does not ask whether the last event it was given is still there. */
export const skippedTailCheck: Defect<EventLog> = (log) =>
  but(log, {
    read: async function* (from, options) {
      yield* log.read({ ...from, digest: await digestAt(log, from.sequence) }, options);
    },
  });

/** A snapshot says that it is of the end of the log, whatever its state has. */
export const staleSnapshot: Defect<EventLog> = (log) =>
  but(log, {
    snapshots: {
      save: async (snapshot) => log.snapshots.save({ ...snapshot, position: await log.head() }),
      load: (...asked) => log.snapshots.load(...asked),
    },
  });

/** The port with some of it done otherwise. */
function but(log: EventLog, otherwise: Partial<EventLog>): EventLog {
  return new Proxy(log, {
    get: (target, name) => {
      const found = (name in otherwise ? otherwise : target)[name as keyof EventLog];
      return typeof found === 'function' && !(name in otherwise)
        ? (found as (...args: unknown[]) => unknown).bind(target)
        : found;
    },
  });
}

async function digestAt(log: EventLog, sequence: number): Promise<string> {
  const start = { log: await log.identity(), sequence: 0, digest: '' };
  for await (const batch of log.read(start)) {
    const found = batch.find(({ position }) => position.sequence === sequence);
    if (found !== undefined) return found.position.digest;
  }
  return '';
}
