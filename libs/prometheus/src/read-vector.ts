import type { CutAnswer } from './cut-answer.js';
import type { VectorAnswer } from './instant-query.js';
import type { KnownRows } from './known-rows.js';
import { Pacer } from './pacer.js';
import { MalformedAnswer, checkRow, parseRows, readDocument, sampleOf } from './vector-document.js';

/** To look at the clock takes as long as some labels. */
const rowsBetweenLooks = 16;

/**
 * Reads an answer that is there as a whole: first all rows, to know that they are good, and then gives them to `take`. Beside the bytes,
 * what each row means and its number are in memory; labels of one slice only.
 *
 * Fails with `MalformedAnswer`, `AnswerOfError`, or the signal's reason; with the first two before `take` was called.
 */
export async function readVector<Meaning>(
  answer: CutAnswer,
  signal: AbortSignal,
  known: KnownRows<Meaning>,
  take: (meaning: Meaning, value: number) => void,
): Promise<VectorAnswer> {
  const pacer = new Pacer(signal);
  const document = readDocument(answer.document());
  const read = known.reading();

  async function add(rows: readonly unknown[]): Promise<void> {
    for (const [index, row] of rows.entries()) {
      if (index % rowsBetweenLooks === 0 && pacer.due) await pacer.pause();
      checkNumbered(row, read.length + 1);
      const { labels, value } = sampleOf(row);
      read.add(labels, value);
    }
  }
  for (const slice of answer.slices) {
    if (pacer.due) await pacer.pause();
    if (!read.addPlain(slice)) await add(parseRows(slice));
  }
  await add(document.rows);
  known.know(read);

  for (let index = 0; index < read.length; index += 1) {
    if (index % rowsBetweenLooks === 0 && pacer.due) await pacer.pause();
    read.give(index, take);
  }
  return { rows: read.length, warnings: document.warnings };
}

function checkNumbered(row: unknown, number: number): void {
  try {
    checkRow(row);
  } catch (error) {
    throw error instanceof MalformedAnswer ? new MalformedAnswer(`row ${number}: ${error.message}`) : error;
  }
}
