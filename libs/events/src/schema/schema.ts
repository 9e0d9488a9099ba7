/** What is wrong with a value, and where: a dotted path from the value, empty for the value itself. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

/** Says whether a value read from JSON is a T. Keys that it does not name are let through. */
export interface Schema<out T> {
  /** The first fault; undefined where the value is a T. */
  fault(value: unknown): Fault | undefined;
  /** Never present: tells the compiler of T. */
  readonly is?: T;
}

export interface Optional<out T> {
  readonly optional: Schema<T>;
}

/** One schema for each key of T, so that no key is forgotten when the type grows. */
type Fields<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? Optional<Exclude<T[K], undefined>> : Schema<T[K]>;
};

function holding<T>(holds: (value: unknown) => boolean, otherwise: string): Schema<T> {
  const fault = { path: '', message: otherwise };
  return { fault: (value) => (holds(value) ? undefined : fault) };
}

export const text = holding<string>((value) => typeof value === 'string', 'is not a text');
export const number = holding<number>((value) => typeof value === 'number', 'is not a number');
export const boolean = holding<boolean>((value) => typeof value === 'boolean', 'is not true or false');
export const anything: Schema<unknown> = holding(() => true, '');

export function oneOf<const T extends string>(values: readonly T[]): Schema<T> {
  const known = new Set<unknown>(values);
  return holding((value) => known.has(value), `is none of ${values.join(', ')}`);
}

export function either<A, B>(a: Schema<A>, b: Schema<B>): Schema<A | B> {
  return { fault: (value) => a.fault(value) && b.fault(value) };
}

export function optional<T>(schema: Schema<T>): Optional<T> {
  return { optional: schema };
}

export function list<T>(item: Schema<T>): Schema<readonly T[]> {
  return {
    fault(value) {
      if (!Array.isArray(value)) return { path: '', message: 'is not a list' };
      for (let index = 0; index < value.length; index++) {
        const fault = item.fault(value[index]);
        if (fault !== undefined) return under(String(index), fault);
      }
      return undefined;
    },
  };
}

/** Any keys, all of one kind of value. */
export function table<T>(item: Schema<T>): Schema<Readonly<Record<string, T>>> {
  return {
    fault(value) {
      if (!isRecord(value)) return { path: '', message: 'is not an object' };
      for (const key in value) {
        const fault = item.fault(value[key]);
        if (fault !== undefined) return under(key, fault);
      }
      return undefined;
    },
  };
}

export function object<T extends object>(fields: Fields<T>): Schema<T> {
  const each = Object.entries<Schema<unknown> | Optional<unknown>>(fields);
  const required = each.flatMap(([key, field]) => ('optional' in field ? [] : [{ key, schema: field }]));
  const others = each.flatMap(([key, field]) =>
    'optional' in field ? [{ key, schema: field.optional }] : [],
  );
  return {
    fault(value) {
      if (!isRecord(value)) return { path: '', message: 'is not an object' };
      for (const { key, schema } of required) {
        const fault = schema.fault(value[key]);
        if (fault !== undefined) return under(key, fault);
      }
      for (const { key, schema } of others) {
        const fault = value[key] === undefined ? undefined : schema.fault(value[key]);
        if (fault !== undefined) return under(key, fault);
      }
      return undefined;
    },
  };
}

/** One schema for each value of the key that tells the variants of T apart; a key in an object of T is a list of keys. */
export function tagged<T extends object>(
  key: string | readonly string[],
  variants: Readonly<Record<string, Schema<object>>>,
): Schema<T> {
  const expected = `is none of ${Object.keys(variants).join(', ')}`;
  const keys = typeof key === 'string' ? [key] : key;
  return {
    fault(value) {
      if (!isRecord(value)) return { path: '', message: 'is not an object' };
      const tag = keys.reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), value);
      const variant = typeof tag === 'string' && Object.hasOwn(variants, tag) ? variants[tag] : undefined;
      return variant === undefined ? { path: keys.join('.'), message: expected } : variant.fault(value);
    },
  };
}

function under(key: string, { path, message }: Fault): Fault {
  return { path: path === '' ? key : `${key}.${path}`, message };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
