import { implausible, type Unit } from './plausible.js';
import { leftOut, type RowNote } from './traffic-query.js';

/** Rows of one poll that several queries fill, field by field. */
export class FieldTable<Named extends object, Field extends string> {
  readonly #rows = new Map<Named, Named & Partial<Record<Field, number>>>();

  /** Adds to what the field has. */
  add(named: Named, field: Field, value: number): void {
    let row: Partial<Record<Field, number>> | undefined = this.#rows.get(named);
    if (row === undefined) {
      const begun: Named & Partial<Record<Field, number>> = { ...named };
      this.#rows.set(named, begun);
      row = begun;
    }
    row[field] = (row[field] ?? 0) + value;
  }

  rows(): Iterable<Named & Partial<Record<Field, number>>> {
    return this.#rows.values();
  }
}

/** Notes a field of what a row is about; nothing where `named` says why that is not known. */
export function fieldNote<Named extends object, Field extends string>(
  named: Named | string,
  field: Field,
  unit: Unit,
): RowNote<FieldTable<Named, Field>> {
  if (typeof named === 'string') return leftOut(named);
  return (table, value) => {
    const why = implausible(value, unit);
    if (why === undefined) table.add(named, field, value);
    return why;
  };
}
