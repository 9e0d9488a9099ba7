import { describe, expect, it } from '@jest/globals';
import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import type { Any } from '@mcp/contracts';
import { ErrorInfo, GetMeshGraphResponse, RetryInfo, RpcStatus, SourcePhase } from '@mcp/contracts';
import { readApiAddress } from './api-address.js';
import { apiError } from './api-error.js';
import { messageJson } from './message-json.js';

describe('an address', () => {
  it.each([
    ['localhost', 'localhost:10900', false],
    ['localhost:1', 'localhost:1', false],
    ['http://localhost', 'localhost:10900', false],
    ['http://localhost:80/', 'localhost:80', false],
    ['https://mcp.example.org', 'mcp.example.org:443', true],
    ['https://mcp.example.org:443', 'mcp.example.org:443', true],
    ['HTTPS://mcp.example.org:1', 'mcp.example.org:1', true],
    ['[::1]:1', '[::1]:1', false],
  ])('%s is %s, by TLS: %s', (text, target, tls) => {
    expect(readApiAddress(text)).toEqual({ target, tls });
  });

  it.each(['', 'a b', 'localhost:99999', 'ftp://localhost', 'http://localhost/path'])(
    'is not "%s"',
    (text) => {
      expect(() => readApiAddress(text)).toThrow('say host:port');
    },
  );
});

describe('a failed call', () => {
  function failed(code: status, details: string, ...given: readonly Any[]): ServiceError {
    const metadata = new Metadata();
    if (given.length > 0)
      metadata.set(
        'grpc-status-details-bin',
        Buffer.from(RpcStatus.encode({ code, message: details, details: given }).finish()),
      );
    return Object.assign(new Error(details), { code, details, metadata });
  }
  const any = (name: string, bytes: Uint8Array): Any => ({
    typeUrl: `type.googleapis.com/google.rpc.${name}`,
    value: Buffer.from(bytes),
  });
  const reason = any(
    'ErrorInfo',
    ErrorInfo.encode(ErrorInfo.fromPartial({ reason: 'NOT_CAUGHT_UP' })).finish(),
  );
  const retry = any(
    'RetryInfo',
    RetryInfo.encode({ retryDelay: { seconds: 1, nanos: 500_000_000 } }).finish(),
  );

  it('tells what the API says, with its code and when to ask again', () => {
    const error = failed(status.UNAVAILABLE, 'the log is not read yet', reason, retry);
    expect(apiError(error, 'a:1', 1_000)).toMatchObject({
      message: 'the log is not read yet (NOT_CAUGHT_UP)',
      status: 'UNAVAILABLE',
      reason: 'NOT_CAUGHT_UP',
      retryAfterMs: 1_500,
    });
  });

  it.each([
    [status.UNAVAILABLE, 'ECONNREFUSED', 'no mesh control plane answers at a:1'],
    [status.DEADLINE_EXCEEDED, 'x', 'a:1 gave no answer within 1 s: give it longer with --timeout'],
    [status.UNIMPLEMENTED, 'x', 'a:1 does not have this call'],
    [
      status.UNAUTHENTICATED,
      'the token is not known',
      'the token is not known: give one with --token-file or MCP_TOKEN',
    ],
    [status.UNKNOWN, 'x', 'a:1: x (UNKNOWN)'],
  ])('of status %s says what to do where the API does not', (code, details, message) => {
    expect(apiError(failed(code, details), 'a:1', 1_000)).toMatchObject({
      message: expect.stringContaining(message),
      reason: undefined,
    });
  });
});

describe('a message in JSON', () => {
  it('is as tools of gRPC print it', () => {
    const message = GetMeshGraphResponse.fromPartial({
      position: 'p',
      recordedAt: new Date(0),
      sources: [{ kind: 'Pod', phase: SourcePhase.SOURCE_PHASE_LIVE }],
      entities: [
        {
          key: 'k',
          entity: {
            $case: 'workload',
            workload: { ref: { namespace: 'shop', kind: 'Deployment', name: 'web' } },
          },
        },
      ],
    });
    expect(messageJson('GetMeshGraphResponse', GetMeshGraphResponse, message)).toEqual({
      position: 'p',
      recordedAt: '1970-01-01T00:00:00Z',
      sources: [{ kind: 'Pod', phase: 'SOURCE_PHASE_LIVE' }],
      entities: [{ key: 'k', workload: { ref: { namespace: 'shop', kind: 'Deployment', name: 'web' } } }],
    });
  });

  it('must be one that there is', () => {
    expect(() => messageJson('Nothing', GetMeshGraphResponse, GetMeshGraphResponse.fromPartial({}))).toThrow(
      'there is no message mcp.v1.Nothing',
    );
  });
});
