import { deflateSync, inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { columnCount, type Row } from './series-columns.js';
import { decodePage, encodePage } from './series-page.js';

const number = fc.option(fc.integer({ min: 0, max: 9_999 }), { nil: undefined });
const row: fc.Arbitrary<Row> = fc.array(number, { minLength: columnCount, maxLength: columnCount });
const rows = fc.uniqueArray(fc.tuple(fc.string({ unit: 'grapheme' }), row), { selector: ([edge]) => edge });

describe('a page', () => {
  it('has every row that went in, by its edge and in all, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(rows, async (given) => {
        const page = await decodePage(await encodePage(given));
        expect(new Map(page?.rows())).toEqual(new Map(given));
        for (const [edge, values] of given) expect(page?.row(edge)).toEqual(values);
        expect(page?.row('another')).toBe(given.find(([edge]) => edge === 'another')?.[1]);
      }),
    );
  });

  it('of which any byte is changed, or that is cut short, is known as damaged', async () => {
    const values = Array.from({ length: columnCount }, (_, column) => column);
    const bytes = await encodePage([
      ['a>b:1', values],
      ['c>d:2', values],
    ]);
    expect(await decodePage(bytes)).toBeDefined();
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Uint8Array.from(bytes);
      changed[index]! ^= 0x55;
      expect(await decodePage(changed)).toBeUndefined();
      expect(await decodePage(bytes.subarray(0, index))).toBeUndefined();
    }
  });

  it('that another hand deflated, and whose content is none, is known as damaged', async () => {
    const good = inflateSync(await encodePage([['a>b:1', [1, 2, 3]]]));
    const damaged = async (change: (content: Buffer) => Buffer) =>
      (await decodePage(deflateSync(change(Buffer.from(good))))) === undefined;
    const set = (place: number, value: number) => (content: Buffer) => {
      content[place] = value;
      return content;
    };
    expect([
      await damaged(() => Buffer.alloc(0)),
      await damaged(set(0, 1)),
      await damaged(set(1, 2)),
      await damaged(set(4, 255)),
      // the length of the one key
      await damaged(set(5, 255)),
      // the number of the first column
      await damaged(set(14, 200)),
      await damaged((content) => content.subarray(0, -1)),
    ]).toEqual([true, true, true, true, true, true, true]);
  });

  it('takes a few bytes for each number', async () => {
    const many = Array.from({ length: 300 }, (_, index): [string, Row] => {
      const values = [1234 + index, 0, 5678 - index, undefined, undefined, undefined, 1, 3 + (index % 5)];
      return [`shop-${index % 7}/Deployment/web>shop/Deployment/cart-${index}:8080`, values];
    });
    expect((await encodePage(many)).length / many.length).toBeLessThan(12);
  });
});
