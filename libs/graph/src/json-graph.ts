import { formatWorkloadRef } from '@mcp/mesh';
import type { EdgeNode, GraphEntityOf } from './entity.js';
import { formatSeenEnd, type SeenEdge, type SeenEnd } from './seen/seen-edge.js';
import type { SeenEntity } from './seen/seen-entity.js';

/** The graph in the form that its first clients know. */
export interface JsonGraph {
  /** By the bare name where it is unique in this answer, by `namespace/name` otherwise. */
  readonly services: Readonly<Record<string, JsonService>>;
  readonly edges: readonly JsonEdge[];
}

export interface JsonService {
  readonly name: string;
  readonly namespace: string;
  /** `namespace/name`, whatever the key in `services` is. */
  readonly key: string;
  /** Every pod that the Service reaches has the proxy, and there is one. */
  readonly meshed: boolean;
}

/**
 * Calls from one to another. There is one for each pair; of the edges of the graph that it stands for, only the active ones count, where
 * there are any.
 */
export interface JsonEdge {
  /** The Service of the calling workload, where it is behind exactly one; else as `formatSeenEnd` has it. */
  readonly src: string;
  /** The Service through which clients came; without one, as `formatSeenEnd` has it. A Service that is not in `services` is `namespace/name`. */
  readonly dst: string;
  /** Requests per second, null where that is not known of all of it. */
  readonly rps: number | null;
  /** True only if all of it is mesh TLS, null if unknown. */
  readonly tls: boolean | null;
}

/** `rps`: the requests per second on an edge of the graph; undefined where they are not known. */
export function toJsonGraph(
  entities: Iterable<SeenEntity>,
  rps: (edge: SeenEdge) => number | undefined = () => undefined,
): JsonGraph {
  const services: GraphEntityOf<'Service'>[] = [];
  const edges: SeenEdge[] = [];
  const servicesOf = new Map<string, readonly string[]>();
  for (const entity of entities) {
    if (entity.kind === 'Service') services.push(entity);
    else if (entity.kind === 'Edge') edges.push(entity);
    else if (entity.kind === 'Workload') {
      const { ref, services: names } = entity.value;
      servicesOf.set(
        formatWorkloadRef(ref),
        names.map((name) => `${ref.namespace}/${name}`),
      );
    }
  }
  // what was measured of an edge is not divided between its Services
  const known = (edge: SeenEdge) => (edge.value.services.length > 1 ? undefined : rps(edge));
  const keys = serviceKeys(services);
  const keyOf = (service: string): string => keys.get(service) ?? service;
  const callerOf = (end: SeenEnd): string => {
    const text = formatSeenEnd(end);
    const [only, ...others] = servicesOf.get(text) ?? [];
    return only === undefined || others.length > 0 ? text : keyOf(only);
  };
  return {
    services: Object.fromEntries(
      services.map(({ value: { namespace, name, meshed } }) => {
        const key = `${namespace}/${name}`;
        return [keyOf(key), { name, namespace, key, meshed: meshed === 'all' }];
      }),
    ),
    edges: [...pairsOf(edges, callerOf, keyOf).values()].map(({ src, dst, alike }) => {
      const active = alike.filter(({ value }) => value.activity === 'active');
      const counted = active.length > 0 ? active : alike;
      return {
        src,
        dst,
        rps: sum(counted.map(known)),
        tls: all(counted.map(({ value }) => allMeshTls(value))),
      };
    }),
  };
}

/** Whether all that was seen of an edge went by mesh TLS; undefined if unknown. */
export function allMeshTls({ security }: Pick<EdgeNode, 'security'>): boolean | undefined {
  return security === 'unknown' ? undefined : security === 'mtls';
}

/** The keys in the answer, by `namespace/name`. */
function serviceKeys(services: readonly GraphEntityOf<'Service'>[]): ReadonlyMap<string, string> {
  const bearers = new Map<string, number>();
  for (const { value } of services) bearers.set(value.name, (bearers.get(value.name) ?? 0) + 1);
  return new Map(
    services.map(({ value: { namespace, name } }) => {
      const key = `${namespace}/${name}`;
      return [key, bearers.get(name) === 1 ? name : key];
    }),
  );
}

interface Pair {
  readonly src: string;
  readonly dst: string;
  readonly alike: SeenEdge[];
}

function pairsOf(
  edges: readonly SeenEdge[],
  callerOf: (end: SeenEnd) => string,
  keyOf: (service: string) => string,
): ReadonlyMap<string, Pair> {
  const pairs = new Map<string, Pair>();
  for (const edge of edges) {
    const { source, destination, services } = edge.value;
    const src = callerOf(source);
    const called = services.length > 0 ? services.map(keyOf) : [formatSeenEnd(destination)];
    for (const dst of called) {
      const key = `${src}>${dst}`;
      const pair = pairs.get(key);
      if (pair === undefined) pairs.set(key, { src, dst, alike: [edge] });
      else pair.alike.push(edge);
    }
  }
  return pairs;
}

/** Null where one of them is not known. */
function sum(rates: readonly (number | undefined)[]): number | null {
  let total = 0;
  for (const rate of rates) {
    if (rate === undefined) return null;
    total += rate;
  }
  return total;
}

/** False if one is; else null if one is not known. */
function all(truths: readonly (boolean | undefined)[]): boolean | null {
  if (truths.includes(false)) return false;
  return truths.includes(undefined) ? null : true;
}
