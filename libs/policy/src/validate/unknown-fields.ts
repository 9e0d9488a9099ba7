import type { Schema } from './schema.js';
import { isJsonObject } from './spec-part.js';

/** A field that the schema of its object lacks. */
export interface UnknownField {
  /** Dotted path to the object. */
  readonly of: string;
  readonly name: string;
  /** The fields that the object can have. */
  readonly known: readonly string[];
}

/** More than anyone reads; what is unknown beyond it is the same again. */
const mostUnknown = 100;

/** The fields of a value that its schema lacks, the first 100, those of an object before those within it. Never throws. */
export function unknownFields(schema: Schema, value: unknown, path: string): readonly UnknownField[] {
  const found: UnknownField[] = [];
  look(schema, value, path, found);
  return found.slice(0, mostUnknown);
}

function look(schema: Schema, value: unknown, path: string, found: UnknownField[]): void {
  if (found.length >= mostUnknown) return;
  if (schema.type === 'list' && Array.isArray(value)) {
    value
      .slice(0, schema.most)
      .forEach((item, index) => look(schema.items, item, `${path}[${index}]`, found));
  } else if (schema.type === 'object' && isJsonObject(value)) {
    const known = Object.keys(schema.fields);
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(schema.fields, name)) found.push({ of: path, name, known });
      if (found.length >= mostUnknown) return;
    }
    for (const [name, field] of Object.entries(schema.fields))
      if (Object.hasOwn(value, name)) look(field, value[name], `${path}.${name}`, found);
  }
}
