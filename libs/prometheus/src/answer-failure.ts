import type { Dispatcher } from 'undici';
import { PrometheusFailure, type PrometheusFault } from './instant-query.js';
import { errorIn, isRecord, type AnswerOfError } from './vector-document.js';

/** An answer that is no 200, with as much of its text as was read. */
export interface RefusingAnswer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly text: string;
}

/** What an answer other than 200 means, and what to do about it. */
export function failureOfAnswer(asked: Asked, { status, headers, text }: RefusingAnswer): PrometheusFailure {
  const body = parsed(text);
  const error = isRecord(body) && body['status'] === 'error' ? errorIn(body) : undefined;
  const fault = faultOfStatus(status, error);
  const said = excerpt(error?.message ?? text, 300);
  const location = status >= 300 && status < 400 ? ` and led to ${withoutCredentials(headers.location)}` : '';
  const message = `${asked.url} answered ${status}${location}${said === '' ? '' : `: ${said}`}`;
  return new PrometheusFailure(
    fault,
    `${message}; ${advice(fault, asked)}`,
    retryAfterMs(headers['retry-after']),
  );
}

/** An error inside an answer that should have been good. */
export function failureOfError(asked: Asked, error: AnswerOfError): PrometheusFailure {
  const fault = faultOfError(error) ?? 'INVALID';
  const type = error.errorType === '' ? '' : ` of type ${error.errorType}`;
  const message = `${asked.url} answered with an error${type}: ${excerpt(error.message, 300)}`;
  return new PrometheusFailure(fault, `${message}; ${advice(fault, asked)}`, undefined, error);
}

/** What was asked, for messages: the URL is without credentials. */
export interface Asked {
  readonly url: string;
  readonly query: string;
}

export function advice(fault: PrometheusFault, { query }: Asked): string {
  switch (fault) {
    case 'REFUSED':
      return 'check the token or password, the tenant, and what they may read';
    case 'OVERLOADED':
      return 'ask for less or later, or raise its limits';
    case 'TIMEOUT':
      return 'ask for less, or allow both sides more time';
    case 'TOO_LARGE':
      return 'ask for less, or allow larger answers';
    case 'BAD_QUERY':
      return `the query was ${excerpt(query, 300)}`;
    case 'INVALID':
      return 'check that the URL leads to Prometheus itself, with its path prefix';
    case 'UNREACHABLE':
      return 'check that it runs, and the way to it';
  }
}

/** On one line, and not longer than this. */
export function excerpt(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length)}…` : line;
}

/** Gateways speak in statuses, Prometheus itself in error types. */
function faultOfStatus(status: number, error: AnswerOfError | undefined): PrometheusFault {
  if (status === 401 || status === 403 || status === 407) return 'REFUSED';
  if (status === 429) return 'OVERLOADED';
  const fault = error === undefined ? undefined : faultOfError(error);
  if (fault !== undefined) return fault;
  if (status === 408 || status === 504) return 'TIMEOUT';
  if (status === 502) return 'UNREACHABLE';
  if (status >= 500) return 'OVERLOADED';
  return 'INVALID';
}

/**
 * Source: `errorType` in Prometheus web/api/v1/api.go (read at 003276e) and Thanos pkg/api/api.go (011348b), `Type` in Mimir
 * pkg/api/error/error.go (0d515d0). Undefined for a type that is in none of them.
 */
function faultOfError({ errorType, message }: AnswerOfError): PrometheusFault | undefined {
  switch (errorType) {
    case 'timeout':
      return 'TIMEOUT';
    case 'execution':
      // of a store behind Thanos
      if (/deadline ?exceeded/i.test(message)) return 'TIMEOUT';
      return isAboutTheServer(message) ? 'OVERLOADED' : 'BAD_QUERY';
    case 'bad_data':
      return 'BAD_QUERY';
    case 'canceled':
    case 'internal':
    case 'unavailable':
    case 'too_many_requests':
      return 'OVERLOADED';
    case 'too_large_entry':
      return 'TOO_LARGE';
    default:
      return undefined;
  }
}

/**
 * Limits of Prometheus ("would load too many samples into memory"), of Mimir ("err-mimir-max-…", "exceeded the maximum number of") and of
 * Thanos ("exceeded series limit"), and its stores that did not answer ("rpc error: code = Unavailable"): other queries may do.
 */
function isAboutTheServer(message: string): boolean {
  return /too many (?:samples|series|chunks)|err-mimir-max-|exceeded|rpc error: code =/i.test(message);
}

/** Seconds or a date, as HTTP has it. */
function retryAfterMs(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string') return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function withoutCredentials(location: string | string[] | undefined): string {
  const text = String(location);
  if (!URL.canParse(text)) return text.split(/[?#]/)[0] ?? '';
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
