import { describe, expect, it } from '@jest/globals';
import type { LogPosition } from '@mcp/events';
import { SharedPasts } from './shared-pasts.js';

const placeAt = (sequence: number): LogPosition => ({ log: 'log', sequence, digest: 'a'.repeat(40) });

/** Folds that end when they are told to. */
function heldPasts() {
  const folds: { readonly sequence: number; readonly signal: AbortSignal; readonly end: () => void }[] = [];
  const pasts = new SharedPasts(
    ({ sequence }, signal) =>
      new Promise<{ readonly sequence: number }>((resolve, reject) => {
        folds.push({ sequence, signal, end: () => resolve({ sequence }) });
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      }),
  );
  return { pasts, folds };
}

const turn = () => new Promise(setImmediate);
const never = new AbortController().signal;

describe('the past at a place', () => {
  it('is folded once for all who ask for it meanwhile, and anew for those who ask later', async () => {
    const { pasts, folds } = heldPasts();
    const asked = [1, 2, 3].map(() => pasts.at(placeAt(7), never));
    await turn();
    folds[0]!.end();
    const [first, ...others] = await Promise.all(asked);
    for (const other of others) expect(other).toBe(first);
    const later = pasts.at(placeAt(7), never);
    await turn();
    folds[1]!.end();
    expect(await later).not.toBe(first);
    expect(folds).toHaveLength(2);
  });

  it('is folded after that at another place', async () => {
    const { pasts, folds } = heldPasts();
    const both = [pasts.at(placeAt(1), never), pasts.at(placeAt(2), never)];
    await turn();
    expect(folds.map(({ sequence }) => sequence)).toEqual([1]);
    folds[0]!.end();
    await turn();
    folds[1]!.end();
    expect(await Promise.all(both)).toEqual([{ sequence: 1 }, { sequence: 2 }]);
  });

  it('is still had by those who wait when another gives up, and is given up with the last', async () => {
    const { pasts, folds } = heldPasts();
    const [one, other] = [new AbortController(), new AbortController()];
    const [gone, stays] = [pasts.at(placeAt(7), one.signal), pasts.at(placeAt(7), never)];
    await turn();
    one.abort(new Error('enough'));
    await expect(gone).rejects.toThrow('enough');
    expect(folds[0]!.signal.aborted).toBe(false);
    folds[0]!.end();
    expect(await stays).toEqual({ sequence: 7 });

    const last = pasts.at(placeAt(8), other.signal);
    await turn();
    other.abort(new Error('enough'));
    await expect(last).rejects.toThrow('enough');
    expect(folds[1]!.signal.aborted).toBe(true);
    const again = pasts.at(placeAt(8), never);
    await turn();
    folds[2]!.end();
    expect(await again).toEqual({ sequence: 8 });
  });

  it('fails for all who asked, and can be asked for again', async () => {
    let tries = 0;
    const pasts = new SharedPasts(({ sequence }) =>
      (tries += 1) === 1 ? Promise.reject(new Error('no contact')) : Promise.resolve(sequence),
    );
    const both = await Promise.allSettled([pasts.at(placeAt(7), never), pasts.at(placeAt(7), never)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(await pasts.at(placeAt(7), never)).toBe(7);
  });
});
