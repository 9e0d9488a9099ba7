import { beforeEach, describe, expect, it } from '@jest/globals';
import type { JsonObject } from './kubernetes-object.js';
import { ObjectStore } from './object-store.js';
import { PolicyController } from './policy-controller.js';
import { Registry } from './registry.js';
import type { ResourceType } from './resource-type.js';
import { resources } from './resource-type.js';

let registry: Registry;
let controller: PolicyController;
let seconds: number;
const by = { manager: 'tester' };

beforeEach(() => {
  seconds = 0;
  const now = () => 1000 * seconds;
  registry = new Registry(new ObjectStore({ firstResourceVersion: 0, historyLimit: 100 }), {
    now,
    uidOf: ({ name }, version) => `${name}-${version}`,
  });
  controller = new PolicyController(registry, now);
  registry.create(resources.Namespace, '', { metadata: { name: 'shop' } }, by);
});

function put(type: ResourceType, name: string, spec: JsonObject): void {
  const manifest = {
    apiVersion: type.group === '' ? type.versions[0] : `${type.group}/${type.versions[0]}`,
    kind: type.kind,
    metadata: { name },
    spec,
  };
  registry.create(type, 'shop', manifest, by);
}
const putServer = (name: string) => put(resources.Server, name, { podSelector: {}, port: 80 });
const parent = (name: string, rest: JsonObject = {}) => ({
  group: 'policy.linkerd.io',
  kind: 'Server',
  name,
  ...rest,
});
interface Status {
  readonly parents: readonly {
    readonly parentRef: { readonly name: string };
    readonly conditions: readonly Condition[];
  }[];
  readonly conditions: readonly Condition[];
  readonly targetRef: JsonObject;
}
interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly lastTransitionTime: string;
}
const statusOf = (type: ResourceType, name: string) =>
  registry.store.get(type, 'shop', name)?.['status'] as Status;
const reasons = (type: ResourceType, name: string) =>
  statusOf(type, name).parents.map(
    ({ parentRef, conditions }) => `${parentRef.name} ${conditions[0]?.status} ${conditions[0]?.reason}`,
  );
const reason = (type: ResourceType, name: string) => statusOf(type, name).conditions[0]?.reason;

describe('the status of a route', () => {
  it('accepts the parents that exist, as Linkerd writes it', () => {
    putServer('web');
    put(resources.HTTPRoute, 'route', { parentRefs: [parent('web')] });
    controller.reconcile();
    expect(statusOf(resources.HTTPRoute, 'route')).toEqual({
      parents: [
        {
          controllerName: 'linkerd.io/policy-controller',
          parentRef: { group: 'policy.linkerd.io', kind: 'Server', namespace: 'shop', name: 'web' },
          conditions: [
            {
              type: 'Accepted',
              status: 'True',
              reason: 'Accepted',
              message: '',
              lastTransitionTime: '1970-01-01T00:00:00Z',
            },
          ],
        },
      ],
    });
  });

  it('follows the Server that comes and goes, and keeps the time of the last change', () => {
    put(resources.GatewayHTTPRoute, 'route', { parentRefs: [parent('web'), parent('other')] });
    controller.reconcile();
    expect(reasons(resources.GatewayHTTPRoute, 'route')).toEqual([
      'web False NoMatchingParent',
      'other False NoMatchingParent',
    ]);
    seconds = 5;
    putServer('web');
    controller.reconcile();
    expect(reasons(resources.GatewayHTTPRoute, 'route')).toEqual([
      'web True Accepted',
      'other False NoMatchingParent',
    ]);
    expect(
      statusOf(resources.GatewayHTTPRoute, 'route').parents.map(
        ({ conditions }) => conditions[0]?.lastTransitionTime,
      ),
    ).toEqual(['1970-01-01T00:00:05Z', '1970-01-01T00:00:00Z']);
    registry.delete({ type: resources.Server, namespace: 'shop', name: 'web' });
    controller.reconcile();
    expect(reasons(resources.GatewayHTTPRoute, 'route')[0]).toBe('web False NoMatchingParent');
  });

  it('is conflicted for an HTTPRoute where a GRPCRoute has the same Server, and never for the GRPCRoute', () => {
    putServer('web');
    put(resources.HTTPRoute, 'route', { parentRefs: [parent('web')] });
    put(resources.GRPCRoute, 'grpc', { parentRefs: [parent('web')] });
    controller.reconcile();
    expect(reasons(resources.HTTPRoute, 'route')).toEqual(['web False RouteReasonConflicted']);
    expect(reasons(resources.GRPCRoute, 'grpc')).toEqual(['web True Accepted']);
  });

  it('leaves what other controllers say, and says nothing of parents that are not its own', () => {
    const foreign = { controllerName: 'example.com/gateway', parentRef: { name: 'gate' }, conditions: [] };
    put(resources.GatewayHTTPRoute, 'route', { parentRefs: [{ name: 'gate' }, parent('web')] });
    const name = { type: resources.GatewayHTTPRoute, namespace: 'shop', name: 'route' };
    registry.merge(name, { status: { parents: [foreign] } }, { ...by, subresource: 'status' });
    controller.reconcile();
    expect(statusOf(resources.GatewayHTTPRoute, 'route').parents).toEqual([
      foreign,
      expect.objectContaining({ parentRef: { ...parent('web'), namespace: 'shop' } }),
    ]);
  });

  it('takes a parent without a group for one of the group of the route', () => {
    putServer('web');
    put(resources.HTTPRoute, 'own', { parentRefs: [{ kind: 'Server', name: 'web' }] });
    put(resources.GatewayHTTPRoute, 'other', { parentRefs: [{ kind: 'Server', name: 'web' }] });
    controller.reconcile();
    expect(reasons(resources.HTTPRoute, 'own')).toEqual(['web True Accepted']);
    expect(statusOf(resources.GatewayHTTPRoute, 'other')).toEqual({ parents: [] });
  });

  it('says of a Service whether it takes routes, and of the backends whether they are there', () => {
    put(resources.Service, 'api', { clusterIP: '10.0.0.1' });
    put(resources.Service, 'headless', { clusterIP: 'None' });
    const service = (name: string) => ({ group: 'core', kind: 'Service', name, port: 80 });
    put(resources.GatewayHTTPRoute, 'route', {
      parentRefs: [service('api'), service('headless')],
      rules: [{ backendRefs: [{ name: 'api', port: 80 }] }, { backendRefs: [{ name: 'gone', port: 80 }] }],
    });
    controller.reconcile();
    const condition = (type: string, reason: string) => ({
      type,
      status: type === reason ? 'True' : 'False',
      reason,
      message: '',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    });
    const parentOf = (name: string, reason: string) => ({
      controllerName: 'linkerd.io/policy-controller',
      parentRef: { ...service(name), namespace: 'shop' },
      conditions: [condition('Accepted', reason), condition('ResolvedRefs', 'BackendNotFound')],
    });
    expect(statusOf(resources.GatewayHTTPRoute, 'route')).toEqual({
      parents: [parentOf('api', 'Accepted'), parentOf('headless', 'NoMatchingParent')],
    });
  });

  it('is not written again when it is right', () => {
    putServer('web');
    put(resources.HTTPRoute, 'route', { parentRefs: [parent('web')] });
    controller.reconcile();
    const version = registry.store.resourceVersion;
    seconds = 60;
    controller.reconcile();
    expect(registry.store.resourceVersion).toBe(version);
  });

  it('is written by itself after a change, until stopped', async () => {
    const stop = controller.start();
    put(resources.HTTPRoute, 'route', { parentRefs: [parent('web')] });
    putServer('web');
    await Promise.resolve();
    expect(reasons(resources.HTTPRoute, 'route')).toEqual(['web True Accepted']);
    stop();
    registry.delete({ type: resources.Server, namespace: 'shop', name: 'web' });
    await Promise.resolve();
    expect(reasons(resources.HTTPRoute, 'route')).toEqual(['web True Accepted']);
  });
});

describe('the status of a rate limit', () => {
  const limit = (name: string) => put(resources.HTTPLocalRateLimitPolicy, name, { targetRef: parent('web') });

  it('accepts the oldest of a Server, then the first by name, and none without the Server', () => {
    limit('b');
    controller.reconcile();
    expect(reason(resources.HTTPLocalRateLimitPolicy, 'b')).toBe('NoMatchingTarget');
    putServer('web');
    limit('c');
    seconds = 10;
    limit('a');
    controller.reconcile();
    expect(['a', 'b', 'c'].map((name) => reason(resources.HTTPLocalRateLimitPolicy, name))).toEqual([
      'RateLimitReasonAlreadyExists',
      'Accepted',
      'RateLimitReasonAlreadyExists',
    ]);
    expect(statusOf(resources.HTTPLocalRateLimitPolicy, 'b').targetRef).toEqual(parent('web'));
  });
});

describe('the status of an egress network', () => {
  it.each([
    ['outside of the cluster', '203.0.113.0/24', 'Accepted'],
    ['within a cluster network', '10.1.0.0/16', 'EgressReasonNetworkOverlap'],
    ['around one', '0.0.0.0/0', 'EgressReasonNetworkOverlap'],
    ['of IPv6 within one', 'fd12::/16', 'EgressReasonNetworkOverlap'],
    ['of IPv6 outside', '2001:db8::/32', 'Accepted'],
  ])('of a network %s', (_, cidr, expected) => {
    put(resources.EgressNetwork, 'out', { trafficPolicy: 'Allow', networks: [{ cidr }] });
    controller.reconcile();
    expect(reason(resources.EgressNetwork, 'out')).toBe(expected);
  });

  it('heeds what is excepted, and is of everything outside where no network is named', () => {
    const around = {
      cidr: '0.0.0.0/0',
      except: ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'],
    };
    put(resources.EgressNetwork, 'around', { trafficPolicy: 'Allow', networks: [around] });
    put(resources.EgressNetwork, 'everything', { trafficPolicy: 'Allow' });
    controller.reconcile();
    expect(reason(resources.EgressNetwork, 'around')).toBe('Accepted');
    expect(reason(resources.EgressNetwork, 'everything')).toBe('Accepted');
  });
});
