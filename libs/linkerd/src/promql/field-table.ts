import { label, type Labels } from './labels.js';

interface Kept<Named, Field extends string> {
  readonly named: Named;
  readonly fields: Partial<Record<Field, number>>;
}

/** Rows that several queries fill, field by field. Rows are one where the labels that name them agree. */
export class FieldTable<Named extends object, Field extends string> {
  readonly #rows = new Map<string, Kept<Named, Field>>();

  /** `name` says what the labels mean, or in a text why they mean nothing. */
  constructor(
    private readonly naming: readonly string[],
    private readonly name: (labels: Labels) => Named | string,
  ) {}

  /** Adds to what the field has; a text says why not. */
  add(labels: Labels, field: Field, value: number): string | undefined {
    const key = keyOf(labels, this.naming);
    let row = this.#rows.get(key);
    if (row === undefined) {
      const named = this.name(labels);
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

/** Equal only where all of these labels are. */
export function keyOf(labels: Labels, names: readonly string[]): string {
  let key = '';
  for (const name of names) key += `${label(labels, name)}\n`;
  return key;
}
