import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { labelled, vectorText } from '../test/answers.js';
import { CutAnswer } from './cut-answer.js';
import type { Labels, VectorSample } from './vector-sample.js';
import { KeptBytes } from './kept-bytes.js';
import { KnownRows } from './known-rows.js';
import { readVector } from './read-vector.js';
import { MalformedAnswer } from './vector-document.js';

const signal = new AbortController().signal;

function cut(bytes: Buffer, chunkBytes: number, sliceBytes?: number): CutAnswer {
  const answer = new CutAnswer(sliceBytes);
  for (let at = 0; at < bytes.length; at += chunkBytes) answer.add(bytes.subarray(at, at + chunkBytes));
  return answer;
}

async function read(text: string, chunkBytes = 64_000, sliceBytes?: number, known?: KnownRows<Labels>) {
  const samples: VectorSample[] = [];
  const answer = cut(Buffer.from(text), chunkBytes, sliceBytes);
  const { rows, warnings } = await readVector(answer, signal, known ?? labelled(), (labels, value) =>
    samples.push({ labels, value }),
  );
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
    const taken: Labels[] = [];
    const answer = cut(Buffer.from(vectorText(rows)), 100, 1_000);
    expect(answer.slices.length).toBeGreaterThan(10);
    await expect(readVector(answer, signal, labelled(), (labels) => taken.push(labels))).rejects.toThrow(
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
    const taken: Labels[] = [];
    const answer = cut(Buffer.from(spoil(vectorText(rows))), 100, 1_000);
    expect(answer.slices.length).toBeGreaterThan(10);
    await expect(readVector(answer, signal, labelled(), (labels) => taken.push(labels))).rejects.toThrow(
      MalformedAnswer,
    );
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
    await readVector(cut(bytes, 65_536), signal, labelled(), (_, value) => (sum += value));
    expect(sum).toBe((290_000 * 289_999) / 2);
    // the work of a second and more, in slices of some milliseconds; read in one go it has two
    expect(await turns.count()).toBeGreaterThan(20);
  }, 120_000);

  it('is given up in the middle when it is no longer wanted', async () => {
    const rows = Array.from({ length: 100_000 }, (_, at) => `{"metric":{"a":"b"},"value":[1,"${at}"]}`);
    const answer = cut(Buffer.from(vectorText(rows)), 65_536);
    const abort = new AbortController();
    let taken = 0;
    const reading = readVector(answer, abort.signal, labelled(), () => {
      taken += 1;
      if (taken === 1_000) abort.abort(new Error('enough'));
      // however fast the machine is, it has taken a while when somebody looks
      if (taken === 1_000) for (const begun = performance.now(); performance.now() - begun < 50;);
    });
    await expect(reading).rejects.toThrow('enough');
    expect(taken).toBeLessThan(100_000);
  });
});

describe('an answer after another', () => {
  const said = fc.oneof(
    { arbitrary: fc.constantFrom('1', 'NaN', '+Inf', '-2.5e-07', '1e+400', '0'), weight: 30 },
    { arbitrary: fc.constantFrom('.5', '+1'), weight: 1 },
  );
  const labels = fc.oneof(
    { arbitrary: fc.constantFrom('a', 'b', '}', 'é', '\u2028', '😀'), weight: 30 },
    { arbitrary: fc.constantFrom('\\"', '},\\"value\\":[', 'a\\u0041'), weight: 1 },
  );
  const answerRow = fc
    .tuple(labels, fc.nat(9), said)
    .map(([label, number, value]) => `{"metric":{"${label}":"${number}"},"value":[1.5,"${value}"]}`);
  const answers = fc.array(fc.array(answerRow, { maxLength: 40, size: 'max' }), {
    minLength: 2,
    maxLength: 4,
  });

  it('is read as if it were the first', async () => {
    let recalled = 0;
    await fc.assert(
      fc.asyncProperty(answers, fc.integer({ min: 1, max: 400 }), async (answers, sliceBytes) => {
        let meant = 0;
        const known = new KnownRows((labels) => {
          meant += 1;
          return labels;
        }, new KeptBytes(10_000));
        for (const rows of answers.flatMap((rows) => [rows, rows.slice(3), rows])) {
          meant = 0;
          const text = vectorText(rows);
          const { data } = JSON.parse(text) as ParsedAnswer;
          const { samples } = await read(text, 50, sliceBytes, known);
          recalled += rows.length - meant;
          expect(samples.map(({ labels, value }) => comparable(labels, value))).toEqual(
            data.result.map(({ metric, value }) => comparable(metric, numberOf(value[1]))),
          );
        }
      }),
      { numRuns: 300 },
    );
    expect(recalled).toBeGreaterThan(3_000);
  });

  const rowsOf = (names: readonly number[]) =>
    vectorText(names.map((name) => `{"metric":{"pod":"${name}"},"value":[${1 + name}.5,"${name}"]}`));
  const all = Array.from({ length: 2_000 }, (_, name) => name);

  it.each([
    ['all rows are the same', all, 0],
    ['some rows are gone', all.filter((name) => name < 300 || name >= 500), 0],
    ['some rows are new', [...all.slice(0, 300), 5_000, 5_001, ...all.slice(300)], 2],
    ['so many are gone that they are not passed over', all.slice(1_000), 1_000],
    ['all rows are in another order', [...all].reverse(), 2_000],
  ])('where %s only rows that are not recognized are read again', async (_case, names, again) => {
    const meant: Labels[] = [];
    const known = new KnownRows((labels) => {
      meant.push(labels);
      return labels;
    }, new KeptBytes(1_000_000));
    await read(rowsOf(all), 100, 100, known);
    meant.length = 0;
    const { samples } = await read(rowsOf(names), 100, 100, known);
    expect(samples).toEqual(names.map((name) => ({ labels: { pod: String(name) }, value: name })));
    // the last row is in no slice
    expect(meant.length - again).toBeLessThanOrEqual(3);
    expect(meant.length).toBeGreaterThanOrEqual(again * 0.99);
  });

  it('that is bad is forgotten', async () => {
    const room = new KeptBytes(1_000_000);
    const known = new KnownRows((labels) => labels, room);
    await read(rowsOf(all), 100, 100, known);
    const { size } = known;
    const bad = rowsOf(all).replace('"1999"]', '"many"]');
    await expect(read(bad, 100, 100, known)).rejects.toThrow('row 2000');
    expect(known.size).toBe(size);
    expect(room.kept).toBeGreaterThan(60_000);
    expect((await read(rowsOf(all.slice(0, 10)), 100, 100, known)).rows).toBe(10);
    expect(known.size).toBeLessThanOrEqual(10);
    expect(room.kept).toBeLessThan(1_000);
  });

  it('is not known where there is no room for it, and leaves the room to others', async () => {
    const room = new KeptBytes(50_000);
    const [long, short] = [new KnownRows((labels) => labels, room), new KnownRows((labels) => labels, room)];
    await read(rowsOf(all.slice(0, 500)), 100, 100, long);
    expect(long.size).toBeGreaterThan(490);
    await read(rowsOf(all), 100, 100, long);
    expect([long.size, room.kept]).toEqual([0, 0]);
    await read(rowsOf(all.slice(0, 500)), 100, 100, short);
    expect(short.size).toBeGreaterThan(490);
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
