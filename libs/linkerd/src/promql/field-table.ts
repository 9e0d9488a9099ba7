import type { Labels } from './labels.js';
import type { Naming } from './naming.js';

/** Rows that several queries fill, field by field. */
export class FieldTable<Named extends object, Field extends string> {
  readonly #rows = new Map<Named, Named & Partial<Record<Field, number>>>();

  constructor(private readonly naming: Naming<Named>) {}

  /** Adds to what the field has; a text says why not. */
  add(labels: Labels, field: Field, value: number): string | undefined {
    const named = this.naming.of(labels);
    if (typeof named === 'string') return named;
    let row: Partial<Record<Field, number>> | undefined = this.#rows.get(named);
    if (row === undefined) {
      const begun: Named & Partial<Record<Field, number>> = { ...named };
      this.#rows.set(named, begun);
      row = begun;
    }
    row[field] = (row[field] ?? 0) + value;
    return undefined;
  }

  rows(): Iterable<Named & Partial<Record<Field, number>>> {
    return this.#rows.values();
  }
}
