import type { WorkloadRef } from '@mcp/mesh';
import type { ProxyClaim, ProxySeen, TrafficReading } from '@mcp/sources';
import type { KnownPod } from './directory/known-pod.js';
import type { EdgeFreshness } from './measured-edges.js';
import type { Mistrust, PodDirectory } from './directory/pod-directory.js';

/** A proxy that is who it claims to be. */
export interface Proxy {
  readonly pod: KnownPod;
  readonly workload: WorkloadRef;
  readonly freshness: EdgeFreshness;
  /** At least 1; all its figures are too high by that factor. */
  readonly scrapes: number;
}

interface Found extends Pick<ProxyClaim, 'namespace' | 'address'> {
  readonly proxy: Proxy | Mistrust;
}

/** The proxies of one reading, each compared with the pods of the log. */
export class Proxies {
  readonly #listed = new Map<string, ProxySeen[]>();
  /** By the name of the pod, which few have in common. */
  readonly #found = new Map<string, Found[]>();
  readonly #listMissing: boolean;

  constructor(
    private readonly reading: TrafficReading,
    private readonly directory: PodDirectory,
  ) {
    this.#listMissing = reading.missing.some(({ part }) => part === 'proxies');
    for (const seen of reading.proxies) {
      const name = `${seen.namespace}/${seen.pod}`;
      const listed = this.#listed.get(name);
      if (listed === undefined) this.#listed.set(name, [seen]);
      else listed.push(seen);
    }
  }

  /** Whose proxy it is, the same object each time, or why that is not known. */
  of(claim: ProxyClaim): Proxy | Mistrust {
    // asked for each row, so that nothing is to be made for it
    const known = this.#found.get(claim.pod);
    if (known !== undefined)
      for (const { namespace, address, proxy } of known)
        if (namespace === claim.namespace && address === claim.address) return proxy;
    const { namespace, address } = claim;
    const proxy = this.#find(claim);
    const found = { namespace, address, proxy };
    if (known === undefined) this.#found.set(claim.pod, [found]);
    else known.push(found);
    return proxy;
  }

  /** As `namespace/pod`, in order. */
  scrapedAgain(): readonly string[] {
    const again = [...this.#found.values()]
      .flat()
      .flatMap(({ proxy }) =>
        typeof proxy !== 'string' && proxy.scrapes > 1 ? [`${proxy.pod.namespace}/${proxy.pod.name}`] : [],
      );
    return [...new Set(again)].sort();
  }

  #find(claim: ProxyClaim): Proxy | Mistrust {
    const listed = this.#listed.get(`${claim.namespace}/${claim.pod}`) ?? [];
    const pod = this.directory.podOf(claim);
    if (typeof pod === 'string') return pod;
    const own = listed.filter(({ address }) => pod.ips.includes(address));
    const up = own.filter((seen) => seen.up);
    return {
      pod,
      workload: this.directory.workloadOf(pod),
      freshness: this.#freshnessOf(up),
      scrapes: Math.max(1, up.length, ...own.map(({ scrapes }) => scrapes)),
    };
  }

  #freshnessOf(up: readonly ProxySeen[]): EdgeFreshness {
    if (this.#listMissing) return 'unverified';
    if (up.length === 0) return 'frozen';
    const { at, windowMs } = this.reading;
    // all are of one process, and one of them may not have seen its restart yet
    return up.some(({ startedAt }) => startedAt !== undefined && at - startedAt < windowMs)
      ? 'warming'
      : 'live';
  }
}
