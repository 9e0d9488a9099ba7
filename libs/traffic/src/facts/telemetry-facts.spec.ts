import { describe, expect, it } from '@jest/globals';
import { usageSubject } from '@mcp/events';
import { FactLog } from '../../test/fact-log.js';
import { TelemetryFacts, type TelemetryLook } from './telemetry-facts.js';

const seen = (at: number, paceMs = 15_000): TelemetryLook => ({ what: 'seen', at, paceMs });
const failed = (at: number, reason = 'no answer'): TelemetryLook => ({ what: 'failed', at, reason });

function recordedOf(
  log: FactLog,
  facts: TelemetryFacts,
  looks: readonly TelemetryLook[],
): readonly unknown[] {
  return looks.flatMap((look) => {
    facts.take(look);
    return log.record(facts.decide(), facts).map(({ data }) => data);
  });
}

const liveAt = (lastAt: number) => ({ phase: 'live', reason: '', lastAt });

/** Live since 1,000. */
function live(): { readonly log: FactLog; readonly facts: TelemetryFacts } {
  const log = new FactLog();
  const facts = new TelemetryFacts();
  recordedOf(log, facts, [seen(1_000)]);
  return { log, facts };
}

describe('the state of telemetry', () => {
  it('is live from the first look that works, and that is said once', () => {
    const facts = new TelemetryFacts();
    facts.take(seen(1_000));
    const data = { phase: 'live', reason: '', lastAt: 1_000 };
    const decided = facts.decide();
    expect(decided).toEqual([{ subject: 'telemetry', type: 'TelemetryChanged', occurredAt: 1_000, data }]);
    expect(facts.decide()).toEqual(decided);
    new FactLog().record(decided, facts);
    facts.take(seen(2_000));
    expect(facts.decide()).toEqual([]);
  });

  it('is a gap from the second look in a row that fails until the first that works', () => {
    const { log, facts } = live();
    expect(recordedOf(log, facts, [seen(2_000), failed(3_000), seen(4_000), failed(5_000)])).toEqual([]);
    expect(recordedOf(log, facts, [failed(6_000), failed(7_000, 'refused'), seen(8_000)])).toEqual([
      { phase: 'gap', reason: 'no answer', lastAt: 4_000 },
      { phase: 'live', reason: '', lastAt: 8_000 },
    ]);
  });

  it('is absent at once where there is nothing to look at', () => {
    const look: TelemetryLook = { what: 'absent', at: 1_000, reason: 'no Prometheus is configured' };
    expect(recordedOf(new FactLog(), new TelemetryFacts(), [look, look])).toEqual([
      { phase: 'absent', reason: 'no Prometheus is configured', lastAt: 0 },
    ]);
  });

  it('was a gap where nobody looked for longer than two minutes, which is said when it is over', () => {
    const { log, facts } = live();
    expect(recordedOf(log, facts, [seen(121_000), seen(241_001)])).toEqual([
      { phase: 'gap', reason: 'nobody looked', lastAt: 121_000 },
      { phase: 'live', reason: '', lastAt: 241_001 },
    ]);
  });

  it('has no gap by one look that fails, also where there is one a minute only', () => {
    const { log, facts } = live();
    const looks = [seen(61_000, 60_000), failed(121_000), seen(181_400, 60_000)];
    expect(recordedOf(log, facts, looks)).toEqual([]);
    expect(recordedOf(log, facts, [seen(361_401, 60_000)])).toHaveLength(2);
  });

  it('is known to the next process by the log: a gap since traffic was last told of, or since a checkpoint', () => {
    const { log, facts } = live();
    const workload = { namespace: 'shop', kind: 'Deployment', name: 'cart' };
    const data = { workload, day: '1970-01-01', observedMs: 0, edges: [], dropped: 0 };
    const subject = usageSubject(workload, data.day);
    log.record([{ subject, type: 'UsageRecorded', occurredAt: 3_600_000, data }], facts);
    const next = (): TelemetryFacts => log.foldInto(new TelemetryFacts());
    const gapSince = (lastAt: number) => [
      { phase: 'gap', reason: 'nobody looked', lastAt },
      { phase: 'live', reason: '', lastAt: 4_000_000 },
    ];
    expect(recordedOf(new FactLog(), next(), [seen(4_000_000)])).toEqual(gapSince(3_600_000));
    const told = next();
    told.seenUntil(3_700_000);
    expect(recordedOf(new FactLog(), told, [seen(4_000_000)])).toEqual(gapSince(3_700_000));
    expect(recordedOf(new FactLog(), next(), [seen(3_650_000)])).toEqual([]);
  });

  it('says with a live look what is wrong for two looks, once, and once that it is over', () => {
    const { log, facts } = live();
    const fault = { code: 'part-missing', part: 'requests', message: 'no answer in time' } as const;
    const looks = (faulty: string) =>
      faulty.split('').flatMap((look) => {
        at += 15_000;
        facts.take(seen(at));
        facts.describe({ at, faults: look === 'x' ? [fault] : [], told: () => true });
        return log.record(facts.decide(), facts).map(({ data }) => data);
      });
    let at = 1_000_000;
    expect(looks('x.x')).toEqual([
      { phase: 'gap', reason: 'nobody looked', lastAt: 1_000 },
      liveAt(1_015_000),
    ]);
    const faults = [{ ...fault, since: 1_045_000 }];
    expect(looks('xxx...')).toEqual([{ ...liveAt(1_060_000), faults }]);
    expect(facts.faults).toEqual(faults);
    // the next process goes on from there
    const next = log.foldInto(new TelemetryFacts());
    expect(next.faults).toEqual(faults);
    expect(looks('.')).toEqual([liveAt(at)]);
  });

  it('says a fault that lasts with the first look after a gap, in one event', () => {
    const { log, facts } = live();
    const faults = [{ code: 'incomplete', message: 'a part only' }] as const;
    const condition = (at: number) => ({ at, faults, told: () => true });
    for (const at of [2_000, 3_000]) {
      facts.take(seen(at));
      facts.describe(condition(at));
    }
    log.record(facts.decide(), facts);
    const gap = { phase: 'gap', reason: 'no answer', lastAt: 3_000 };
    expect(recordedOf(log, facts, [failed(4_000), failed(5_000)])).toEqual([gap]);
    facts.take(seen(6_000));
    facts.describe(condition(6_000));
    expect(facts.decide().map(({ data }) => data)).toEqual([
      { ...liveAt(6_000), faults: [{ ...faults[0], since: 2_000 }] },
    ]);
  });

  it('says how proxies are once, and again after an hour if that is another', () => {
    const log = new FactLog();
    const facts = new TelemetryFacts();
    const said = (at: number, proxies: number, soonestEndAt = 0) => {
      const certificates = { soonestEndAt, endingSoon: 0 };
      const inShort = { versions: [{ version: '2.366.0', proxies }], scrapedTwice: 0, certificates };
      facts.seenUntil(at);
      facts.take(seen(at));
      facts.describe({ at, faults: [], told: () => true, proxies: inShort });
      return log.record(facts.decide(), facts).map(({ data }) => data);
    };
    const first = said(2_000, 3);
    expect(first).toHaveLength(1);
    expect(first).toMatchObject([{ phase: 'live', proxies: { versions: [{ proxies: 3 }] } }]);
    expect(said(3_000, 4)).toEqual([]);
    expect(said(3_602_000, 3, 5)).toEqual([]);
    expect(said(3_603_000, 4)).toMatchObject([{ phase: 'live', proxies: { versions: [{ proxies: 4 }] } }]);
  });

  it('is a gap when the collector stops, unless it is one already', () => {
    const { log, facts } = live();
    recordedOf(log, facts, [seen(2_000)]);
    facts.stop('the collector has stopped');
    const stopped = log.record(facts.decide(), facts).map(({ data }) => data);
    expect(stopped).toEqual([{ phase: 'gap', reason: 'the collector has stopped', lastAt: 2_000 }]);
    facts.stop('the collector has stopped');
    expect(facts.decide()).toEqual([]);
  });
});
