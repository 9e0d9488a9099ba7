export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * An object within a spec that its schema has been over, with the path to it. What the schema refused is there, and
 * can be read as nothing, so that a rule sees only what has the right type.
 */
export class SpecPart {
  constructor(
    private readonly fields: JsonObject,
    private readonly path: string,
  ) {}

  /** The path to a field of it, or to itself. */
  at(name?: string): string {
    return name === undefined ? this.path : `${this.path}.${name}`;
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined;
  }

  /** A field whatever its type. */
  value(name: string): unknown {
    return this.fields[name];
  }

  text(name: string): string | undefined {
    const value = this.fields[name];
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number | undefined {
    const value = this.fields[name];
    return typeof value === 'number' ? value : undefined;
  }

  isTrue(name: string): boolean {
    return this.fields[name] === true;
  }

  part(name: string): SpecPart | undefined {
    const value = this.fields[name];
    return isJsonObject(value) ? new SpecPart(value, this.at(name)) : undefined;
  }

  /** The objects of a list; none where there is no list. */
  parts(name: string): readonly SpecPart[] {
    return this.items(name).flatMap((item, index) =>
      isJsonObject(item) ? [new SpecPart(item, `${this.at(name)}[${index}]`)] : [],
    );
  }

  /** The texts of a list, each with its path; none where there is no list. */
  texts(name: string): readonly { readonly text: string; readonly field: string }[] {
    return this.items(name).flatMap((item, index) =>
      typeof item === 'string' ? [{ text: item, field: `${this.at(name)}[${index}]` }] : [],
    );
  }

  /** How many items a list has, those that the schema refused included. */
  count(name: string): number {
    return this.items(name).length;
  }

  entries(): readonly (readonly [string, unknown])[] {
    return Object.entries(this.fields);
  }

  private items(name: string): readonly unknown[] {
    const value = this.fields[name];
    return Array.isArray(value) ? value : [];
  }
}
