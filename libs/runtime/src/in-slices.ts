import { setImmediate as turn } from 'node:timers/promises';

/** A fifth of the 50 ms that nothing may hold the event loop for. */
export const sliceMs = 10;

/** Maps without holding the event loop: it gets a turn every 10 ms. One item is never divided. */
export async function mapInSlices<Item, Result>(
  items: Iterable<Item>,
  map: (item: Item) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  let begun = performance.now();
  for (const item of items) {
    results.push(map(item));
    if (performance.now() - begun < sliceMs) continue;
    await turn();
    begun = performance.now();
  }
  return results;
}

/** Takes every step without holding the event loop. Answers how long the steps took, in milliseconds; one is never divided. */
export async function stepInSlices(steps: Iterable<unknown>): Promise<number> {
  let workedMs = 0;
  let begun = performance.now();
  for (const _ of steps) {
    if (performance.now() - begun < sliceMs) continue;
    workedMs += performance.now() - begun;
    await turn();
    begun = performance.now();
  }
  return workedMs + (performance.now() - begun);
}

/** Takes every step as `stepInSlices` does. Answers what they came to. */
export async function resultInSlices<Result>(steps: Generator<unknown, Result>): Promise<Result> {
  for (let begun = performance.now(); ;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - begun < sliceMs) continue;
    await turn();
    begun = performance.now();
  }
}
