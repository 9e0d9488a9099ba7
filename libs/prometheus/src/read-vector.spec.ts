import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { vectorText } from '../test/answers.js';
import { CutAnswer } from './cut-answer.js';
import type { VectorSample } from './instant-query.js';
import { readVector } from './read-vector.js';
import { MalformedAnswer } from './vector-document.js';

const signal = new AbortController().signal;

function cut(bytes: Buffer, chunkBytes: number, sliceBytes?: number): CutAnswer {
  const answer = new CutAnswer(sliceBytes);
  for (let at = 0; at < bytes.length; at += chunkBytes) answer.add(bytes.subarray(at, at + chunkBytes));
  return answer;
}

async function read(text: string, chunkBytes = 64_000, sliceBytes?: number) {
  const samples: VectorSample[] = [];
  const answer = cut(Buffer.from(text), chunkBytes, sliceBytes);
  const { rows, warnings } = await readVector(answer, signal, (sample) => samples.push(sample));
  return { samples, rows, warnings, slices: answer.slices.length };
}

/** All that could be taken for the end of a string, of a row, or of the rows. */
const pieces = ['},{"metric":', '"', '\\', '\\"', '}]}', ',', '\u2028', '\u0000', '\n', 'é', '😀', '\ud800'];
const text = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 })), { maxLength: 6 })
  .map((parts) => parts.join(''));
const labelName = fc.oneof(fc.constantFrom('__proto__', '__name__', 'metric', 'value', ''), text);

/** A JSON string with each character written in one of the ways that JSON has for it. */
const jsonString = (value: string) =>
  fc.array(fc.boolean(), { minLength: value.length, maxLength: value.length }).map((escaped) => {
    const written = value.split('').map((unit, at) => {
      const plain = JSON.stringify(unit).slice(1, -1);
      return escaped[at] === true ? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}` : plain;
    });
    return `"${written.join('')}"`;
  });
const row = fc
  .array(fc.tuple(labelName.chain(jsonString), text.chain(jsonString)), { maxLength: 4 })
  .chain((labels) =>
    fc.constantFrom('1', '-0.5', 'NaN', '+Inf', '-Inf', '1e+06').map((value) => {
      const metric = labels.map(([name, label]) => `${name}:${label}`).join(',');
      return `{"metric":{${metric}},"value":[1795371637.780,"${value}"]}`;
    }),
  );

interface ParsedAnswer {
  readonly data: { readonly result: { readonly metric: object; readonly value: [number, string] }[] };
  readonly warnings?: readonly string[];
}

const comparable = (labels: object, value: number) => [Object.entries(labels), String(value)];
const numberOf = (value: string) => Number(value.replace('Inf', 'Infinity'));

describe('a vector that is read in slices', () => {
  it('has the rows and warnings that it has when it is parsed as a whole', async () => {
    const after = text.chain(jsonString).map((warning) => `,"warnings":[${warning}]`);
    const usual = fc.constant('as Prometheus');
    const other = fc.constantFrom('with spaces', 'another order', 'rows with spaces');
    const layout = fc.oneof({ arbitrary: usual, weight: 3 }, { arbitrary: other, weight: 1 });
    let cuts = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 30, size: 'max' }),
        fc.oneof(fc.constant(''), after),
        layout,
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 400 }),
        async (rows, after, layout, chunkBytes, sliceBytes) => {
          const whole = laidOut(vectorText(rows, after), layout, rows);
          const parsed = JSON.parse(Buffer.from(whole).toString('utf8')) as ParsedAnswer;
          const { samples, warnings, slices, ...answer } = await read(whole, chunkBytes, sliceBytes);
          cuts += slices;
          expect(samples.map(({ labels, value }) => comparable(labels, value))).toEqual(
            parsed.data.result.map(({ metric, value }) => comparable(metric, numberOf(value[1]))),
          );
          expect({ ...answer, warnings }).toEqual({ rows: rows.length, warnings: parsed.warnings ?? [] });
        },
      ),
      { numRuns: 500 },
    );
    expect(cuts).toBeGreaterThan(500);
  });

  it('gives no row when the last one is bad, and says which', async () => {
    const good = '{"metric":{"a":"b"},"value":[1,"1"]}';
    const rows = [...Array<string>(500).fill(good), '{"metric":{},"value":[1,"many"]}'];
    const taken: VectorSample[] = [];
    const answer = cut(Buffer.from(vectorText(rows)), 100, 1_000);
    expect(answer.slices.length).toBeGreaterThan(10);
    await expect(readVector(answer, signal, (sample) => taken.push(sample))).rejects.toThrow(
      new MalformedAnswer('row 501: its value "many" is no number'),
    );
    expect(taken).toEqual([]);
  });

  it.each([
    ['breaks in a row', (text: string) => text.replace('"500"', '"500')],
    ['lacks its end', (text: string) => text.slice(0, -1)],
    ['has a row that is closed twice', (text: string) => text.replace('"700"]}', '"700"]}}')],
  ])('gives no row when the answer %s', async (_case, spoil) => {
    const rows = Array.from({ length: 1_000 }, (_, at) => `{"metric":{"a":"b"},"value":[1,"${at}"]}`);
    const taken: VectorSample[] = [];
    const answer = cut(Buffer.from(spoil(vectorText(rows))), 100, 1_000);
    expect(answer.slices.length).toBeGreaterThan(10);
    await expect(readVector(answer, signal, (sample) => taken.push(sample))).rejects.toThrow(MalformedAnswer);
    expect(taken).toEqual([]);
  });

  it('lets others have the event loop while it is read, 40 MB long', async () => {
    const row = (at: number) =>
      `{"metric":{"namespace":"shop-${at % 100}","pod":"cart-${at}","dst_namespace":"shop","dst_deployment":"cart","tls":"true"},"value":[1795371637.780,"${at}"]}`;
    const rows = Array.from({ length: 290_000 }, (_, at) => row(at));
    const bytes = Buffer.from(vectorText(rows));
    expect(bytes.length).toBeGreaterThan(40_000_000);
    rows.length = 0;
    let sum = 0;
    const turns = new Turns();
    await readVector(cut(bytes, 65_536), signal, ({ value }) => (sum += value));
    expect(sum).toBe((290_000 * 289_999) / 2);
    // the work of a second and more, in slices of some milliseconds; read in one go it has two
    expect(await turns.count()).toBeGreaterThan(20);
  }, 120_000);

  it('is given up in the middle when it is no longer wanted', async () => {
    const rows = Array.from({ length: 100_000 }, (_, at) => `{"metric":{"a":"b"},"value":[1,"${at}"]}`);
    const answer = cut(Buffer.from(vectorText(rows)), 65_536);
    const abort = new AbortController();
    let taken = 0;
    const reading = readVector(answer, abort.signal, () => {
      taken += 1;
      if (taken === 1_000) abort.abort(new Error('enough'));
    });
    await expect(reading).rejects.toThrow('enough');
    expect(taken).toBeLessThan(100_000);
  });
});

function laidOut(text: string, layout: string, rows: readonly string[]): string {
  if (layout === 'with spaces') return JSON.stringify(JSON.parse(text), undefined, 1);
  if (layout === 'rows with spaces') return text.replace(rows.join(','), () => rows.join(' , '));
  if (layout === 'another order') {
    const { data, ...rest } = JSON.parse(text) as { data: { result: unknown } };
    return JSON.stringify({ data: { result: data.result, resultType: 'vector' }, ...rest });
  }
  return text;
}

/** How often others have had the event loop. */
class Turns {
  private had = 0;
  private ended = false;

  constructor() {
    setImmediate(() => this.take());
  }

  async count(): Promise<number> {
    this.ended = true;
    await new Promise((resolve) => setImmediate(resolve));
    return this.had;
  }

  private take(): void {
    this.had += 1;
    if (!this.ended) setImmediate(() => this.take());
  }
}
