import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EventLog } from '@mcp/event-log';
import { LogUnavailable, openEmbeddedLog, PositionLost } from '@mcp/event-log';
import type { AnyRecordedEvent, LogPosition } from '@mcp/events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fold } from './fold.js';
import { followTogether } from './follow-together.js';
import { Projection } from './projection.js';

type Taken = AnyRecordedEvent[];

/** All events, as they came. */
function takenFold(name: string): Fold<Taken> {
  return {
    name,
    version: 1,
    initial: () => [],
    evolve(taken, event) {
      taken.push(event);
      return taken;
    },
    *encode(taken) {
      for (const event of taken) yield new TextEncoder().encode(JSON.stringify(event));
    },
    restore(taken, chunk) {
      taken.push(JSON.parse(new TextDecoder().decode(chunk)) as AnyRecordedEvent);
      return taken;
    },
  };
}

const never = new AbortController().signal;

describe('projections that follow the log together', () => {
  let dataDir: string;
  let log: EventLog;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'together-'));
    log = await openEmbeddedLog({ dataDir, mesh: 'test' });
  });

  afterEach(async () => {
    await log.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function append(...reasons: readonly string[]): Promise<LogPosition> {
    const writes = reasons.map((reason) => ({
      subject: 'source-state/Pod',
      expectedVersion: 'any' as const,
      event: {
        ...({ id: reason, type: 'SourceStateChanged', version: 1, occurredAt: 1, reason } as const),
        actor: { name: 'test', provenBy: 'component' } as const,
        data: { kind: 'Pod', phase: 'live', reason } as const,
      },
    }));
    return (await log.append({ writes })).position;
  }

  const projectionsOf = (names: readonly string[], on: EventLog = log, onRebuilt?: () => void) =>
    names.map(
      (name) =>
        new Projection({
          ...{ log: on, fold: takenFold(name), replayCheck: true },
          ...(onRebuilt !== undefined && { onRebuilt }),
        }),
    );

  /** Has them take all there is, then more, and end. */
  async function run(projections: readonly Projection<Taken>[], ...more: readonly string[]) {
    const stop = new AbortController();
    const ended = followTogether(log, projections, stop.signal);
    await Promise.all(projections.map((projection) => projection.whenCaughtUp(never)));
    if (more.length > 0) {
      const place = await append(...more);
      await Promise.all(projections.map((projection) => projection.reached(place, never)));
    }
    stop.abort();
    await ended;
  }

  const reasons = ({ now }: Projection<Taken>) => now.state.map(({ reason }) => reason);

  it('take the same events, each decoded once for all', async () => {
    await append('a', 'b');
    const [one, other] = projectionsOf(['one', 'other']);
    await run([one!, other!], 'c');
    expect(reasons(one!)).toEqual(['a', 'b', 'c']);
    expect(other!.now.state.map((event, index) => event === one!.now.state[index])).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('have all events once and in order, wherever the snapshot of each is', async () => {
    await append('a', 'b');
    await run(projectionsOf(['early']));
    await append('c');
    await run(projectionsOf(['late']));
    await append('d');
    const all = projectionsOf(['late', 'without', 'early']);
    await run(all, 'e');
    const everything = ['a', 'b', 'c', 'd', 'e'];
    expect(all.map(reasons)).toEqual([everything, everything, everything]);
  });

  it('are all built anew where the log lost what they read', async () => {
    const place = await append('a', 'b');
    let lost = false;
    const losing = new Proxy(log, {
      get(target, name) {
        const own: unknown = Reflect.get(target, name, target);
        if (name === 'follow' && !lost)
          return async function* (from: LogPosition, signal: AbortSignal) {
            for await (const batch of target.follow(from, signal)) {
              yield batch;
              if (batch.length > 0) continue;
              lost = true;
              throw new PositionLost(place);
            }
          };
        return typeof own === 'function' ? (own.bind(target) as unknown) : own;
      },
    });
    const rebuilt: string[] = [];
    const both = projectionsOf(['one', 'other'], losing, () => rebuilt.push('rebuilt'));
    const stop = new AbortController();
    const ended = followTogether(losing, both, stop.signal);
    await Promise.all(both.map((projection) => projection.reached(place, never)));
    await Promise.all(both.map((projection) => projection.movedFrom(place, never)));
    stop.abort();
    await ended;
    expect(rebuilt).toEqual(['rebuilt', 'rebuilt']);
    expect(both.map(reasons)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('tell who waits for one of them, which the log failed when the others had taken the event', async () => {
    let failures = 0;
    const failing = new Proxy(log, {
      get(target, name) {
        const own: unknown = Reflect.get(target, name, target);
        if (name === 'head' && failures-- > 0) return () => Promise.reject(new LogUnavailable('head'));
        return typeof own === 'function' ? (own.bind(target) as unknown) : own;
      },
    });
    let now = 0;
    const [one] = projectionsOf(['one']);
    // it asks where the end is each time
    const failed = new Projection({ log: failing, fold: takenFold('failed'), clock: () => (now += 1_000) });
    const stop = new AbortController();
    const ended = followTogether(log, [one!, failed], stop.signal);
    await Promise.all([one!, failed].map((projection) => projection.whenCaughtUp(never)));
    failures = 1;
    const place = await append('a');
    await failed.reached(place, never);
    stop.abort();
    await ended;
    expect([one!, failed].map(reasons)).toEqual([['a'], ['a']]);
  });

  it('end without an error when they are stopped while one is still reading up to the others', async () => {
    await append('a', 'b');
    const [ahead] = projectionsOf(['ahead']);
    await run([ahead!]);
    const stop = new AbortController();
    const behind = new Projection({
      ...{ log, replayCheck: false },
      fold: {
        ...takenFold('behind'),
        evolve(taken: Taken, event: AnyRecordedEvent) {
          stop.abort();
          taken.push(event);
          return taken;
        },
      },
    });
    await followTogether(log, [...projectionsOf(['ahead']), behind], stop.signal);
    expect({ caughtUp: behind.caughtUp, taken: reasons(behind) }).toEqual({ caughtUp: false, taken: [] });
  });
});
