import { setImmediate as breathe } from 'node:timers/promises';

const sliceMs = 10;

/** All rows, without holding the event loop for longer than about 10 ms. */
export async function collected<T>(rows: Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  let since = performance.now();
  for (const row of rows) {
    all.push(row);
    if (all.length % 64 !== 0 || performance.now() - since < sliceMs) continue;
    await breathe();
    since = performance.now();
  }
  return all;
}
