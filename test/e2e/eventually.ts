import { setTimeout as sleep } from 'node:timers/promises';

/** Asks until the answer satisfies `holds`, and gives that answer; fails with the last one after `withinMs`. */
export async function eventually<T>(
  ask: () => Promise<T>,
  holds: (answer: T) => boolean,
  withinMs = 60_000,
): Promise<T> {
  let last: unknown;
  const until = Date.now() + withinMs;
  while (Date.now() < until) {
    try {
      const answer = await ask();
      if (holds(answer)) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    await sleep(100);
  }
  throw new Error(
    `not within ${withinMs} ms; last: ${last instanceof Error ? last.message : JSON.stringify(last)}`,
  );
}
