import { InvalidArgumentError, Option } from 'commander';

/** `-o`, with the formats that the command has; the first is what people get. */
export function outputOption<const F extends string>(formats: readonly [F, ...F[]]): Option {
  return new Option('-o, --output <format>', 'how to print it').choices(formats).default(formats[0]);
}

/** Of an option that may be given several times, all of its values. A value may hold several, separated by commas. */
export function listed(value: string, before: readonly string[] = []): readonly string[] {
  const values = value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (values.length === 0) throw new InvalidArgumentError('it is empty.');
  return [...before, ...values];
}

/** As `listed`, where a value may have commas of its own. */
export function repeated(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A length of time as Go writes it, such as `90s` or `5m0s`; in milliseconds. */
export function duration(text: string): number {
  const ms = milliseconds(text);
  if (ms === undefined) throw new InvalidArgumentError('say a length of time, such as 90s or 5m.');
  return ms;
}

const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** A time as RFC 3339, or so long ago as `duration` reads. */
export function moment(text: string): Date {
  const time = rfc3339.test(text) ? new Date(text) : new Date(Date.now() - (milliseconds(text) ?? NaN));
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('say a time, such as 2026-11-22T10:00:00Z, or how long ago, such as 90m.');
  return time;
}

/** Undefined for what is no length of time. */
function milliseconds(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  return parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitMs[unit] ?? 0), 0);
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('say a whole number.');
  return Number(text);
}
