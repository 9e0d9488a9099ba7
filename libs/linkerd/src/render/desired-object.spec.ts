import { describe, expect, it } from '@jest/globals';
import { managedKinds, type DesiredPresence } from '@mcp/events';
import fc from 'fast-check';
import { managedObjects } from '../managed-objects.js';
import { anySpec } from '../../test/any-spec.js';
import { observe } from '../observe.js';
import { watchedKinds } from '../watched-kinds.js';
import { renderChangedObject, renderObject } from './desired-object.js';

const desired: DesiredPresence = {
  changeId: 'change-1',
  key: { kind: 'GatewayHTTPRoute', namespace: 'shop', name: 'read' },
  spec: {
    parentRefs: [{ group: '', kind: 'Service', name: 'web', port: 80 }],
    hostnames: [],
    rules: [],
  },
};
const spec = { parentRefs: [{ group: '', kind: 'Service', name: 'web', port: 80 }], rules: [] };

describe('a rendered object', () => {
  it('carries the trace of the apply that writes it to whoever observes it, unless that is no traceparent', () => {
    const desired: DesiredPresence = {
      changeId: 'change-1',
      key: { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' },
      spec: { targetRef: { group: '', kind: 'Namespace', name: 'shop' }, requiredAuthenticationRefs: [] },
    };
    const policies = watchedKinds({}).find(({ kind }) => kind === 'AuthorizationPolicy')!;
    const seen = (traceparent?: string) => {
      const { metadata, ...manifest } = renderChangedObject(desired, 1, traceparent);
      const live = { uid: 'u1', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' };
      return observe(policies, { ...manifest, metadata: { ...metadata, ...live } });
    };
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const untraced = seen();
    expect(untraced).toMatchObject({ state: { change: { id: 'change-1', revision: 1 } } });
    expect(seen(traceparent)).toEqual({ ...untraced, traceparent });
    expect(seen('of somebody else')).toEqual(untraced);
  });

  it('is what the API server takes, with the change that wrote it', () => {
    expect(renderChangedObject(desired, 4)).toEqual({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: {
        name: 'read',
        namespace: 'shop',
        annotations: { 'mcp.linkerd-mcp.dev/change-id': 'change-1', 'mcp.linkerd-mcp.dev/revision': '4' },
      },
      spec,
    });
  });

  it('bears no mark of ours where someone else is to commit it', () => {
    expect(renderObject(desired)).toEqual({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'read', namespace: 'shop' },
      spec,
    });
  });

  it.each(managedKinds)('that is a %s reads back as what was desired, whatever that is', (kind) => {
    fc.assert(
      fc.property(anySpec[kind], fc.integer({ min: 1, max: 1_000_000 }), (wanted, revision) => {
        const key = { kind, namespace: 'shop', name: 'web' };
        const manifest = renderChangedObject({ changeId: 'change-1', key, spec: wanted }, revision);
        const stored: unknown = JSON.parse(
          JSON.stringify({
            ...manifest,
            metadata: { ...manifest.metadata, uid: 'u', creationTimestamp: '2026-01-02T03:04:05Z' },
          }),
        );
        expect(managedObjects(kind).parse(stored)).toEqual({
          value: {
            namespace: 'shop',
            name: 'web',
            uid: 'u',
            createdAt: Date.UTC(2026, 0, 2, 3, 4, 5),
            labels: {},
            spec: wanted,
            fieldOwners: [],
            change: { id: 'change-1', revision },
            conditions: [],
          },
        });
      }),
    );
  });
});
