import { label, type Labels } from './labels.js';

export interface Name<Named> {
  /** Rows are about the same where the keys are equal. */
  readonly key: string;
  /** What a row is about; a text where its labels do not say. */
  readonly meaning: () => Named | string;
}

export interface Naming<Named> {
  of(labels: Labels): Name<Named>;
}

/** Rows are about the same where these labels agree: then all share one object, under a short key. */
export class Interned<Named> implements Naming<Named> {
  readonly #known = new Map<string, Name<Named>>();

  constructor(
    private readonly names: readonly string[],
    private readonly mean: (labels: Labels) => Named | string,
  ) {}

  of(labels: Labels): Name<Named> {
    let values = '';
    for (const name of this.names) values += `${label(labels, name)}\n`;
    let known = this.#known.get(values);
    if (known === undefined) {
      const meaning = this.mean(labels);
      known = { key: String(this.#known.size), meaning: () => meaning };
      this.#known.set(values, known);
    }
    return known;
  }
}
