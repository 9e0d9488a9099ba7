import { deepEqual } from '@mcp/mesh';
import type {
  Named,
  RateLimitReferences,
  RouteKind,
  RouteReferences,
  StatusCondition,
  StatusParent,
} from '@mcp/policy';
import { egressNetworkStatus, RateLimitStatuses, RouteStatuses } from '@mcp/policy';

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

const routeKinds = ['HTTPRoute', 'GatewayHTTPRoute', 'GRPCRoute'] as const satisfies readonly RouteKind[];
const watched: ReadonlySet<ResourceType> = new Set([
  ...routeKinds.map((kind) => resources[kind]),
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
    const servers = this.#list(resources.Server).map(nameOf);
    this.#writeRoutes(servers);
    const limits = this.#list(resources.HTTPLocalRateLimitPolicy);
    const rateLimits = new RateLimitStatuses(servers, limits.map(rateLimitOf));
    for (const limit of limits) {
      const references = rateLimitOf(limit);
      const condition = rateLimits.of(references);
      if (condition === undefined) continue;
      const { name } = references.spec.targetRef;
      this.#write(resources.HTTPLocalRateLimitPolicy, limit, {
        conditions: [this.#dated(limit['status'], condition)],
        targetRef: { group: resources.Server.group, kind: 'Server', name },
      });
    }
    for (const network of this.#list(resources.EgressNetwork)) {
      const condition = egressStatusOf(network);
      if (condition === undefined) continue;
      this.#write(resources.EgressNetwork, network, {
        conditions: [this.#dated(network['status'], condition)],
      });
    }
  }

  #writeRoutes(servers: readonly Named[]): void {
    const statuses = new RouteStatuses({
      servers,
      services: this.#list(resources.Service).map(serviceOf),
      egressNetworks: this.#list(resources.EgressNetwork).map((network) => ({
        ...nameOf(network),
        accepted: egressStatusOf(network)?.status === 'True',
      })),
      grpcRoutes: this.#list(resources.GRPCRoute).map((route) => routeOf('GRPCRoute', route)),
    });
    for (const kind of routeKinds) {
      for (const route of this.#list(resources[kind])) {
        const before = listOf(route['status'], 'parents');
        // what other controllers say about their parents stays
        const others = before.filter((parent) => parent['controllerName'] !== controllerName);
        const ours = statuses.of(kind, routeOf(kind, route)).map(({ parent: parentRef, conditions }) => {
          const known = knownStatus(before, parentRef);
          const dated = conditions.map((condition) => this.#dated(known, condition));
          return { parentRef, controllerName, conditions: dated };
        });
        this.#write(resources[kind], route, { parents: [...others, ...ours] });
      }
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

  /** The condition, with the time of its last change kept from the one before. */
  #dated(holder: unknown, { type, status, reason }: StatusCondition): JsonObject {
    const before = listOf(holder, 'conditions').find((condition) => condition['type'] === type);
    const unchanged = before?.['status'] === status && before['reason'] === reason;
    const lastTransitionTime = unchanged
      ? before['lastTransitionTime']
      : `${new Date(this.now()).toISOString().slice(0, 19)}Z`;
    return { type, status, reason, message: '', lastTransitionTime };
  }
}

function knownStatus(parents: readonly JsonObject[], parentRef: StatusParent): JsonObject | undefined {
  return parents.find(
    (entry) => entry['controllerName'] === controllerName && deepEqual(entry['parentRef'], parentRef),
  );
}

function nameOf({ metadata }: KubernetesObject): Named {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

/** A parent without a group is of the route's own, as the schema fills in. */
function routeOf(kind: RouteKind, route: KubernetesObject): RouteReferences {
  const spec = route['spec'];
  const { group } = resources[kind];
  return {
    namespace: nameOf(route).namespace,
    spec: {
      parentRefs: listOf(spec, 'parentRefs').map((parent) => ({
        ...referenceOf({ group, ...parent }),
        ...(typeof parent['port'] === 'number' && { port: parent['port'] }),
      })),
      rules: listOf(spec, 'rules').map((rule) => ({
        backendRefs: listOf(rule, 'backendRefs').map((backend) =>
          referenceOf({ kind: 'Service', ...backend }),
        ),
      })),
    },
  };
}

function rateLimitOf(limit: KubernetesObject): RateLimitReferences {
  const spec = limit['spec'];
  return {
    ...nameOf(limit),
    createdAt: Date.parse(limit.metadata.creationTimestamp),
    spec: { targetRef: referenceOf(isJsonObject(spec) ? spec['targetRef'] : undefined) },
  };
}

function serviceOf(service: KubernetesObject) {
  const spec = isJsonObject(service['spec']) ? service['spec'] : {};
  return {
    ...nameOf(service),
    type: spec['type'] === 'ExternalName' ? ('ExternalName' as const) : ('ClusterIP' as const),
    headless: spec['clusterIP'] === 'None',
  };
}

function egressStatusOf(network: KubernetesObject): StatusCondition | undefined {
  const spec = network['spec'];
  if (!isJsonObject(spec) || spec['networks'] === undefined) return egressNetworkStatus({}, clusterNetworks);
  const networks = listOf(spec, 'networks').map(({ cidr, except }) => ({
    cidr: textOr(cidr, ''),
    except: Array.isArray(except) ? except.map((text: unknown) => textOr(text, '')) : [],
  }));
  return egressNetworkStatus({ networks }, clusterNetworks);
}

function referenceOf(reference: unknown) {
  const { group, kind, namespace, name } = isJsonObject(reference) ? reference : {};
  return {
    group: textOr(group, ''),
    kind: textOr(kind, ''),
    name: textOr(name, ''),
    ...(typeof namespace === 'string' && { namespace }),
  };
}

function listOf(holder: unknown, field: string): readonly JsonObject[] {
  const list = isJsonObject(holder) ? holder[field] : undefined;
  return Array.isArray(list) ? (list as unknown[]).filter(isJsonObject) : [];
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === 'string' ? value : fallback;
}
