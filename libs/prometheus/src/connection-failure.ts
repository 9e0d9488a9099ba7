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
  const { message, errors } = partsOf(error);
  return Array.isArray(errors) ? errors.map(describe).join(', ') : String(message ?? error).trim();
}

function codeOf(error: unknown): string {
  return String(partsOf(error).code);
}

function partsOf(error: unknown): {
  readonly [part in 'name' | 'code' | 'message' | 'errors']?: unknown;
} {
  return typeof error === 'object' && error !== null ? error : {};
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
  return partsOf(error).name === 'HTTPParserError' || /^(?:HPE_|Z_)/.test(codeOf(error));
}
