import type { VectorSample } from './vector-sample.js';

/** Why bytes are not an answer of Prometheus. */
export class MalformedAnswer extends Error {}

/** An answer says itself that it failed. */
export class AnswerOfError extends Error {
  constructor(
    readonly errorType: string,
    message: string,
  ) {
    super(message);
  }
}

export interface VectorDocument {
  readonly rows: readonly unknown[];
  readonly warnings: readonly string[];
}

/**
 * The rows of an answer, unread, and its warnings: what may be missing from it. A scalar is one row without labels. Remarks on the
 * query leave nothing out and are not told: those in `infos`, and those that Thanos and Prometheus before 3 put among the warnings.
 *
 * Fails with `MalformedAnswer` or `AnswerOfError`.
 */
export function readDocument(bytes: Buffer): VectorDocument {
  const answer = parse(bytes.toString('utf8'));
  if (!isRecord(answer)) throw new MalformedAnswer('it is JSON, but no object');
  if (answer['status'] === 'error') throw errorIn(answer);
  if (answer['status'] !== 'success') throw new MalformedAnswer('it has no status "success" or "error"');
  const warnings = answer['warnings'] ?? [];
  if (!isStrings(warnings)) throw new MalformedAnswer('its warnings are not a list of texts');
  return { rows: rowsOf(answer['data']), warnings: warnings.filter((text) => !isRemark(text)) };
}

/** Rows without what stands around them. */
export function parseRows(slice: Buffer): readonly unknown[] {
  return parse(`[${slice.toString('utf8')}]`) as unknown[];
}

/** Whether it is one row of a vector; fails with `MalformedAnswer` where it is not. */
export function checkRow(row: unknown): void {
  if (!isRecord(row)) throw new MalformedAnswer('it is no object');
  const labels = row['metric'];
  if (!isRecord(labels) || !isStrings(Object.values(labels)))
    throw new MalformedAnswer('its "metric" is not an object of texts');
  if (!('value' in row) && 'histogram' in row)
    throw new MalformedAnswer('it is a native histogram, where a number was asked for');
  checkValue(row['value']);
}

interface Row {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, text: string];
}

/** Of a row that was checked. */
export function sampleOf(row: unknown): VectorSample {
  const { metric, value } = row as Row;
  return { labels: metric, value: numberIn(value[1]) };
}

/** Of a value that was checked. */
export function numberIn(text: string): number {
  const value = Number(text);
  return Number.isNaN(value) ? (notDecimal.get(text) ?? NaN) : value;
}

export function errorIn(answer: Readonly<Record<string, unknown>>): AnswerOfError {
  const { errorType, error } = answer;
  return new AnswerOfError(
    typeof errorType === 'string' ? errorType : '',
    typeof error === 'string' ? error : 'it does not say why',
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Source: Prometheus util/annotations/annotations.go, `PromQLInfo`. */
function isRemark(warning: string): boolean {
  return warning.startsWith('PromQL info: ');
}

function rowsOf(data: unknown): readonly unknown[] {
  if (!isRecord(data)) throw new MalformedAnswer('it has no "data"');
  const { resultType, result } = data;
  if (resultType === 'scalar') return [{ metric: {}, value: result }];
  if (resultType !== 'vector')
    throw new MalformedAnswer(`its result is of type ${JSON.stringify(resultType)}, and no vector`);
  if (!Array.isArray(result)) throw new MalformedAnswer('its "result" is no list');
  return result;
}

const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const notDecimal: ReadonlyMap<string, number> = new Map([
  ['NaN', NaN],
  ['+Inf', Infinity],
  ['Inf', Infinity],
  ['-Inf', -Infinity],
]);

/** `[seconds, "number"]`. */
function checkValue(value: unknown): void {
  const [seconds, text] = Array.isArray(value) && value.length === 2 ? (value as unknown[]) : [];
  if (typeof seconds !== 'number' || typeof text !== 'string')
    throw new MalformedAnswer('its "value" is not a time and a text');
  if (!decimal.test(text) && !notDecimal.has(text))
    throw new MalformedAnswer(`its value ${JSON.stringify(text)} is no number`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MalformedAnswer(`it is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
