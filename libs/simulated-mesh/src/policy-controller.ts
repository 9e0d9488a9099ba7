import { BlockList, isIP } from 'node:net';

import { deepEqual } from '@mcp/mesh';

import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';
import type { Registry } from './registry.js';
import type { ResourceType } from './resource-type.js';
import { resources } from './resource-type.js';

const controllerName = 'linkerd.io/policy-controller';
const fieldManager = 'policy.linkerd.io';

/** Linkerd's default `clusterNetworks`, with which the simulated control plane runs. */
export const clusterNetworks = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '172.16.0.0/12',
  '192.168.0.0/16',
  'fd00::/8',
] as const;

const routeTypes = [resources.HTTPRoute, resources.GatewayHTTPRoute, resources.GRPCRoute] as const;
const watched: ReadonlySet<ResourceType> = new Set([
  ...routeTypes,
  resources.Server,
  resources.Service,
  resources.EgressNetwork,
  resources.HTTPLocalRateLimitPolicy,
]);

/**
 * Writes what Linkerd's policy controller writes: whether routes, rate limits and egress networks are accepted.
 * Source: linkerd2 policy-controller/k8s/status/src/index.rs (read at b24cd40).
 */
export class PolicyController {
  constructor(
    private readonly registry: Registry,
    private readonly now: () => number,
  ) {}

  /** Keeps all statuses right after each change. Returns the way to end it. */
  start(): () => void {
    let due = false;
    let stopped = false;
    const unsubscribe = this.registry.store.subscribe(({ resource }) => {
      if (due || !watched.has(resource)) return;
      due = true;
      queueMicrotask(() => {
        due = false;
        if (!stopped) this.reconcile();
      });
    });
    return () => {
      stopped = true;
      unsubscribe();
    };
  }

  /** Writes every status that is not as it should be. */
  reconcile(): void {
    for (const type of routeTypes) {
      for (const route of this.#list(type)) this.#write(type, route, this.#routeStatus(type, route));
    }
    for (const limit of this.#list(resources.HTTPLocalRateLimitPolicy)) {
      this.#write(resources.HTTPLocalRateLimitPolicy, limit, this.#rateLimitStatus(limit));
    }
    for (const network of this.#list(resources.EgressNetwork)) {
      this.#write(resources.EgressNetwork, network, {
        conditions: [this.#accepted(network['status'], egressReason(network))],
      });
    }
  }

  #list(type: ResourceType): readonly KubernetesObject[] {
    return this.registry.store.list(type);
  }

  #write(type: ResourceType, object: KubernetesObject, status: JsonObject): void {
    if (deepEqual(object['status'], status)) return;
    const { namespace = '', name } = object.metadata;
    this.registry.update(
      { type, namespace, name },
      { ...object, status },
      {
        manager: fieldManager,
        subresource: 'status',
      },
    );
  }

  /** What other controllers say about their parents stays. */
  #routeStatus(type: ResourceType, route: KubernetesObject): JsonObject {
    const before = listOf(route['status'], 'parents');
    const others = before.filter((parent) => parent['controllerName'] !== controllerName);
    const ours = parentsOf(route).flatMap((parent) => {
      const verdict = this.#parentReason(type, route, parent);
      if (verdict === undefined) return [];
      const parentRef = {
        group: parent.group,
        kind: parent.kind,
        namespace: parent.namespace,
        name: parent.name,
        ...(parent.port === undefined ? {} : { port: parent.port }),
      };
      const known = before.find(
        (entry) => entry['controllerName'] === controllerName && deepEqual(entry['parentRef'], parentRef),
      );
      return [{ parentRef, controllerName, conditions: [this.#accepted(known, verdict)] }];
    });
    return { parents: [...others, ...ours] };
  }

  /** Undefined for a parent that is not Linkerd's to judge, such as a Gateway. */
  #parentReason(type: ResourceType, route: KubernetesObject, parent: Parent): Reason | undefined {
    const { store } = this.registry;
    switch (parent.kind) {
      case 'Server':
        if (store.get(resources.Server, parent.namespace, parent.name) === undefined)
          return 'NoMatchingParent';
        return type !== resources.GRPCRoute && this.#hasGrpcRoute(parent)
          ? 'RouteReasonConflicted'
          : 'Accepted';
      case 'Service':
        return store.get(resources.Service, parent.namespace, parent.name) ? 'Accepted' : 'NoMatchingParent';
      case 'EgressNetwork':
        return store.get(resources.EgressNetwork, parent.namespace, parent.name)
          ? 'Accepted'
          : 'NoMatchingParent';
      default:
        return undefined;
    }
  }

  #hasGrpcRoute(server: Parent): boolean {
    return this.#list(resources.GRPCRoute).some((route) =>
      parentsOf(route).some(
        ({ kind, namespace, name }) =>
          kind === 'Server' && namespace === server.namespace && name === server.name,
      ),
    );
  }

  #rateLimitStatus(limit: KubernetesObject): JsonObject {
    const { namespace = '' } = limit.metadata;
    const target = targetOf(limit);
    const rivals = this.#list(resources.HTTPLocalRateLimitPolicy)
      .filter((other) => other.metadata.namespace === namespace && targetOf(other) === target)
      .sort((a, b) => (ageOf(a) < ageOf(b) ? -1 : 1));
    const oldest = rivals[0]?.metadata.uid === limit.metadata.uid;
    const exists = this.registry.store.get(resources.Server, namespace, target) !== undefined;
    const reason = !exists ? 'NoMatchingTarget' : oldest ? 'Accepted' : 'RateLimitReasonAlreadyExists';
    return {
      conditions: [this.#accepted(limit['status'], reason)],
      targetRef: { group: resources.Server.group, kind: 'Server', name: target },
    };
  }

  /** The condition, with the time of its last change kept from the one before. */
  #accepted(holder: unknown, reason: Reason): JsonObject {
    const status = reason === 'Accepted' ? 'True' : 'False';
    const before = listOf(holder, 'conditions').find((condition) => condition['type'] === 'Accepted');
    const unchanged = before?.['status'] === status && before['reason'] === reason;
    const lastTransitionTime = unchanged
      ? before['lastTransitionTime']
      : `${new Date(this.now()).toISOString().slice(0, 19)}Z`;
    return { type: 'Accepted', status, reason, message: '', lastTransitionTime };
  }
}

type Reason =
  | 'Accepted'
  | 'NoMatchingParent'
  | 'RouteReasonConflicted'
  | 'NoMatchingTarget'
  | 'RateLimitReasonAlreadyExists'
  | 'EgressReasonNetworkOverlap';

interface Parent {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly port?: unknown;
}

function parentsOf(route: KubernetesObject): readonly Parent[] {
  return listOf(route['spec'], 'parentRefs').map((parent) => ({
    group: textOr(parent['group'], ''),
    kind: textOr(parent['kind'], ''),
    namespace: textOr(parent['namespace'], route.metadata.namespace ?? ''),
    name: textOr(parent['name'], ''),
    ...(parent['port'] === undefined ? {} : { port: parent['port'] }),
  }));
}

function targetOf(limit: KubernetesObject): string {
  const spec = limit['spec'];
  const target = isJsonObject(spec) ? spec['targetRef'] : undefined;
  return isJsonObject(target) ? textOr(target['name'], '') : '';
}

/** Sorts by creation, then by name. */
function ageOf({ metadata }: KubernetesObject): string {
  return `${metadata.creationTimestamp}/${metadata.name}`;
}

/** Traffic within the cluster is not egress: a network that overlaps the cluster's is refused. */
function egressReason(network: KubernetesObject): Reason {
  const overlaps = listOf(network['spec'], 'networks').some(({ cidr }) =>
    clusterNetworks.some((clusterNetwork) => typeof cidr === 'string' && overlap(cidr, clusterNetwork)),
  );
  return overlaps ? 'EgressReasonNetworkOverlap' : 'Accepted';
}

/** Two networks overlap where the address of one lies within the other. What is no network overlaps nothing. */
function overlap(a: string, b: string): boolean {
  const [one, other] = [networkOf(a), networkOf(b)];
  if (one === undefined || other === undefined || one.family !== other.family) return false;
  return one.list.check(other.address, other.family) || other.list.check(one.address, one.family);
}

function networkOf(cidr: string) {
  const [address = '', bits] = cidr.split('/');
  const version = isIP(address);
  if (version === 0) return undefined;
  const most = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? most : Number(bits);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > most) return undefined;
  const family = version === 4 ? ('ipv4' as const) : ('ipv6' as const);
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  return { address, family, list };
}

function listOf(holder: unknown, field: string): readonly JsonObject[] {
  const list = isJsonObject(holder) ? holder[field] : undefined;
  return Array.isArray(list) ? (list as unknown[]).filter(isJsonObject) : [];
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}
