import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

/** One setting: where it comes from, what it is without, and one line for `--help`. Limits are class-validator's decorators beside it. */
export interface SettingDescription {
  readonly env: string;
  /** What the variable would have to say to get the default; undefined where the setting is absent by default. */
  readonly default?: string;
  readonly doc: string;
  /** Turns the variable's text into the value; what does not fit is left for the validators to refuse. Default: the text itself. */
  readonly read?: (text: string) => unknown;
  /** Never printed. */
  readonly secret?: true;
}

/** A class of settings: properties with `@Setting` and validators. */
export type Settings<T extends object = object> = new () => T;

const described = new WeakMap<object, Map<string, SettingDescription>>();

/** Marks a property as a setting read from the environment. */
export function Setting(description: SettingDescription): PropertyDecorator {
  return (target, property) => {
    const settings = described.get(target) ?? new Map<string, SettingDescription>();
    settings.set(String(property), description);
    described.set(target, settings);
  };
}

/** The section's own, then those of the section that it extends. */
export function settingsOf(section: Settings): ReadonlyMap<string, SettingDescription> {
  const settings: [string, SettingDescription][] = [];
  for (let level: unknown = section.prototype; level !== null; level = Object.getPrototypeOf(level))
    settings.push(...(described.get(level as object) ?? []));
  return new Map(settings);
}

/** The configuration cannot be used. One line per refusal, each naming the variable. */
export class ConfigurationError extends Error {
  readonly code = 'CONFIGURATION';
  constructor(readonly refusals: readonly string[]) {
    super(`configuration:\n${refusals.map((refusal) => `  ${refusal}`).join('\n')}`);
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads one section. Fails with `ConfigurationError`, which names every variable that is wrong. */
export function readSettings<T extends object>(section: Settings<T>, environment: Environment): T {
  const values: Record<string, unknown> = {};
  const variables = settingsOf(section);
  for (const [property, { env, default: fallback, read }] of variables) {
    const given = environment[env];
    const text = given === undefined || given === '' ? fallback : given;
    if (text !== undefined) values[property] = read === undefined ? text : read(text);
  }
  const settings = plainToInstance(section, values);
  const refusals = validateSync(settings).map(({ property, constraints }) => {
    const env = variables.get(property)?.env ?? property;
    const value =
      variables.get(property)?.secret === true ? 'a secret' : JSON.stringify(environment[env] ?? '');
    const rules = Object.values(constraints ?? {}).map((rule) => rule.replace(property, 'it'));
    return `${env}=${value}: ${rules.join('; ')}`;
  });
  if (refusals.length > 0) throw new ConfigurationError(refusals);
  return settings;
}

/** Fails with `ConfigurationError` on a variable that starts with `prefix` and that no section knows: most likely misspelt. */
export function refuseUnknown(
  sections: readonly Settings[],
  environment: Environment,
  prefix = 'MCP_',
): void {
  const known = new Set(
    sections.flatMap((section) => [...settingsOf(section).values()].map(({ env }) => env)),
  );
  const refusals = Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !known.has(name))
    .map((name) => `${name}: there is no such setting; --help lists them`);
  if (refusals.length > 0) throw new ConfigurationError(refusals);
}

/** For `--help`: every setting with its default and its line. */
export function describeSettings(sections: readonly Settings[]): string {
  return sections
    .flatMap((section) => [...settingsOf(section).values()])
    .map(
      ({ env, default: fallback, doc }) =>
        `  ${env.padEnd(28)} ${doc}${fallback === undefined ? '' : ` [${fallback}]`}`,
    )
    .join('\n');
}

export const wholeNumber = (text: string): unknown => (/^-?\d+$/.test(text) ? Number(text) : text);
export const list = (text: string): unknown =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Lengths of time, as `90m,24h,30d`; in milliseconds. */
export const durations = (text: string): unknown =>
  (list(text) as readonly string[]).map((item) => {
    const [, count, unit = ''] = /^([1-9]\d{0,3})([mhd])$/.exec(item) ?? [];
    return count === undefined ? item : Number(count) * (unitMs[unit] ?? 0);
  });
