import { Metadata, status as grpc } from '@grpc/grpc-js';
import { visibleText } from '@mcp/mesh';
import { statusDetails, type Detail } from './status-details.js';

/** A row: the status of a code; after what time to ask again, where that helps; what of the error a client may see. */
interface Row {
  readonly status: grpc;
  readonly retryAfterMs?: number;
  /** Properties of the error that go to the client as facts. */
  readonly tells?: readonly string[];
  /** The state of the system stands in the way: say so as a precondition. */
  readonly precondition?: true;
}

/** What a call is refused for by this API, thrown as `CallRefused`; some are faults of the rooms below as well. */
const refusals = {
  INVALID_REQUEST: { status: grpc.INVALID_ARGUMENT },
  /** Nobody waits for the answer; nobody gets this status. */
  CALL_ABANDONED: { status: grpc.CANCELLED },
  UNAUTHENTICATED: { status: grpc.UNAUTHENTICATED },
  /** The caller is known, and has no right to it. */
  PERMISSION_DENIED: { status: grpc.PERMISSION_DENIED },
  TOO_MANY_CHANGES: { status: grpc.RESOURCE_EXHAUSTED, retryAfterMs: 1_000 },
  /** Who calls, or what they may do, could not be found out: nobody is let in for that. */
  ACCESS_UNKNOWN: { status: grpc.UNAVAILABLE, retryAfterMs: 1_000 },
  TOO_MANY_STREAMS: { status: grpc.RESOURCE_EXHAUSTED, retryAfterMs: 30_000 },
  ANSWER_TOO_LARGE: { status: grpc.RESOURCE_EXHAUSTED },
  SERVER_DRAINING: { status: grpc.UNAVAILABLE, retryAfterMs: 1_000 },
  NOT_CAUGHT_UP: { status: grpc.UNAVAILABLE, retryAfterMs: 1_000 },
  POSITION_OF_ANOTHER_LOG: { status: grpc.INVALID_ARGUMENT },
  POSITION_LOST: { status: grpc.DATA_LOSS },
  POSITION_TRIMMED: { status: grpc.OUT_OF_RANGE, tells: ['oldest'] },
  NAMESPACE_NOT_FOUND: { status: grpc.NOT_FOUND },
  NOTHING_TO_WITHDRAW: { status: grpc.NOT_FOUND },
  WORKLOAD_NOT_FOUND: { status: grpc.NOT_FOUND },
  WORKLOAD_PORT_NOT_FOUND: { status: grpc.NOT_FOUND },
  SERVICE_NOT_FOUND: { status: grpc.NOT_FOUND },
  SERVICE_PORT_NOT_FOUND: { status: grpc.NOT_FOUND },
  SERVICE_ACCOUNT_NOT_FOUND: { status: grpc.NOT_FOUND },
  EDGE_NOT_FOUND: { status: grpc.NOT_FOUND },
  POLICY_NOT_FOUND: { status: grpc.NOT_FOUND },
  /** It exists, and what it is is not known. */
  POLICY_UNREADABLE: { status: grpc.FAILED_PRECONDITION, precondition: true },
  NAMESPACE_OUT_OF_SCOPE: { status: grpc.FAILED_PRECONDITION, precondition: true },
  /** The cluster would refuse to take what is to be simulated. */
  CHANGE_NOT_ADMITTED: { status: grpc.FAILED_PRECONDITION, precondition: true },
  /** Where it leads to is decided outside the cluster's knowledge. */
  SERVICE_WITHOUT_SELECTOR: { status: grpc.FAILED_PRECONDITION, precondition: true },
  CHANGE_NOT_FOUND: { status: grpc.NOT_FOUND },
  /** What a change may come to has to be named by who asks for it. */
  IMPACT_NOT_ACCEPTED: { status: grpc.FAILED_PRECONDITION, precondition: true },
  PLAN_NOT_FOUND: { status: grpc.NOT_FOUND },
  PLAN_EXPIRED: { status: grpc.FAILED_PRECONDITION, precondition: true },
  PLAN_OF_ANOTHER: { status: grpc.PERMISSION_DENIED },
  /** The objects, or what would come of the change, are no longer as the plan said. */
  PLAN_OUTDATED: { status: grpc.ABORTED },
  /** Nothing can follow from denials that cannot be seen. */
  TRAFFIC_NOT_SEEN: { status: grpc.FAILED_PRECONDITION, precondition: true },
  NOTHING_TO_AUDIT: { status: grpc.FAILED_PRECONDITION, precondition: true },
  AUDIT_WOULD_OPEN: { status: grpc.FAILED_PRECONDITION, precondition: true },
  NOTHING_APPLIED: { status: grpc.FAILED_PRECONDITION, precondition: true },
  NOTHING_WAITS: { status: grpc.FAILED_PRECONDITION, precondition: true },
  ALREADY_STARTED: { status: grpc.FAILED_PRECONDITION, precondition: true },
  ALREADY_UNDONE: { status: grpc.FAILED_PRECONDITION, precondition: true },
  NOTHING_TO_UNDO: { status: grpc.FAILED_PRECONDITION, precondition: true },
  UNDO_UNKNOWN: { status: grpc.FAILED_PRECONDITION, precondition: true },
  /** What an apply made of an object is about to be seen. */
  NOT_OBSERVED_YET: { status: grpc.FAILED_PRECONDITION, precondition: true, retryAfterMs: 1_000 },
  /** Somebody changed the object after the change that is to be undone. */
  UNDO_CONFLICT: { status: grpc.FAILED_PRECONDITION, precondition: true },
  /** Nobody asked for the object, so there is nothing that it deviates from. */
  NOT_DESIRED: { status: grpc.FAILED_PRECONDITION, precondition: true },
  NOT_READABLE: { status: grpc.FAILED_PRECONDITION, precondition: true },
  GITOPS_MANAGER: { status: grpc.INVALID_ARGUMENT },
  WRITES_DISABLED: { status: grpc.FAILED_PRECONDITION, precondition: true },
  NOT_A_CLUSTER: { status: grpc.FAILED_PRECONDITION, precondition: true },
  SOURCE_NOT_LIVE: { status: grpc.FAILED_PRECONDITION, precondition: true, retryAfterMs: 5_000 },
  KEY_REUSED: { status: grpc.ALREADY_EXISTS, tells: ['first'] },
  OUTCOME_UNKNOWN: { status: grpc.UNAVAILABLE, retryAfterMs: 1_000 },
  REVISION_MISMATCH: { status: grpc.ABORTED },
  DRY_RUN_REJECTED: { status: grpc.FAILED_PRECONDITION, precondition: true },
  DRY_RUN_CONFLICTED: { status: grpc.FAILED_PRECONDITION, precondition: true },
  DRY_RUN_REFUSED: { status: grpc.FAILED_PRECONDITION, precondition: true },
  DRY_RUN_UNAVAILABLE: { status: grpc.UNAVAILABLE, retryAfterMs: 5_000 },
} as const satisfies Record<string, Row>;

/** Faults of the rooms below, known here by their literal codes alone. */
const faults = {
  VERSION_CONFLICT: {
    status: grpc.ABORTED,
    retryAfterMs: 100,
    tells: ['subject', 'expected', 'actual'],
  },
  DEPOSED_WRITER: { status: grpc.UNAVAILABLE, retryAfterMs: 1_000 },
  EVENT_TOO_LARGE: { status: grpc.INVALID_ARGUMENT },
  LOG_UNAVAILABLE: { status: grpc.UNAVAILABLE, retryAfterMs: 1_000 },
  LOG_CORRUPT: { status: grpc.DATA_LOSS },
  LOG_IN_USE: { status: grpc.UNAVAILABLE },
  NO_RESPONDER: { status: grpc.UNAVAILABLE, retryAfterMs: 5_000 },
  NO_ANSWER: { status: grpc.UNAVAILABLE, retryAfterMs: 5_000 },
  ANSWER_FAILED: { status: grpc.UNAVAILABLE, retryAfterMs: 5_000 },
} as const satisfies Record<string, Row>;

/** The only place where an error becomes a gRPC status. */
export const statusByCode: Readonly<Record<string, Row>> = { ...refusals, ...faults };

export type RefusalCode = keyof typeof refusals;

/** What grpc-js sends: `details` is the message, and the metadata carries google.rpc.Status. */
export interface CallStatus {
  readonly code: grpc;
  readonly details: string;
  readonly metadata: Metadata;
}

/** The row of an error; INTERNAL where it has none: a bug, or a fault that should have one. */
export function codeOf(error: unknown): string {
  const meant = reasonOf(error);
  const code = meant instanceof Error && 'code' in meant ? meant.code : undefined;
  return typeof code === 'string' && Object.hasOwn(statusByCode, code) ? code : 'INTERNAL';
}

/**
 * The status of any error. One without a row is INTERNAL and says nothing of itself: what it knows may not be the
 * caller's to know. The caller of this function logs it.
 */
export function errorToStatus(failure: unknown): CallStatus {
  const error = reasonOf(failure);
  const code = codeOf(error);
  const row = statusByCode[code];
  if (row === undefined || !(error instanceof Error)) {
    return withDetails(grpc.INTERNAL, 'the server failed at this; its log says more', [
      { kind: 'reason', code: 'INTERNAL', facts: {} },
    ]);
  }
  const told = error as Partial<ToldByErrors> & Error;
  const details: Detail[] = [
    { kind: 'reason', code, facts: { ...told.facts, ...factsOf(told, row.tells ?? []) } },
  ];
  if (told.violations !== undefined && told.violations.length > 0) {
    details.push({ kind: 'fields', violations: told.violations });
  }
  if (row.precondition === true) {
    details.push({
      kind: 'precondition',
      type: code,
      subject: told.facts?.['subject'] ?? '',
      // a manifest that follows is in the message already
      description: error.message.split('\n')[0] ?? '',
    });
  }
  const retryAfterMs = told.retryAfterMs ?? row.retryAfterMs;
  if (retryAfterMs !== undefined) details.push({ kind: 'retry', afterMs: retryAfterMs });
  return withDetails(row.status, error.message, details);
}

/** What Node and piscina throw when a signal aborts has the reason of the signal as its cause: that is what the call ended for. */
function reasonOf(error: unknown): unknown {
  return error instanceof Error && error.name === 'AbortError' && error.cause !== undefined
    ? error.cause
    : error;
}

interface ToldByErrors {
  readonly facts: Readonly<Record<string, string>>;
  readonly violations: readonly { readonly field: string; readonly description: string }[];
  readonly retryAfterMs: number;
}

/** What is told may be what somebody sent, who may not be the one who reads it. */
function withDetails(code: grpc, said: string, details: readonly Detail[]): CallStatus {
  const message = visibleText(said);
  const metadata = new Metadata();
  metadata.set('grpc-status-details-bin', statusDetails(code, message, details.map(visibleDetail)));
  return { code, details: message, metadata };
}

function visibleDetail(detail: Detail): Detail {
  switch (detail.kind) {
    case 'reason': {
      const facts = Object.entries(detail.facts).map(([name, value]) => [name, visibleText(value)] as const);
      return { ...detail, facts: Object.fromEntries(facts) };
    }
    case 'fields': {
      const violations = detail.violations.map(({ field, description }) => ({
        field: visibleText(field),
        description: visibleText(description),
      }));
      return { ...detail, violations };
    }
    case 'precondition': {
      const { subject, description } = detail;
      return { ...detail, subject: visibleText(subject), description: visibleText(description) };
    }
    case 'retry':
      return detail;
  }
}

function factsOf(error: object, names: readonly string[]): Record<string, string> {
  const facts: Record<string, string> = {};
  for (const [name, value] of Object.entries(error)) {
    if (names.includes(name) && value !== undefined) facts[name] = String(value);
  }
  return facts;
}
