import type { GraphEntity, GraphEntityOf } from './entity.js';

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

/** `src` and `dst` are keys of `services`; a caller without a Service is `namespace/kind/name`. */
export interface JsonEdge {
  readonly src: string;
  readonly dst: string;
  readonly rps: number;
  /** True only if all of it is mTLS, null if unknown. */
  readonly tls: boolean | null;
}

export function toJsonGraph(entities: Iterable<GraphEntity>): JsonGraph {
  const services = [...entities].filter(
    (entity): entity is GraphEntityOf<'Service'> => entity.kind === 'Service',
  );
  const bearers = new Map<string, number>();
  for (const { value } of services) bearers.set(value.name, (bearers.get(value.name) ?? 0) + 1);
  return {
    services: Object.fromEntries(
      services.map(({ value: { namespace, name, meshed } }) => {
        const key = `${namespace}/${name}`;
        const service = { name, namespace, key, meshed: meshed === 'all' };
        return [bearers.get(name) === 1 ? name : key, service];
      }),
    ),
    edges: [],
  };
}
