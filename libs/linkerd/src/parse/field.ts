import type { Labels, Problem } from '@mcp/mesh';
import type { Parsed } from './parsed.js';

/** Why a document cannot be read. */
export type MisreadCode = 'MISSING' | 'WRONG_TYPE' | 'NOT_ALLOWED' | 'OUT_OF_RANGE';

/** Ends the reading of a document; only `read` sees it. */
class Misread extends Error {
  constructor(readonly problem: Problem) {
    super(problem.message);
  }
}

/** Reads a document: the value, or the first problem met. Throws only what is a bug in `reader`. */
export function read<T>(document: unknown, reader: (root: Field) => T): Parsed<T> {
  try {
    return { value: reader(new Field(document, '')) };
  } catch (error) {
    if (error instanceof Misread) return { problem: error.problem };
    throw error;
  }
}

/** A place in a document, with its dotted path. As in Kubernetes, null is the same as absent. */
export class Field {
  constructor(
    private readonly raw: unknown,
    readonly path: string,
  ) {}

  get present(): boolean {
    return this.raw !== undefined && this.raw !== null;
  }

  /** The value as it was written. */
  get written(): unknown {
    return this.raw;
  }

  fail(code: MisreadCode, message: string): never {
    throw new Misread({ code, field: this.path, message });
  }

  /** A field of this object; absent also where this object is. */
  at(name: string): Field {
    const path = this.path === '' ? name : `${this.path}.${name}`;
    if (!this.present) return new Field(undefined, path);
    const object = this.object();
    return new Field(Object.hasOwn(object, name) ? object[name] : undefined, path);
  }

  /** What `reader` makes of it, or undefined where it is absent. */
  optional<T>(reader: (field: Field) => T): T | undefined {
    return this.present ? reader(this) : undefined;
  }

  string(): string {
    if (!this.present) this.fail('MISSING', `${this.name} is required`);
    if (typeof this.raw !== 'string') this.wrongType('a string');
    return this.raw;
  }

  /** Text that names something, so it may not be empty. */
  text(): string {
    const value = this.string();
    if (value === '') this.fail('MISSING', `${this.name} is empty`);
    return value;
  }

  boolean(): boolean {
    if (!this.present) this.fail('MISSING', `${this.name} is required`);
    if (typeof this.raw !== 'boolean') this.wrongType('true or false');
    return this.raw;
  }

  integer(least: number, most: number): number {
    if (!this.present) this.fail('MISSING', `${this.name} is required`);
    if (typeof this.raw !== 'number' || !Number.isInteger(this.raw)) this.wrongType('a whole number');
    if (this.raw < least || this.raw > most) {
      this.fail('OUT_OF_RANGE', `${this.name} is ${this.raw}, which is not within ${least} and ${most}`);
    }
    return this.raw;
  }

  port(): number {
    return this.integer(1, 65_535);
  }

  /** A number is a port, a string always a name, even `"8080"`. */
  portOrName(): number | string {
    return typeof this.raw === 'string' ? this.text() : this.port();
  }

  oneOf<const T extends string>(allowed: readonly T[]): T {
    const value = this.string();
    const found = allowed.find((candidate) => candidate === value);
    return (
      found ??
      this.fail('NOT_ALLOWED', `${this.name} is ${JSON.stringify(value)}, not one of ${allowed.join(', ')}`)
    );
  }

  /** Absent is an empty list. */
  list<T>(reader: (item: Field) => T): T[] {
    if (!this.present) return [];
    if (!Array.isArray(this.raw)) this.wrongType('a list');
    return this.raw.map((item, index) => reader(new Field(item, `${this.path}[${index}]`)));
  }

  strings(): string[] {
    return this.list((item) => item.string());
  }

  /** The names and values of this object; absent is an empty one. */
  entries(): [string, Field][] {
    if (!this.present) return [];
    return Object.entries(this.object()).map(([name, value]) => [
      name,
      new Field(value, this.path === '' ? name : `${this.path}.${name}`),
    ]);
  }

  /** An object whose values are all strings; absent is an empty one. */
  labels(): Labels {
    return Object.fromEntries(this.entries().map(([name, value]) => [name, value.string()]));
  }

  /** Fails where this is not an object. */
  object(): Readonly<Record<string, unknown>> {
    if (!this.present) this.fail('MISSING', `${this.name} is required`);
    if (typeof this.raw !== 'object' || Array.isArray(this.raw)) this.wrongType('an object');
    return this.raw as Record<string, unknown>;
  }

  private get name(): string {
    return this.path === '' ? 'the object' : this.path;
  }

  private wrongType(expected: string): never {
    const actual = !this.present
      ? 'missing'
      : Array.isArray(this.raw)
        ? 'a list'
        : typeof this.raw === 'object'
          ? 'an object'
          : `a ${typeof this.raw}`;
    this.fail('WRONG_TYPE', `${this.name} is ${actual}, not ${expected}`);
  }
}
