import type { Percentiles, Spread } from './figures.js';

/** `12.3k/s (11.9k–12.6k)` */
export function perSecond(spread: Spread): string {
  return `${thousands(spread.median)}/s (${thousands(spread.min)}–${thousands(spread.max)})`;
}

export function ratio(spread: Spread): string {
  const [median, min, max] = [spread.median, spread.min, spread.max].map((value) =>
    value < 0.01 ? value.toPrecision(1) : value.toFixed(2),
  );
  return `${median} (${min}–${max})`;
}

export function plain({ median, min, max }: Spread): string {
  return `${number(median)} (${number(min)}–${number(max)})`;
}

export function ms({ median, min, max }: Spread): string {
  return `${number(median)} ms (${number(min)}–${number(max)})`;
}

export function msPercentiles({ p50, p99, max }: Percentiles): string {
  return `p50 ${number(p50)}, p99 ${number(p99)}, most ${number(max)} ms`;
}

export function mebibytes(bytes: number): string {
  return `${number(bytes / 1024 / 1024)} MiB`;
}

export function bytesSpread({ median, min, max }: Spread): string {
  const [a, b, c] = [median, min, max].map((bytes) => number(bytes / 1024 / 1024));
  return `${a} MiB (${b}–${c})`;
}

/** Three digits are all that a shared machine can tell. */
export function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function thousands(value: number): string {
  return value >= 1000 ? `${number(value / 1000)}k` : number(value);
}
