import type { Labels } from './labels.js';
import type { Naming } from './naming.js';

interface Kept<Named, Field extends string> {
  readonly named: Named;
  readonly fields: Partial<Record<Field, number>>;
}

/** Rows that several queries fill, field by field. */
export class FieldTable<Named extends object, Field extends string> {
  readonly #rows = new Map<string, Kept<Named, Field>>();

  constructor(private readonly naming: Naming<Named>) {}

  /** Adds to what the field has; a text says why not. */
  add(labels: Labels, field: Field, value: number): string | undefined {
    const { key, meaning } = this.naming.of(labels);
    let row = this.#rows.get(key);
    if (row === undefined) {
      const named = meaning();
      if (typeof named === 'string') return named;
      row = { named, fields: {} };
      this.#rows.set(key, row);
    }
    row.fields[field] = (row.fields[field] ?? 0) + value;
    return undefined;
  }

  *rows(): Iterable<Named & Partial<Record<Field, number>>> {
    for (const { named, fields } of this.#rows.values()) yield { ...named, ...fields };
  }
}
