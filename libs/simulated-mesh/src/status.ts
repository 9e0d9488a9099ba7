import type { ResourceType } from './resource-type.js';
import { qualifiedPlural } from './resource-type.js';

/** The object with which an API server says that a request failed, or that a deletion is done. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: Record<string, never>;
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface StatusCause {
  readonly reason: string;
  readonly message: string;
  readonly field?: string;
}

/** A request that the API answers with a failure. */
export class ApiFault extends Error {
  constructor(readonly status: Status & { readonly code: number }) {
    super(status.message ?? status.reason ?? 'failure');
  }
}

export function failure(code: number, reason: string, message: string, details?: StatusDetails): ApiFault {
  return new ApiFault({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  });
}

function named(type: ResourceType, name: string): StatusDetails {
  return { name, ...(type.group === '' ? {} : { group: type.group }), kind: type.plural };
}

export function badRequest(message: string): ApiFault {
  return failure(400, 'BadRequest', message);
}

export function notFound(type: ResourceType, name: string): ApiFault {
  return failure(404, 'NotFound', `${qualifiedPlural(type)} "${name}" not found`, named(type, name));
}

export function alreadyExists(type: ResourceType, name: string): ApiFault {
  return failure(
    409,
    'AlreadyExists',
    `${qualifiedPlural(type)} "${name}" already exists`,
    named(type, name),
  );
}

/** A precondition on the object does not hold. */
export function staleWrite(type: ResourceType, name: string, why: string): ApiFault {
  return failure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedPlural(type)} "${name}": ${why}`,
    named(type, name),
  );
}

export const modifiedMeanwhile =
  'the object has been modified; please apply your changes to the latest version and try again';

/** A field that an apply would change and that another manager owns. */
export interface FieldConflict {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** As an API server writes it, for example `.spec.targetRef.name`. */
  readonly field: string;
}

/** Other field managers own what the apply changes; there is at least one conflict. */
export function fieldConflict(conflicts: readonly FieldConflict[]): ApiFault {
  const causes = conflicts.map((conflict) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${ownerText(conflict)}`,
    field: conflict.field,
  }));
  const listed = causes.map(({ message, field }) => `${message}: ${field}`).join('\n');
  const count = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`;
  return failure(409, 'Conflict', `Apply failed with ${count}: ${listed}`, { causes });
}

function ownerText({ manager, operation, apiVersion }: FieldConflict): string {
  return operation === 'Apply' ? `"${manager}"` : `"${manager}" using ${apiVersion}`;
}

/** The object is not valid; every cause names its field. */
export function invalid(type: ResourceType, name: string, causes: readonly StatusCause[]): ApiFault {
  const kind = type.group === '' ? type.kind : `${type.kind}.${type.group}`;
  const list = causes.map(({ field, message }) => `${field ?? ''}: ${message}`);
  const text = list.length === 1 ? (list[0] ?? '') : `[${list.join(', ')}]`;
  return failure(422, 'Invalid', `${kind} "${name}" is invalid: ${text}`, {
    name,
    ...(type.group === '' ? {} : { group: type.group }),
    kind: type.kind,
    causes,
  });
}

/** What is asked for is older than the history that is kept. */
export function expired(message: string): ApiFault {
  return failure(410, 'Expired', message);
}

export function methodNotAllowed(): ApiFault {
  return failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource');
}
