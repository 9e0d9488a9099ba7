import type { Labels } from './labels.js';

/** What rows are about, the same object for all rows that are about the same; a text where their labels do not say. */
export interface Naming<Named> {
  of(labels: Labels): Named | string;
}

/** Rows are about the same where these labels agree. An absent label and an empty one are the same. */
export class Interned<Named extends object> implements Naming<Named> {
  readonly #known = new Map<string, Named | string>();
  /** How each label begins in a key: most are absent, and only those that are there are in it. */
  readonly #marks: readonly string[];
  /** Rows come proxy by proxy, so that what one is about is often what the last was about. */
  #last: { readonly labels: Labels; readonly named: Named | string } | undefined;

  constructor(
    private readonly names: readonly string[],
    private readonly mean: (labels: Labels) => Named | string,
  ) {
    this.#marks = names.map((_, index) => `\n${index}=`);
  }

  of(labels: Labels): Named | string {
    if (this.#last !== undefined && this.#agree(this.#last.labels, labels)) return this.#last.named;
    const key = this.#keyOf(labels);
    let named = this.#known.get(key);
    if (named === undefined) this.#known.set(key, (named = this.mean(labels)));
    this.#last = { labels, named };
    return named;
  }

  #agree(a: Labels, b: Labels): boolean {
    for (const name of this.names) if (a[name] !== b[name]) return false;
    return true;
  }

  #keyOf(labels: Labels): string {
    let key = '';
    for (let index = 0; index < this.names.length; index += 1) {
      const value = labels[this.names[index] ?? ''];
      if (value !== undefined && value !== '') key += (this.#marks[index] ?? '') + value;
    }
    return key;
  }
}

/** One object for each pair of objects. */
export class Pairs<A extends object, B extends object, Both> {
  readonly #known = new Map<A, Map<B, Both>>();

  constructor(private readonly together: (a: A, b: B) => Both) {}

  of(a: A, b: B): Both {
    let ofA = this.#known.get(a);
    if (ofA === undefined) this.#known.set(a, (ofA = new Map<B, Both>()));
    let both = ofA.get(b);
    if (both === undefined) ofA.set(b, (both = this.together(a, b)));
    return both;
  }
}
