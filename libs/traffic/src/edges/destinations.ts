import type { DestinationSeen } from '@mcp/sources';
import type { Place, Places } from './places.js';
import type { PodDirectory } from './directory/pod-directory.js';

/** `service` as `namespace/name`, where the telemetry says it. */
export interface Reached {
  readonly place: Place;
  readonly service: string | undefined;
}

/**
 * Where clients' proxies sent something, as the log knows it.
 *
 * A row of a Service whose endpoints are pods of another cluster names workloads of that cluster, and does not say so. It is told by the
 * Service that was dialled, which is another one than that of the endpoint, or by the log not having what the row names.
 * Source: github.com/linkerd/linkerd2/issues/11551.
 */
export class Destinations {
  readonly #services = new Map<string, string | undefined>();
  /** Of many rows that name the same, a source gives the same object. */
  readonly #reached = new Map<DestinationSeen, Reached>();

  constructor(
    private readonly directory: PodDirectory,
    private readonly places: Places,
  ) {}

  of(seen: DestinationSeen): Reached {
    let reached = this.#reached.get(seen);
    if (reached === undefined) this.#reached.set(seen, (reached = this.#reachedBy(seen)));
    return reached;
  }

  #reachedBy(seen: DestinationSeen): Reached {
    const { namespace = '', service } = seen;
    return {
      place: this.#placeOf(seen),
      service: service === undefined ? undefined : `${namespace}/${service}`,
    };
  }

  #placeOf({ namespace = '', service, workload, pod, mirrored, authority }: DestinationSeen): Place {
    if (mirrored !== undefined) return this.places.of({ kind: 'mirrored', ...mirrored });
    const dialled = authority === undefined ? undefined : this.#serviceOf(authority);
    if (dialled !== undefined && service !== undefined && dialled !== `${namespace}/Service/${service}`)
      return this.places.unknown(dialled);
    const known =
      workload === undefined
        ? pod && this.directory.workloadOfPodNamed(namespace, pod)
        : this.directory.workloadNamed(namespace, workload.kind, workload.name);
    if (known) return this.places.ofWorkload(known);
    if (workload !== undefined) return this.places.unknown(`${namespace}/${workload.kind}/${workload.name}`);
    if (service !== undefined) return this.places.unknown(`${namespace}/Service/${service}`);
    if (pod !== undefined) return this.places.unknown(`${namespace}/Pod/${pod}`);
    if (dialled !== undefined) return this.places.unknown(dialled);
    if (namespace !== '') return this.places.unknown(namespace);
    return this.places.of({ kind: 'external' });
  }

  /** `namespace/Service/name` of `name.namespace.svc.cluster.local:80`; undefined of what is no Service. */
  #serviceOf(authority: string): string | undefined {
    if (this.#services.has(authority)) return this.#services.get(authority);
    const [host = ''] = authority.split(':');
    const labels = host.split('.');
    // before the name there may be that of a pod
    const svc = labels.indexOf('svc', 2);
    const service = svc < 0 ? undefined : `${labels[svc - 1] ?? ''}/Service/${labels[svc - 2] ?? ''}`;
    this.#services.set(authority, service);
    return service;
  }
}
