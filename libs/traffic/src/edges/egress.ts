import type { RouteSeen } from '@mcp/sources';
import type { Place, Places } from './places.js';
import type { PodDirectory } from './directory/pod-directory.js';
import type { Proxies } from './proxies.js';

interface Way {
  /** Empty where the proxy does not say it, which it does not of traffic that no EgressNetwork takes. */
  readonly port: string;
  /** `namespace/name`; undefined for traffic that no EgressNetwork takes. */
  readonly network: string | undefined;
  moving: boolean;
}

/**
 * Which EgressNetwork takes what a workload sends out of the cluster by a port. Rows of requests do not say it; those of routes do, where
 * they name only one for the port, by what moves now or else by all that ever did.
 */
export class EgressNetworks {
  readonly #bySource = new Map<Place, Way[]>();

  constructor(
    private readonly directory: PodDirectory,
    private readonly places: Places,
    private readonly proxies: Proxies,
  ) {}

  take({ client, parent, ...row }: RouteSeen): void {
    const named = parent.kind === 'EgressNetwork';
    if (!named && !(parent.kind === 'default' && parent.name === 'egress-fallback')) return;
    const proxy = this.proxies.of(client);
    if (typeof proxy === 'string') return;
    const source = this.places.ofWorkload(proxy.workload);
    const ways = this.#bySource.get(source) ?? [];
    this.#bySource.set(source, ways);
    const network = named ? `${parent.namespace}/${parent.name}` : undefined;
    const moving = [
      row.successPerSecond,
      row.failurePerSecond,
      row.openedPerSecond,
      row.refusedPerSecond,
    ].some((rate) => rate !== undefined && rate > 0);
    const known = ways.find((way) => way.port === parent.port && way.network === network);
    if (known === undefined) ways.push({ port: parent.port, network, moving });
    else known.moving ||= moving;
  }

  /** Where something goes that leaves the cluster. */
  placeOf(source: Place, port: number): Place {
    const ways = (this.#bySource.get(source) ?? []).filter(
      (way) => way.port === '' || way.port === String(port),
    );
    const moving = ways.filter((way) => way.moving);
    const [network, ...others] = new Set((moving.length > 0 ? moving : ways).map((way) => way.network));
    if (network === undefined || others.length > 0 || !this.directory.hasEgressNetwork(network))
      return this.places.of({ kind: 'external' });
    const [namespace = '', name = ''] = network.split('/');
    return this.places.of({ kind: 'external', egressNetwork: { namespace, name } });
  }
}
