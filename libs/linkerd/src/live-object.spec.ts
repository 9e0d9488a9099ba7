import { describe, expect, it } from '@jest/globals';
import { readLiveObject } from './live-object.js';
import { rawObject } from '../test/raw-object.js';

const metadata = {
  annotations: { 'mcp.linkerd-mcp.dev/change-id': 'c1', 'mcp.linkerd-mcp.dev/revision': '3' },
  labels: { 'kustomize.toolkit.fluxcd.io/name': 'x' },
};
const mark = { fieldOwners: [], change: { id: 'c1', revision: 3 }, gitOps: 'Flux' };
const everyPath = { path: { type: 'PathPrefix', value: '/' } };

describe('a live object', () => {
  it('says what it is and who wrote it', () => {
    const spec = { targetRef: { kind: 'Namespace', name: 'shop' }, requiredAuthenticationRefs: [] };
    expect(readLiveObject('AuthorizationPolicy', rawObject({ metadata, spec }))).toEqual({
      ...mark,
      spec: { ...spec, targetRef: { group: '', ...spec.targetRef } },
    });
  });

  it('says who wrote it even where its spec cannot be read', () => {
    expect(readLiveObject('Server', rawObject({ metadata, spec: 'none' }))).toEqual({
      ...mark,
      spec: undefined,
    });
  });

  it('says nothing where nothing can be read', () => {
    expect(readLiveObject('HTTPRoute', {})).toEqual({ spec: undefined, fieldOwners: [] });
  });

  it.each([
    [
      'HTTPRoute',
      'filters of a backend',
      {
        rules: [
          {
            matches: [everyPath],
            backendRefs: [
              {
                group: '',
                kind: 'Service',
                name: 'web',
                port: 80,
                weight: 1,
                filters: [{ type: 'URLRewrite' }],
              },
            ],
          },
        ],
      },
      ['spec.rules[0].backendRefs[0].filters'],
    ],
    [
      'GatewayHTTPRoute',
      'fields of a newer schema',
      { rules: [{ name: 'first', matches: [everyPath], retry: { attempts: 3 } }] },
      ['spec.rules[0].name', 'spec.rules[0].retry'],
    ],
    [
      'GRPCRoute',
      'the persistence of sessions',
      { rules: [{ sessionPersistence: { type: 'Cookie' } }] },
      ['spec.rules[0].sessionPersistence'],
    ],
    [
      'Server',
      'a word for a policy that is none',
      { podSelector: {}, port: 80, accessPolicy: 'everyone' },
      ['spec.accessPolicy'],
    ],
    [
      'HTTPLocalRateLimitPolicy',
      'a limit of nothing, which is no limit to us',
      { targetRef: { kind: 'Server', name: 'a' }, total: { requestsPerSecond: 0 } },
      ['spec.total'],
    ],
  ] as const)('that is a %s names what we do not model: %s', (kind, _what, spec, unmodelled) => {
    expect(readLiveObject(kind, rawObject({ spec }))).toMatchObject({ spec: {}, unmodelled });
  });

  it.each([
    ['Server', { podSelector: { matchLabels: {} }, port: 80 }],
    [
      'HTTPRoute',
      { parentRefs: [], rules: [{ matches: [{ path: { value: '/' }, headers: [] }], filters: null }] },
    ],
    ['MeshTLSAuthentication', { identities: ['*'], identityRefs: [] }],
    [
      'AuthorizationPolicy',
      { targetRef: { group: '', kind: 'Namespace', name: 'shop' }, requiredAuthenticationRefs: [] },
    ],
  ] as const)('that is a %s with empty fields has nothing that we do not model', (kind, spec) => {
    expect(readLiveObject(kind, rawObject({ spec }))).not.toHaveProperty('unmodelled');
  });
});
