import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readRequestedObject } from './requested-object.js';

const server = {
  apiVersion: 'policy.linkerd.io/v1beta2',
  kind: 'Server',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { podSelector: {}, port: 80 },
};

function problemsOf(manifest: unknown): readonly string[] {
  const read = readRequestedObject(manifest);
  return 'problems' in read ? read.problems.map(({ code, field }) => `${code} ${field}`) : [];
}

describe('the manifest of an object that someone asks for', () => {
  it('is read in whichever version it is written', () => {
    expect(readRequestedObject(server)).toEqual({
      key: { kind: 'Server', namespace: 'shop', name: 'web' },
      spec: {
        selects: 'pods',
        selector: { matchLabels: {}, matchExpressions: [] },
        port: 80,
        proxyProtocol: 'unknown',
        accessPolicy: 'deny',
      },
    });
  });

  it('is of the kind of its group', () => {
    const route = { ...server, kind: 'HTTPRoute', spec: {} };
    expect([
      readRequestedObject({ ...route, apiVersion: 'policy.linkerd.io/v1beta3' }),
      readRequestedObject({ ...route, apiVersion: 'gateway.networking.k8s.io/v1' }),
    ]).toMatchObject([{ key: { kind: 'HTTPRoute' } }, { key: { kind: 'GatewayHTTPRoute' } }]);
  });

  it('may have what an API server adds', () => {
    const metadata = {
      ...server.metadata,
      uid: 'u',
      resourceVersion: '7',
      managedFields: [{ manager: 'kubectl' }],
      labels: {},
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'mcp.linkerd-mcp.dev/revision': '3',
      },
    };
    expect(problemsOf({ ...server, metadata, status: { conditions: [] } })).toEqual([]);
  });

  it.each([
    ['nothing', undefined, ['NOT_AN_OBJECT ']],
    ['a kind of others', { ...server, apiVersion: 'v1', kind: 'Pod' }, ['KIND_NOT_MANAGED kind']],
    ['a group that lacks the kind', { ...server, apiVersion: 'apps/v1' }, ['KIND_NOT_MANAGED kind']],
    [
      'a version that is none',
      { ...server, apiVersion: 'policy.linkerd.io/v9' },
      ['VERSION_NOT_SERVED apiVersion'],
    ],
    ['no namespace', { ...server, metadata: { name: 'web' } }, ['MISSING metadata.namespace']],
    [
      'labels and annotations, which a change does not write',
      {
        ...server,
        metadata: {
          ...server.metadata,
          labels: { app: 'a' },
          annotations: { 'retry.linkerd.io/http': '5xx' },
        },
      },
      ['FIELD_NOT_WRITTEN metadata.labels', 'FIELD_NOT_WRITTEN metadata.annotations.retry.linkerd.io/http'],
    ],
    [
      'lists and texts of metadata, which a change does not write either',
      {
        ...server,
        metadata: {
          ...server.metadata,
          ownerReferences: [{ kind: 'Deployment', name: 'web' }],
          generateName: 'web-',
          finalizers: [],
          deletionGracePeriodSeconds: null,
        },
      },
      ['FIELD_NOT_WRITTEN metadata.ownerReferences', 'FIELD_NOT_WRITTEN metadata.generateName'],
    ],
    [
      'a name as long as a book, which is not told whole',
      { ...server, ['x'.repeat(50_000)]: 1 },
      [`FIELD_NOT_WRITTEN ${'x'.repeat(80)}`],
    ],
    ['a field beside the spec', { ...server, data: {} }, ['FIELD_NOT_WRITTEN data']],
    [
      'faults of the spec, with those around it',
      {
        ...server,
        metadata: { namespace: 'shop' },
        spec: { podSelector: {}, port: 80, accessPolicy: 'deny' },
      },
      ['MISSING metadata.name', 'UNKNOWN_FIELD spec.accessPolicy'],
    ],
  ])('is refused for %s', (_what, manifest, expected) => {
    expect(problemsOf(manifest)).toEqual(expected);
  });

  it('is read or refused, never thrown at, whatever it is', () => {
    const parts = fc.record(
      {
        apiVersion: fc.constant(server.apiVersion),
        kind: fc.constant('Server'),
        metadata: fc.jsonValue(),
        spec: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    expect(fc.check(fc.property(parts, (manifest) => problemsOf(manifest).length > 0))).toMatchObject({
      failed: false,
    });
  });
});
