import { isRecord } from './kubernetes-object.js';

/** What a request to the API server fails with. `code` is stable and is what other rooms look at. */
export abstract class KubernetesError extends Error {
  abstract readonly code: string;
  constructor(
    /** Method and path. */
    readonly attempted: string,
    /** What the server said, or what happened to the connection. */
    readonly rawMessage: string,
    /** HTTP status, undefined when there was no answer. */
    readonly status: number | undefined,
    options?: ErrorOptions,
  ) {
    super(`${attempted}: ${rawMessage}`, options);
  }
}

/** Whether a value is an expected fault of the API server, of this code if one is given. */
export function isKubernetesError(error: unknown, code?: string): error is KubernetesError {
  return error instanceof KubernetesError && (code === undefined || error.code === code);
}

/** What a thrown value says, whatever it is. */
export function messageOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error
    ? String(error.message)
    : String(error);
}

/** 401: the server does not know who we are. */
export class Unauthorized extends KubernetesError {
  readonly code = 'UNAUTHORIZED';
}

/** 403: RBAC or an admission plugin says no. */
export class Forbidden extends KubernetesError {
  readonly code = 'FORBIDDEN';
}

/** 404: no such object, or no such kind. */
export class NotFound extends KubernetesError {
  readonly code = 'NOT_FOUND';
}

/** 409: an object of this name exists already. */
export class AlreadyExists extends KubernetesError {
  readonly code = 'ALREADY_EXISTS';
}

/** 409: the object is not at the resource version, or does not have the uid, that the request was made for. */
export class VersionConflict extends KubernetesError {
  readonly code = 'VERSION_CONFLICT';
}

/** 409: other field managers own fields that the apply wants to change. */
export class FieldConflict extends KubernetesError {
  readonly code = 'FIELD_CONFLICT';
  constructor(
    attempted: string,
    rawMessage: string,
    status: number,
    readonly conflicts: readonly FieldConflictCause[],
  ) {
    super(attempted, rawMessage, status);
  }
}

/** Who owns the field, and which field, as a path like `.spec.targetRef`. */
export interface FieldConflictCause {
  readonly manager: string;
  readonly field: string;
}

/** 410: the server no longer has this part of its history; list again. */
export class Gone extends KubernetesError {
  readonly code = 'GONE';
}

/** 429: too many requests. */
export class TooManyRequests extends KubernetesError {
  readonly code = 'TOO_MANY_REQUESTS';
  constructor(
    attempted: string,
    rawMessage: string,
    status: number,
    readonly retryAfterMs: number | undefined,
  ) {
    super(attempted, rawMessage, status);
  }
}

/** Any other 4xx: the request itself is not acceptable, and will not be if repeated. */
export class Rejected extends KubernetesError {
  readonly code = 'REJECTED';
}

/**
 * No answer, an answer that cannot be read, or 5xx. A write may or may not have happened.
 */
export class Unavailable extends KubernetesError {
  readonly code = 'UNAVAILABLE';
  constructor(
    attempted: string,
    rawMessage: string,
    status: number | undefined,
    readonly retryAfterMs: number | undefined,
    cause?: unknown,
  ) {
    super(attempted, rawMessage, status, { cause });
  }
}

/** The server ended a watch with an error that is not 410. */
export class WatchFailed extends KubernetesError {
  readonly code = 'WATCH_FAILED';
}

/**
 * The error that an answer stands for. `body` is the `Status` object of the API server, or whatever a proxy on the way
 * sent instead.
 */
export function errorFromAnswer(
  attempted: string,
  status: number,
  body: unknown,
  retryAfterHeader: string | undefined,
): KubernetesError {
  const answer = isRecord(body) ? body : {};
  const message = typeof answer['message'] === 'string' ? answer['message'] : `HTTP ${status}`;
  const details = isRecord(answer['details']) ? answer['details'] : {};
  switch (status) {
    case 401:
      return new Unauthorized(attempted, message, status);
    case 403:
      return new Forbidden(attempted, message, status);
    case 404:
      return new NotFound(attempted, message, status);
    case 409: {
      const conflicts = fieldConflicts(details['causes']);
      if (conflicts.length > 0) return new FieldConflict(attempted, message, status, conflicts);
      if (answer['reason'] === 'AlreadyExists') return new AlreadyExists(attempted, message, status);
      return new VersionConflict(attempted, message, status);
    }
    case 410:
      return new Gone(attempted, message, status);
    case 429:
      return new TooManyRequests(attempted, message, status, retryAfterMs(retryAfterHeader, details));
    default:
      return status >= 400 && status < 500
        ? new Rejected(attempted, message, status)
        : new Unavailable(attempted, message, status, retryAfterMs(retryAfterHeader, details));
  }
}

/** The API server names the manager only in prose: `conflict with "kubectl" using policy.linkerd.io/v1alpha1`. */
const managerInMessage = /^conflict with ("(?:[^"\\]|\\.)*")/;

function fieldConflicts(causes: unknown): FieldConflictCause[] {
  if (!Array.isArray(causes)) return [];
  return causes.filter(isRecord).flatMap((cause) => {
    if (cause['reason'] !== 'FieldManagerConflict') return [];
    const message = typeof cause['message'] === 'string' ? cause['message'] : '';
    const field = typeof cause['field'] === 'string' ? cause['field'] : '';
    return [{ manager: unquoted(managerInMessage.exec(message)?.[1]) ?? message, field }];
  });
}

function unquoted(text: string | undefined): string | undefined {
  // the few characters that Go quotes in another way than JSON stay quoted
  return text === undefined ? undefined : text.slice(1, -1).replace(/\\(["\\])/g, '$1');
}

/** A server that asks for more than two minutes is not believed: it may be back much sooner. */
const longestRetryAfterMs = 120_000;

function retryAfterMs(
  header: string | undefined,
  details: Readonly<Record<string, unknown>>,
): number | undefined {
  const seconds =
    header !== undefined && /^\d+$/.test(header) ? Number(header) : details['retryAfterSeconds'];
  if (typeof seconds !== 'number' || seconds <= 0) return undefined;
  return Math.min(seconds * 1_000, longestRetryAfterMs);
}
