import { isJsonObject, type JsonObject, SpecPart } from './spec-part.js';
import { type Findings, quoted } from './violation.js';

/** What the schema of a CRD says of a value; as much of OpenAPI as these CRDs use. */
export type Schema =
  | ObjectSchema
  | ListSchema
  | TextSchema
  | IntegerSchema
  | { readonly type: 'boolean' }
  | { readonly type: 'int-or-text' }
  /** An object of which the schema says nothing, and which is kept as it is. */
  | { readonly type: 'free-object' };

export interface ObjectSchema {
  readonly type: 'object';
  readonly fields: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Exactly one of them is there. */
  readonly oneOf?: readonly string[];
  /** What an absent or null one is. */
  readonly default?: JsonObject;
  /** The CEL rules: what fields must be to each other. */
  readonly rule?: (part: SpecPart, findings: Findings) => void;
}

export interface ListSchema {
  readonly type: 'list';
  readonly items: Schema;
  readonly least?: number;
  readonly most?: number;
  /** No two items are the same: by this field of theirs, or as texts. */
  readonly distinct?: 'name' | 'text';
  readonly default?: readonly JsonObject[];
}

export interface TextSchema {
  readonly type: 'text';
  readonly least?: number;
  readonly most?: number;
  readonly form?: Form;
  readonly oneOf?: readonly string[];
  readonly default?: string;
}

export interface IntegerSchema {
  readonly type: 'integer';
  readonly least?: number;
  readonly most?: number;
  readonly oneOf?: readonly number[];
  readonly default?: number;
}

/** What a text looks like. */
export interface Form {
  /** Completes "it must be …". */
  readonly words: string;
  /** Linear in the length of the text. */
  readonly fits: (text: string) => boolean;
}

/** Stands where a value was that is refused: it is there, and nothing more can be said of it. */
const refused = Symbol('refused');

/**
 * The value as an API server hands it on: unknown fields dropped, defaults filled in, a null field as an absent one. Every
 * violation is found; in the place of what is refused there is something that is no value of JSON. Time and memory are
 * linear in the size of what the schema knows of the value.
 */
export function admitted(schema: Schema, value: unknown, path: string, findings: Findings): unknown {
  switch (schema.type) {
    case 'object':
      return isJsonObject(value)
        ? admittedObject(schema, value, path, findings)
        : refuseType(value, 'an object', path, findings);
    case 'list':
      return Array.isArray(value)
        ? admittedList(schema, value, path, findings)
        : refuseType(value, 'a list', path, findings);
    case 'text':
      return typeof value === 'string'
        ? admittedText(schema, value, path, findings)
        : refuseType(value, 'a text', path, findings);
    case 'integer':
      return isInteger(value)
        ? admittedInteger(schema, value, path, findings)
        : refuseType(value, 'a whole number', path, findings);
    case 'boolean':
      return typeof value === 'boolean' ? value : refuseType(value, 'true or false', path, findings);
    case 'int-or-text':
      return typeof value === 'string' || isInteger(value)
        ? value
        : refuseType(value, 'a whole number or a text', path, findings);
    case 'free-object':
      return isJsonObject(value) ? value : refuseType(value, 'an object', path, findings);
  }
}

function admittedObject(
  schema: ObjectSchema,
  value: JsonObject,
  path: string,
  findings: Findings,
): JsonObject {
  const fields: Record<string, unknown> = {};
  for (const [name, fieldSchema] of Object.entries(schema.fields)) {
    const given = value[name] ?? ('default' in fieldSchema ? fieldSchema.default : undefined);
    if (given !== undefined) {
      fields[name] = admitted(fieldSchema, given, `${path}.${name}`, findings);
    } else if (schema.required?.includes(name) === true) {
      findings.schema('MISSING', `${path}.${name}`, `${path}.${name} is required`);
    }
  }
  if (schema.oneOf !== undefined) requireOne(schema.oneOf, value, path, findings);
  schema.rule?.(new SpecPart(fields, path), findings);
  return fields;
}

function requireOne(names: readonly string[], value: JsonObject, path: string, findings: Findings): void {
  const given = names.filter((name) => value[name] !== undefined && value[name] !== null);
  if (given.length === 1) return;
  const has = given.length === 0 ? 'none of them' : given.join(' and ');
  const message = `${path} must have exactly one of ${names.join(' and ')}; it has ${has}`;
  findings.schema('NOT_EXACTLY_ONE', path, message);
}

function admittedList(
  schema: ListSchema,
  value: readonly unknown[],
  path: string,
  findings: Findings,
): readonly unknown[] {
  const { least = 0, most = Infinity } = schema;
  if (value.length < least) {
    findings.schema('TOO_FEW', path, `${path} has ${value.length} items, at least ${least} are needed`);
  }
  if (value.length > most) {
    findings.schema('TOO_MANY', path, `${path} has ${value.length} items, at most ${most} are allowed`);
  }
  const items: unknown[] = [];
  for (const item of value.slice(0, most)) {
    if (findings.full) break;
    items.push(admitted(schema.items, item, `${path}[${items.length}]`, findings));
  }
  if (schema.distinct !== undefined) refuseDuplicates(items, schema.distinct, path, findings);
  return items;
}

function refuseDuplicates(
  items: readonly unknown[],
  by: 'name' | 'text',
  path: string,
  findings: Findings,
): void {
  const seen = new Set<unknown>();
  items.forEach((item, index) => {
    const key = by === 'name' && isJsonObject(item) ? item['name'] : item;
    if (typeof key !== 'string') return;
    if (seen.has(key)) {
      const message = `${path}[${index}] repeats ${quoted(key)}; give it once`;
      findings.schema('DUPLICATE_ITEM', `${path}[${index}]`, message);
    }
    seen.add(key);
  });
}

function admittedText(schema: TextSchema, value: string, path: string, findings: Findings): unknown {
  const { least = 0, most = Infinity, form, oneOf } = schema;
  if (value.length < least) {
    findings.schema('TOO_SHORT', path, `${path} is empty; it must be at least ${least} character long`);
  } else if (lengthOf(value, most) > most) {
    findings.schema('TOO_LONG', path, `${path} is longer than ${most} characters, the most that are allowed`);
  } else if (oneOf?.includes(value) === false) {
    findings.schema('NOT_ONE_OF', path, `${path} is ${quoted(value)}; it must be one of ${oneOf.join(', ')}`);
  } else if (form?.fits(value) === false) {
    findings.schema('WRONG_FORM', path, `${path} is ${quoted(value)}; it must be ${form.words}`);
  } else {
    return value;
  }
  return refused;
}

/** In characters, not in halves of them; the count is not needed of a text that is too long either way. */
function lengthOf(text: string, most: number): number {
  return text.length <= most || text.length > 2 * most ? text.length : Array.from(text).length;
}

function admittedInteger(schema: IntegerSchema, value: number, path: string, findings: Findings): unknown {
  const { least = -Infinity, most = Infinity, oneOf } = schema;
  if (value < least || value > most) {
    findings.schema('OUT_OF_RANGE', path, `${path} is ${value}; it must be from ${least} to ${most}`);
  } else if (oneOf?.includes(value) === false) {
    findings.schema('NOT_ONE_OF', path, `${path} is ${value}; it must be one of ${oneOf.join(', ')}`);
  } else {
    return value;
  }
  return refused;
}

function isInteger(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value);
}

function refuseType(value: unknown, wanted: string, path: string, findings: Findings): unknown {
  const given = value === null ? 'null' : Array.isArray(value) ? 'a list' : `of type ${typeof value}`;
  findings.schema('WRONG_TYPE', path, `${path} is ${given}; it must be ${wanted}`);
  return refused;
}
