import { status } from '@grpc/grpc-js';
import { describe, expect, it } from '@jest/globals';
import { BadRequest, ErrorInfo, PreconditionFailure, RetryInfo, RpcStatus } from '@mcp/contracts';
import { CallRefused } from './call-refused.js';
import { codeOf, errorToStatus, statusByCode } from './error-to-status.js';

const decoders = { BadRequest, ErrorInfo, PreconditionFailure, RetryInfo };

function read(error: unknown) {
  const { code, details, metadata } = errorToStatus(error);
  const sent = RpcStatus.decode(metadata.get('grpc-status-details-bin')[0] as Buffer);
  const decoded = sent.details.map(({ typeUrl, value }) => {
    const type = typeUrl.replace('type.googleapis.com/google.rpc.', '') as keyof typeof decoders;
    return { [type]: decoders[type].decode(value) };
  });
  return { status: status[code], message: details, details: Object.assign({}, ...decoded) as object };
}

class Fault extends Error {
  constructor(
    readonly code: string,
    message: string,
    facts: object = {},
  ) {
    super(message);
    Object.assign(this, facts);
  }
}

describe('an error becomes a status', () => {
  it('for each code that there is', () => {
    const table = Object.entries(statusByCode).map(([code, row]) => `${code} ${status[row.status]}`);
    expect(table).toEqual([
      'INVALID_REQUEST INVALID_ARGUMENT',
      'CALL_ABANDONED CANCELLED',
      'UNAUTHENTICATED UNAUTHENTICATED',
      'PERMISSION_DENIED PERMISSION_DENIED',
      'TOO_MANY_CHANGES RESOURCE_EXHAUSTED',
      'ACCESS_UNKNOWN UNAVAILABLE',
      'TOO_MANY_STREAMS RESOURCE_EXHAUSTED',
      'ANSWER_TOO_LARGE RESOURCE_EXHAUSTED',
      'SERVER_DRAINING UNAVAILABLE',
      'NOT_CAUGHT_UP UNAVAILABLE',
      'POSITION_OF_ANOTHER_LOG INVALID_ARGUMENT',
      'POSITION_LOST DATA_LOSS',
      'POSITION_TRIMMED OUT_OF_RANGE',
      'NAMESPACE_NOT_FOUND NOT_FOUND',
      'NOTHING_TO_WITHDRAW NOT_FOUND',
      'WORKLOAD_NOT_FOUND NOT_FOUND',
      'WORKLOAD_PORT_NOT_FOUND NOT_FOUND',
      'SERVICE_NOT_FOUND NOT_FOUND',
      'SERVICE_PORT_NOT_FOUND NOT_FOUND',
      'SERVICE_ACCOUNT_NOT_FOUND NOT_FOUND',
      'EDGE_NOT_FOUND NOT_FOUND',
      'POLICY_NOT_FOUND NOT_FOUND',
      'POLICY_UNREADABLE FAILED_PRECONDITION',
      'NAMESPACE_OUT_OF_SCOPE FAILED_PRECONDITION',
      'CHANGE_NOT_ADMITTED FAILED_PRECONDITION',
      'SERVICE_WITHOUT_SELECTOR FAILED_PRECONDITION',
      'CHANGE_NOT_FOUND NOT_FOUND',
      'IMPACT_NOT_ACCEPTED FAILED_PRECONDITION',
      'PLAN_NOT_FOUND NOT_FOUND',
      'PLAN_EXPIRED FAILED_PRECONDITION',
      'PLAN_OF_ANOTHER PERMISSION_DENIED',
      'PLAN_OUTDATED ABORTED',
      'TRAFFIC_NOT_SEEN FAILED_PRECONDITION',
      'NOTHING_TO_AUDIT FAILED_PRECONDITION',
      'AUDIT_WOULD_OPEN FAILED_PRECONDITION',
      'NOTHING_APPLIED FAILED_PRECONDITION',
      'NOTHING_WAITS FAILED_PRECONDITION',
      'ALREADY_STARTED FAILED_PRECONDITION',
      'ALREADY_UNDONE FAILED_PRECONDITION',
      'NOTHING_TO_UNDO FAILED_PRECONDITION',
      'UNDO_UNKNOWN FAILED_PRECONDITION',
      'NOT_OBSERVED_YET FAILED_PRECONDITION',
      'UNDO_CONFLICT FAILED_PRECONDITION',
      'NOT_DESIRED FAILED_PRECONDITION',
      'NOT_READABLE FAILED_PRECONDITION',
      'GITOPS_MANAGER INVALID_ARGUMENT',
      'WRITES_DISABLED FAILED_PRECONDITION',
      'NOT_A_CLUSTER FAILED_PRECONDITION',
      'SOURCE_NOT_LIVE FAILED_PRECONDITION',
      'KEY_REUSED ALREADY_EXISTS',
      'OUTCOME_UNKNOWN UNAVAILABLE',
      'REVISION_MISMATCH ABORTED',
      'DRY_RUN_REJECTED FAILED_PRECONDITION',
      'DRY_RUN_CONFLICTED FAILED_PRECONDITION',
      'DRY_RUN_REFUSED FAILED_PRECONDITION',
      'DRY_RUN_UNAVAILABLE UNAVAILABLE',
      'VERSION_CONFLICT ABORTED',
      'DEPOSED_WRITER UNAVAILABLE',
      'EVENT_TOO_LARGE INVALID_ARGUMENT',
      'LOG_UNAVAILABLE UNAVAILABLE',
      'LOG_CORRUPT DATA_LOSS',
      'LOG_IN_USE UNAVAILABLE',
      'NO_RESPONDER UNAVAILABLE',
      'NO_ANSWER UNAVAILABLE',
      'ANSWER_FAILED UNAVAILABLE',
    ]);
  });

  it('with its reason, and every field that is wrong', () => {
    const violations = [{ field: 'name', description: 'is required' }];
    expect(read(new CallRefused('INVALID_REQUEST', 'not valid', { violations }))).toEqual({
      status: 'INVALID_ARGUMENT',
      message: 'not valid',
      details: {
        ErrorInfo: { reason: 'INVALID_REQUEST', domain: 'mcp.v1', metadata: {} },
        BadRequest: { fieldViolations: violations },
      },
    });
  });

  it('with the precondition that fails and when to ask again', () => {
    const refusal = new CallRefused('SOURCE_NOT_LIVE', 'Namespace is stale', {
      facts: { subject: 'Namespace' },
      retryAfterMs: 2_500,
    });
    expect(read(refusal)).toEqual({
      status: 'FAILED_PRECONDITION',
      message: 'Namespace is stale',
      details: {
        ErrorInfo: { reason: 'SOURCE_NOT_LIVE', domain: 'mcp.v1', metadata: { subject: 'Namespace' } },
        PreconditionFailure: {
          violations: [{ type: 'SOURCE_NOT_LIVE', subject: 'Namespace', description: 'Namespace is stale' }],
        },
        RetryInfo: { retryDelay: { seconds: 2, nanos: 500_000_000 } },
      },
    });
  });

  it('with what somebody sent written out where it is not one line of letters in their order', () => {
    const hostile = 'a\u202eb\u0007c\u2028d';
    const shown = 'a\\u202eb\\u0007c\\u2028d';
    const refusal = new CallRefused('NOT_A_CLUSTER', `${hostile}:\nspec`, {
      facts: { subject: hostile },
      violations: [{ field: hostile, description: hostile }],
    });
    expect(read(refusal)).toEqual({
      status: 'FAILED_PRECONDITION',
      message: `${shown}:\nspec`,
      details: {
        ErrorInfo: { reason: 'NOT_A_CLUSTER', domain: 'mcp.v1', metadata: { subject: shown } },
        BadRequest: { fieldViolations: [{ field: shown, description: shown }] },
        PreconditionFailure: {
          violations: [{ type: 'NOT_A_CLUSTER', subject: shown, description: `${shown}:` }],
        },
      },
    });
  });

  it('for what a task throws whose signal aborted, as the reason of the signal has it', () => {
    const cause = new CallRefused('CALL_ABANDONED', 'nobody waits');
    const thrown = Object.assign(new Error('the task was aborted', { cause }), { name: 'AbortError' });
    expect([codeOf(thrown), read(thrown)]).toEqual(['CALL_ABANDONED', read(cause)]);
    const ofBug = new Error('a bug', { cause });
    expect(codeOf(ofBug)).toBe('INTERNAL');
  });

  it('with those facts of a fault that a client may see, and no others', () => {
    const fault = new Fault('KEY_REUSED', 'used', { first: 'change-1', connection: 'secret' });
    expect(read(fault)).toEqual({
      status: 'ALREADY_EXISTS',
      message: 'used',
      details: { ErrorInfo: { reason: 'KEY_REUSED', domain: 'mcp.v1', metadata: { first: 'change-1' } } },
    });
  });

  it.each([
    ['an error without a code', new Error('password is hunter2')],
    ['a code that nobody knows', new Fault('ENOENT', '/etc/secret')],
    ['a code that is a property of every object', new Fault('toString', 'odd')],
    ['something that is no error', { code: 'INVALID_REQUEST', message: 'not thrown by us' }],
  ])('that says nothing of itself for %s', (_what, error) => {
    expect(codeOf(error)).toBe('INTERNAL');
    expect(read(error)).toEqual({
      status: 'INTERNAL',
      message: 'the server failed at this; its log says more',
      details: { ErrorInfo: { reason: 'INTERNAL', domain: 'mcp.v1', metadata: {} } },
    });
  });
});
