import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Exposition } from './exposition.js';
import { Generator, type GeneratorOptions } from './generator.js';
import { meshedPods } from './mesh/pods.js';
import { samplesOf, sumOf } from './page/exposed-samples.js';

const startedAt = 1_787_000_000_000;

function meshAt(options: Omit<GeneratorOptions, 'now'> = {}) {
  let now = startedAt;
  const generator = new Generator({ ...options, now: () => now });
  const exposition = new Exposition(generator);
  return {
    generator,
    exposition,
    pass: (seconds: number) => void (now += seconds * 1000),
    pages: () => new Map(meshedPods.map(({ name }) => [name, samplesOf(exposition.page(name))])),
  };
}

const steps = fc.array(fc.double({ min: 0.001, max: 120, noNaN: true }), { minLength: 1, maxLength: 6 });

describe('the generator', () => {
  it('counts the same in many steps as in one', () => {
    fc.assert(
      fc.property(steps, (seconds) => {
        const stepwise = meshAt();
        for (const step of seconds) {
          stepwise.pass(step);
          stepwise.generator.truth();
        }
        const atOnce = meshAt();
        for (const step of seconds) atOnce.pass(step);
        expect(stepwise.pages()).toEqual(atOnce.pages());
        expect(stepwise.generator.truth()).toEqual(atOnce.generator.truth());
      }),
      { numRuns: 12 },
    );
  });

  it('never lets a counter fall, nor a bucket hold more than the next', () => {
    fc.assert(
      fc.property(steps, (seconds) => {
        const mesh = meshAt();
        let before = mesh.pages();
        for (const step of seconds) {
          mesh.pass(step);
          const after = mesh.pages();
          expect(fallen(before, after)).toEqual([]);
          expect(unordered(after)).toEqual([]);
          before = after;
        }
      }),
      { numRuns: 8 },
    );
  });

  it('prints what the truth says', () => {
    const mesh = meshAt({ speed: 7 });
    mesh.pass(100);
    const { flows, decisions } = mesh.generator.truth();
    const whole = (pod: string): string => mesh.exposition.page(pod);
    const counted = (toOwnPort: boolean): number | undefined =>
      meshedPods.reduce(
        (sum, { name }) =>
          sum +
          (sumOf(whole(name), 'response_total', 'direction="outbound"', toOwnPort ? '"4191"' : '') ?? 0),
        0,
      );
    const ofClients = flows.filter(({ clientPod }) => clientPod !== undefined);
    expect(counted(false)).toBe(
      ofClients.reduce((sum, { counts }) => sum + counts.success + counts.failure, 0),
    );
    const denied = decisions.filter(({ what, protocol }) => what === 'denied' && protocol === 'http');
    expect(denied.map(({ pod, port, count }) => [pod, port, count])).toEqual([
      ['voting-ff4c54b8d-xrpmf', 8080, 350],
      ['web-5f86686c4d-58p7k', 9000, 175],
    ]);
    expect(
      denied.map(({ pod, port }) =>
        sumOf(whole(pod), 'inbound_http_authz_deny_total', `target_port="${port}"`),
      ),
    ).toEqual([350, 175]);
  });

  it('goes faster where it is told to', () => {
    const mesh = meshAt({ speed: 20 });
    mesh.pass(30);
    const emoji = mesh.generator.truth().flows.find(({ flow }) => flow === 'web>emoji');
    expect(emoji).toMatchObject({
      counts: { success: 1200, failure: 0, overMesh: 1200 },
      perSecond: { success: 40, failure: 0 },
      openConnections: 1,
    });
  });
});

type Pages = ReadonlyMap<string, ReadonlyMap<string, number>>;

const fallen = (before: Pages, after: Pages): string[] =>
  [...before].flatMap(([pod, samples]) =>
    [...samples]
      .filter(([name, value]) => !((after.get(pod)?.get(name) ?? NaN) >= value))
      .map(([name]) => name),
  );

/** Buckets in the order of the page that hold less than the one before them. */
const unordered = (pages: Pages): string[] =>
  [...pages.values()].flatMap((samples) => {
    const buckets = [...samples].filter(([name]) => name.includes('_bucket{'));
    const series = (name: string): string => name.replace(/le="[^"]*"/, '');
    return buckets
      .filter(([name, value], i) => {
        const previous = buckets[i - 1];
        return previous !== undefined && series(previous[0]) === series(name) && previous[1] > value;
      })
      .map(([name]) => name);
  });
