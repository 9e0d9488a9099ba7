import type { IdentityPatterns } from '../matching/identity-pattern.js';
import { compileIdentityPatterns, isWildcard } from '../matching/identity-pattern.js';

/** Identities, each by its place, so that those which patterns match are found without a look at all others. */
export class IdentityTable {
  readonly #all: string[] = [];
  readonly #places = new Map<string, number>();
  readonly #byWildcard = new Map<string, readonly number[]>();

  /** All are added before the first question. */
  add(identity: string): number {
    let place = this.#places.get(identity);
    if (place === undefined) {
      this.#places.set(identity, (place = this.#all.length));
      this.#all.push(identity);
    }
    return place;
  }

  at(place: number): string | undefined {
    return this.#all[place];
  }

  /** A number for each identity, the same for those that the same ones of these patterns match; 0 for those that none does. */
  parted(patterns: Iterable<IdentityPatterns>): Int32Array {
    const parts = new Int32Array(this.#all.length);
    let last = 0;
    for (const each of patterns) {
      const partOf = new Map<number, number>();
      for (const place of this.#matching(each)) {
        const before = parts[place] ?? 0;
        let part = partOf.get(before);
        if (part === undefined) partOf.set(before, (part = last += 1));
        parts[place] = part;
      }
    }
    return parts;
  }

  #matching({ text }: IdentityPatterns): Iterable<number> {
    const [first] = text;
    if (first === undefined) return [];
    return text.length === 1
      ? this.#matchingOne(first)
      : new Set(text.flatMap((each) => this.#matchingOne(each)));
  }

  #matchingOne(pattern: string): readonly number[] {
    if (!isWildcard(pattern)) {
      const place = this.#places.get(pattern);
      return place === undefined ? [] : [place];
    }
    let known = this.#byWildcard.get(pattern);
    if (known === undefined) {
      const compiled = compileIdentityPatterns([pattern]);
      known = this.#all.flatMap((identity, place) => (compiled.matches(identity) ? [place] : []));
      this.#byWildcard.set(pattern, known);
    }
    return known;
  }
}
