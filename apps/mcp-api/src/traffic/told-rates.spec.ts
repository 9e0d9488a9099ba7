import { describe, expect, it } from '@jest/globals';
import { EdgeRate, WatchMeshGraphResponse } from '@mcp/contracts';
import type { EdgeSample } from '@mcp/mesh';
import fc from 'fast-check';
import { namespaceFilter } from '../graph/namespace-filter.js';
import { RateBulletin } from './rate-bulletin.js';
import { differs, nothingTold, RateNews, type ToldRates } from './told-rates.js';

type Poll = Readonly<Record<string, EdgeSample>>;

function told(before: ToldRates, poll: Poll): ToldRates {
  const news = new RateNews(before);
  for (const [key, sample] of Object.entries(poll)) news.edge({ key, namespaces: ['shop'] }, sample);
  return news.told();
}

describe('a rate is told again', () => {
  it.each<[string, EdgeSample, EdgeSample, boolean]>([
    ['where it grew by more than a tenth', { successPerSecond: 100 }, { successPerSecond: 110.1 }, true],
    ['not where it grew by a tenth', { successPerSecond: 100 }, { successPerSecond: 110 }, false],
    ['where it fell by more than a tenth', { successPerSecond: 100 }, { successPerSecond: 89 }, true],
    ['where there are failures and were none', { failurePerSecond: 0 }, { failurePerSecond: 0.1 }, true],
    ['where connections fail and did not', {}, { failedConnectionsPerSecond: 0.1 }, true],
    ['not where nothing stays nothing', { openedPerSecond: 0 }, { openedPerSecond: 0 }, false],
    ['where it is no longer known', { successPerSecond: 0 }, {}, true],
    ['where it is known at last', {}, { readBytesPerSecond: 0 }, true],
    ['not where only a latency changed', { p95Ms: 10 }, { p95Ms: 90 }, false],
  ])('%s', (_rule, before, after, expected) => {
    expect(differs(before, after)).toBe(expected);
  });

  it('compared with what was told last, however slowly it goes', () => {
    let rates = nothingTold;
    const tellings: number[] = [];
    for (let rate = 100; rate <= 130; rate += 5) {
      rates = told(rates, { edge: { successPerSecond: rate } });
      if (rates.changed.length > 0) tellings.push(rate);
    }
    expect(tellings).toEqual([100, 115, 130]);
  });
});

describe('who follows the news of rates', () => {
  const polls = fc.array(
    fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.record({ successPerSecond: fc.nat(200) }), {
      maxKeys: 3,
    }),
  );

  it('knows of each edge what it has, within a tenth, and of no other', () => {
    fc.assert(
      fc.property(polls, fc.nat(5), (looks, joins) => {
        let rates = nothingTold;
        let known: Map<string, EdgeSample> | undefined;
        for (const [index, poll] of looks.entries()) {
          rates = told(rates, poll);
          if (index < joins) continue;
          const bulletin = new RateBulletin(rates, undefined);
          const all = namespaceFilter([]);
          const messages = known === undefined ? bulletin.whole(all) : bulletin.news(all);
          known ??= new Map();
          for (const message of messages.map((bytes) => WatchMeshGraphResponse.decode(bytes).message)) {
            const changes = message?.$case === 'rates' ? message.rates : undefined;
            for (const { edge, sample } of changes?.changed ?? [])
              known.set(edge, { ...sample } as EdgeSample);
            for (const edge of changes?.unknown ?? []) known.delete(edge);
          }
          expect([...known.keys()].sort()).toEqual(Object.keys(poll).sort());
          for (const [edge, sample] of known) expect(differs(sample, poll[edge] ?? {})).toBe(false);
        }
        expect(rates.all.size).toBe(Object.keys(looks.at(-1) ?? {}).length);
      }),
    );
  });

  it('gets many in several messages, of which only the first makes it forget', () => {
    const many = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [
        `Edge/${'x'.repeat(60)}${index}`,
        { successPerSecond: index },
      ]),
    );
    const messages = new RateBulletin(told(nothingTold, many), undefined).whole(namespaceFilter(['shop']));
    const parts = messages.map((bytes) => WatchMeshGraphResponse.decode(bytes).message);
    const changes = parts.flatMap((part) => (part?.$case === 'rates' ? [part.rates] : []));
    expect(changes.map(({ whole }) => whole)).toEqual([true, ...changes.slice(1).map(() => false)]);
    expect(changes.length).toBeGreaterThan(2);
    expect(changes.flatMap(({ changed }) => changed)).toHaveLength(3_000);
    expect(Math.max(...messages.map(({ byteLength }) => byteLength))).toBeLessThan(70 * 1024);
    expect(new RateBulletin(told(nothingTold, many), undefined).news(namespaceFilter(['bank']))).toEqual([]);
  });

  it('reads each rate as the generated code has it', () => {
    const [first] = told(nothingTold, { edge: { successPerSecond: 1, mtlsShare: 0 } }).changed;
    expect(EdgeRate.decode(first?.bytes ?? new Uint8Array())).toMatchObject({
      edge: 'edge',
      sample: { successPerSecond: 1, mtlsShare: 0, failurePerSecond: undefined },
    });
  });
});
