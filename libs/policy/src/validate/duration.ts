const nanoseconds: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};
const element = /(\d+(?:\.\d*)?|\.\d+)([a-zµμ]+)/y;

export interface Duration {
  readonly negative: boolean;
  readonly nanoseconds: number;
}

/**
 * Reads a duration as Linkerd does: a sign, then numbers with units, as `1h30m` or `1.5s`; or `0`. Undefined where it is none.
 * Source: linkerd2 policy-controller/k8s/api/src/duration.rs (read at b24cd40).
 */
export function readDuration(text: string): Duration | undefined {
  const unsigned = text.replace(/^\+*-*/, '');
  const negative = text.startsWith('-');
  if (unsigned === '0') return { negative, nanoseconds: 0 };
  let total = 0;
  let position = 0;
  while (position < unsigned.length) {
    element.lastIndex = position;
    const [read, value, unit = ''] = element.exec(unsigned) ?? [];
    const factor = nanoseconds[unit];
    if (read === undefined || factor === undefined) return undefined;
    total += Math.round(Number(value) * factor);
    position += read.length;
  }
  return { negative, nanoseconds: total };
}

const loose = /(?<!\d)\d+\s*([A-Za-zµ]+)/g;
const units: ReadonlySet<string> = new Set(['ns', 'us', 'µs', 'ms', 's', 'm', 'h', 'hr', 'd', 'w', 'wk']);
const beginnings = ['nano', 'micro', 'milli', 'sec', 'min', 'hour', 'day', 'week'];

/**
 * Whether the format `duration` of a schema lets a text pass, which is much: besides Go's durations every text with a number
 * and a unit of time somewhere in it.
 * Source: go-openapi/strfmt duration.go.
 */
export function isSchemaDuration(text: string): boolean {
  if (text !== '' && readDuration(text) !== undefined) return true;
  for (const [, unit = ''] of text.matchAll(loose)) {
    const lower = unit.toLowerCase();
    if (units.has(lower) || beginnings.some((beginning) => lower.startsWith(beginning))) return true;
  }
  return false;
}

const milliseconds: Readonly<Record<string, bigint>> = {
  ms: 1n,
  s: 1000n,
  m: 60_000n,
  h: 3_600_000n,
  d: 86_400_000n,
};

/**
 * Whether a text is a duration of an annotation: one whole number and a unit, or `0`; blanks around it do not matter.
 * Source: linkerd2 policy-controller/k8s/index/src/outbound/index.rs, parse_duration (read at b24cd40).
 */
export function isAnnotationDuration(text: string): boolean {
  const [, digits = '', unit = ''] = /^\+?(\d{1,20})([a-z]*)$/.exec(text.trim()) ?? [];
  if (digits === '') return false;
  const magnitude = BigInt(digits);
  const factor = unit === '' && magnitude === 0n ? 0n : milliseconds[unit];
  return factor !== undefined && magnitude * factor < 2n ** 64n;
}
