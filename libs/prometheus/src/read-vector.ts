import type { CutAnswer } from './cut-answer.js';
import type { VectorAnswer, VectorSample } from './instant-query.js';
import { Pacer } from './pacer.js';
import { MalformedAnswer, parseRows, readDocument, readRow } from './vector-document.js';

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
  async function eachRow(visit: (sample: VectorSample) => void): Promise<number> {
    let number = 0;
    const visitAll = async (rows: readonly unknown[]) => {
      for (const row of rows) {
        if (pacer.due) await pacer.pause();
        number += 1;
        visit(readNumbered(row, number));
      }
    };
    for (const slice of answer.slices) {
      if (pacer.due) await pacer.pause();
      await visitAll(parseRows(slice));
    }
    await visitAll(document.rows);
    return number;
  }
  await eachRow(() => undefined);
  return { rows: await eachRow(take), warnings: document.warnings };
}

function readNumbered(row: unknown, number: number): VectorSample {
  try {
    return readRow(row);
  } catch (error) {
    throw error instanceof MalformedAnswer ? new MalformedAnswer(`row ${number}: ${error.message}`) : error;
  }
}
