import { type EventLog, isEventLogError } from '@mcp/event-log';
import type { Metrics } from '@mcp/runtime';
import type { OpenedLog } from './event-log.js';
import { meteredBoard } from './metered-board.js';

/** An append is on the disk of a server in a millisecond; one that is repeated until it is answered takes seconds. */
const secondsBuckets = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];

/**
 * `recorded`: also where it had been before. `refused`: by a version, an epoch, a key or its size. `unknown`: it may be recorded.
 * `unavailable`: it is not recorded.
 */
const appendOutcomes = ['recorded', 'refused', 'unknown', 'unavailable'] as const;

/** The same, with what this process reads from the log and appends to it, asks and answers in metrics. */
export function metered(opened: OpenedLog, metrics: Metrics): OpenedLog {
  return { ...opened, log: meteredLog(opened.log, metrics), board: meteredBoard(opened.board, metrics) };
}

function meteredLog(log: EventLog, metrics: Metrics): EventLog {
  const appends = metrics.counter(
    'mcp_log_appends_total',
    'Appends to the log, by what became of them.',
    'outcome',
    appendOutcomes,
  );
  const appended = metrics.counterOf('mcp_log_appended_events_total', 'Events that were appended.', [{}]);
  const took = metrics.histogramOf(
    'mcp_log_append_seconds',
    'How long appends took, those that failed included.',
    [{}],
    secondsBuckets,
  );
  const read = metrics.counterOf(
    'mcp_log_read_events_total',
    'Events that were read from the log, by all readers of this process.',
    [{}],
  );

  async function* counted<Event>(batches: AsyncIterable<readonly Event[]>): AsyncIterable<readonly Event[]> {
    for await (const batch of batches) {
      read({}, batch.length);
      yield batch;
    }
  }
  return {
    mesh: log.mesh,
    snapshots: log.snapshots,
    identity: () => log.identity(),
    head: () => log.head(),
    oldest: () => log.oldest(),
    keptSince: () => log.keptSince(),
    async append(asked) {
      const begun = performance.now();
      try {
        const done = await log.append(asked);
        appends('recorded');
        if (!done.duplicate) appended({}, asked.writes.length);
        return done;
      } catch (error) {
        appends(outcomeOf(error));
        throw error;
      } finally {
        took({}, (performance.now() - begun) / 1_000);
      }
    },
    read: (from, options) => counted(log.read(from, options)),
    readStored: (from, options) => counted(log.readStored(from, options)),
    follow: (from, signal) => counted(log.follow(from, signal)),
    compare: (a, b) => log.compare(a, b),
    positionAt: (recordedAt) => log.positionAt(recordedAt),
    versionOf: (subject) => log.versionOf(subject),
    claim: (role, holder) => log.claim(role, holder),
    durability: () => log.durability(),
    trim: (below, baseline, epoch) => log.trim(below, baseline, epoch),
    size: () => log.size(),
    close: () => log.close(),
  };
}

function outcomeOf(error: unknown): (typeof appendOutcomes)[number] {
  if (isEventLogError(error, 'OUTCOME_UNKNOWN')) return 'unknown';
  return isEventLogError(error, 'LOG_UNAVAILABLE') || !isEventLogError(error) ? 'unavailable' : 'refused';
}
