import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type FaultSeen, FaultWatch } from './fault-watch.js';

const lost: FaultSeen = { code: 'part-missing', part: 'requests', message: 'no answer in time' };
const pollMs = 15_000;

/** Readings, 15 s apart. */
class Readings {
  readonly watch = new FaultWatch();
  news: string[] = [];
  at = 1_760_000_000_000;

  /** `x`: it has the fault; `.`: it has not; ` `: it could not tell. */
  take(readings: string): this {
    for (const reading of readings) {
      this.at += pollMs;
      const { began, ended } = this.watch.take(reading === 'x' ? [lost] : [], this.at, () => reading === '.');
      this.news.push(...began.map(() => 'began'), ...ended.map(() => 'ended'));
    }
    return this;
  }
}

describe('a fault of telemetry', () => {
  it('is held from the second reading in a row that has it, since the first', () => {
    const readings = new Readings().take('.x.x.x');
    expect(readings.watch.held).toEqual([]);
    const since = readings.at;
    expect(readings.take('x').watch.held).toEqual([{ ...lost, since }]);
    expect(readings.take('xxxx').news).toEqual(['began']);
  });

  it('has ended with the fourth reading in a row that would have it and has not', () => {
    expect(new Readings().take('xx...x...').news).toEqual(['began']);
    expect(new Readings().take('xx....').news).toEqual(['began', 'ended']);
    expect(new Readings().take('xx   .   ').news).toEqual(['began']);
  });

  it('is given twice as long to stay away each time it comes back within the hour', () => {
    const readings = new Readings().take('xx....xx.......');
    expect(readings.news).toEqual(['began', 'ended', 'began']);
    expect(readings.take('.').news).toEqual(['began', 'ended', 'began', 'ended']);
    readings.take('.'.repeat(241)).take('xx....');
    expect(readings.news.slice(4)).toEqual(['began', 'ended']);
  });

  it('is said no more than a few times an hour, however it comes and goes', () => {
    const pattern = fc.array(fc.constantFrom('xx....', 'x.', 'xx........', 'xxx................'), {
      minLength: 100,
      maxLength: 300,
    });
    fc.assert(
      fc.property(pattern, (parts) => {
        const readings = new Readings().take(parts.join(''));
        const hours = Math.ceil((parts.join('').length * pollMs) / 3_600_000);
        expect(readings.news.length).toBeLessThanOrEqual(12 * hours);
      }),
      { numRuns: 50 },
    );
  });

  it('is another one of another part, or of other counters', () => {
    const watch = new FaultWatch();
    const counters = { ...lost, part: 'counters' };
    const all = [lost, { ...counters, counters: 'denied http' }, { ...counters, counters: 'denied tcp' }];
    watch.take(all, 1_000, () => true);
    expect(watch.take(all, 2_000, () => true).began).toHaveLength(3);
  });
});
