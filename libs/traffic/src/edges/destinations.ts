import type { DestinationSeen } from '@mcp/sources';
import type { Place, Places } from './places.js';
import type { PodDirectory } from './directory/pod-directory.js';

/** `service` as `namespace/name`, where the telemetry says it. */
export interface Reached {
  readonly place: Place;
  readonly service: string | undefined;
}

interface Known {
  readonly service: string | undefined;
  readonly kind: string;
  readonly authority: string | undefined;
  readonly reached: Reached;
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
  /** Of workloads, by namespace and name. */
  readonly #reached = new Map<string, Map<string, Known[]>>();

  constructor(
    private readonly directory: PodDirectory,
    private readonly places: Places,
  ) {}

  of(seen: DestinationSeen): Reached {
    const { namespace, service, workload, mirrored, authority } = seen;
    if (namespace === undefined || workload === undefined || mirrored !== undefined)
      return this.#reachedBy(seen);
    // most rows are of workloads, so that nothing is to be made for one that is known
    let byName = this.#reached.get(namespace);
    if (byName === undefined) this.#reached.set(namespace, (byName = new Map<string, Known[]>()));
    const known = byName.get(workload.name);
    if (known !== undefined)
      for (const one of known)
        if (one.kind === workload.kind && one.service === service && one.authority === authority)
          return one.reached;
    const now = { kind: workload.kind, service, authority, reached: this.#reachedBy(seen) };
    if (known === undefined) byName.set(workload.name, [now]);
    else known.push(now);
    return now.reached;
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
