import type { Address } from '../matching/network.js';
import { parseAddress } from '../matching/network.js';
import { identityOfEndpoint } from '../clients/client-seen.js';
import type { PolicyIndex } from '../ports/policy-index.js';

/** The addresses from which an identity calls: those of the pods that run as it. */
export class CallingAddresses {
  readonly #byIdentity = new Map<string, Map<string, Address>>();
  /** Identities of pods of which not all are known. */
  readonly #incomplete = new Set<string>();

  constructor(index: PolicyIndex) {
    const { namespaces, notLive } = index.view;
    if (notLive.has('Pod') || notLive.has('ExternalWorkload')) return;
    for (const { namespace, workloads } of namespaces.values()) {
      const shapeless = workloads.some(({ shapelessPods }) => shapelessPods > 0);
      for (const { groups } of workloads)
        for (const { endpoint, pods } of groups) {
          const identity = endpoint.meshed ? identityOfEndpoint(index, namespace, endpoint) : undefined;
          if (identity === undefined) continue;
          for (const { ips } of pods) this.#add(identity, ips);
          if (shapeless) this.#incomplete.add(identity);
        }
    }
  }

  /** Empty where they are not all known. A pod with several addresses may call from each of them. */
  of(identity: string): readonly Address[] {
    return this.#incomplete.has(identity) ? [] : [...(this.#byIdentity.get(identity)?.values() ?? [])];
  }

  #add(identity: string, ips: readonly string[]): void {
    let addresses = this.#byIdentity.get(identity);
    if (addresses === undefined) this.#byIdentity.set(identity, (addresses = new Map<string, Address>()));
    const readable = ips.flatMap((ip) => parseAddress(ip) ?? []);
    if (readable.length === 0) this.#incomplete.add(identity);
    for (const address of readable) addresses.set(address.text, address);
  }
}
