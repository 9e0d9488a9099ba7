import type { CutAnswer } from './cut-answer.js';
import type { VectorAnswer, VectorSample } from './instant-query.js';
import { Pacer } from './pacer.js';
import { plainRows } from './plain-rows.js';
import { MalformedAnswer, checkRow, parseRows, readDocument, sampleOf } from './vector-document.js';

/** To look at the clock takes as long as some labels. */
const rowsBetweenLooks = 16;

/**
 * Reads an answer that is there as a whole: all rows once, to know that they are good, and then once more for `take`. So only the rows
 * of one slice are in memory at a time, beside the bytes.
 *
 * Fails with `MalformedAnswer`, `AnswerOfError`, or the signal's reason; with the first two before `take` was called.
 */
export async function readVector(
  answer: CutAnswer,
  signal: AbortSignal,
  take: (sample: VectorSample) => void,
): Promise<VectorAnswer> {
  const pacer = new Pacer(signal);
  const document = readDocument(answer.document());
  async function eachOf(rows: readonly unknown[], visit: (row: unknown, index: number) => void) {
    for (let index = 0; index < rows.length; index += 1) {
      if (index % rowsBetweenLooks === 0 && pacer.due) await pacer.pause();
      visit(rows[index], index);
    }
  }

  let checked = 0;
  async function check(rows: readonly unknown[]): Promise<void> {
    await eachOf(rows, (row, index) => {
      checkNumbered(row, checked + index + 1);
    });
    checked += rows.length;
  }
  for (const slice of answer.slices) {
    if (pacer.due) await pacer.pause();
    const plain = plainRows(slice);
    if (plain === undefined) await check(parseRows(slice));
    else checked += plain;
  }
  await check(document.rows);

  for (const slice of answer.slices)
    await eachOf(parseRows(slice), (row) => {
      take(sampleOf(row));
    });
  await eachOf(document.rows, (row) => {
    take(sampleOf(row));
  });
  return { rows: checked, warnings: document.warnings };
}

function checkNumbered(row: unknown, number: number): void {
  try {
    checkRow(row);
  } catch (error) {
    throw error instanceof MalformedAnswer ? new MalformedAnswer(`row ${number}: ${error.message}`) : error;
  }
}
