import { advice, type Asked } from './answer-failure.js';
import { PrometheusFailure } from './instant-query.js';

/** What it means that a connection could not be made, or broke. */
export function failureOfConnection(asked: Asked, error: unknown): PrometheusFailure {
  const said = describe(error);
  if (isCertificateTrouble(error)) {
    const message = `the certificate of ${asked.url} is not trusted: ${said}; name the file of the authority that signed it`;
    return new PrometheusFailure('UNREACHABLE', message, undefined, error);
  }
  if (isNotTls(error)) {
    const message = `${asked.url} does not speak TLS: ${said}; does its URL begin with http://?`;
    return new PrometheusFailure('UNREACHABLE', message, undefined, error);
  }
  if (isNotHttp(error)) {
    const message = `${asked.url} does not answer as a web server does: ${said}; ${advice('INVALID', asked)}`;
    return new PrometheusFailure('INVALID', message, undefined, error);
  }
  const message = `no answer from ${asked.url}: ${said}; ${advice('UNREACHABLE', asked)}`;
  return new PrometheusFailure('UNREACHABLE', message, undefined, error);
}

/** Where several addresses were tried, the error of them all has no text of its own. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join(', ');
  return error instanceof Error ? error.message.trim() : String(error);
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Codes of OpenSSL's verification, as Node names them. */
function isCertificateTrouble(error: unknown): boolean {
  return /CERT|UNABLE_TO_(?:VERIFY|GET_ISSUER)/.test(codeOf(error));
}

function isNotTls(error: unknown): boolean {
  return /^(?:EPROTO|ERR_SSL_)/.test(codeOf(error));
}

/** The parser's errors of undici, and those of what was to be unpacked. */
function isNotHttp(error: unknown): boolean {
  return (error instanceof Error && error.name === 'HTTPParserError') || /^(?:HPE_|Z_)/.test(codeOf(error));
}
