import { createHash } from 'node:crypto';

/** The letters that Kubernetes makes names of: no vowels, so that no words come out. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** Numbers that look random and are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  /** Undefined for an empty list. */
  pick<T>(list: readonly T[]): T | undefined;
  /** The end of a generated name. */
  suffix(length: number): string;
}

export function seededRandom(seed: string): Random {
  let count = 0;
  const below = (limit: number): number => {
    count += 1;
    return digest(`${seed}/${count}`).readUInt32BE(0) % limit;
  };
  return {
    below,
    pick: (list) => list[below(list.length)],
    suffix: (length) => Array.from({ length }, () => alphabet[below(alphabet.length)]).join(''),
  };
}

/** A short name for a text, as the hash of a pod template is. */
export function shortHash(text: string, length: number): string {
  return [...digest(text).subarray(0, length)].map((byte) => alphabet[byte % alphabet.length]).join('');
}

/** A uid that is the same for the same text. */
export function uidFrom(text: string): string {
  const hex = digest(text).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
