import type { AddressClasses } from './address-classes.js';
import { boundaryOf } from '../ports/boundary.js';
import type { CallingEndpoint } from '../clients/client-seen.js';
import { anyPodOf, clientSeen, identityOfEndpoint, overTcp } from '../clients/client-seen.js';
import { isRunAs } from '../clients/service-account.js';
import type { Target } from '../answers/decide.js';
import { IdentityTable } from './identity-table.js';
import { annotations, controlPlaneNamespaceLabel } from '../names.js';
import type { NetworkSet } from '../matching/network.js';
import { parseAddress } from '../matching/network.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { Client } from '../question.js';
import type { ReachClient } from './reach-answer.js';
import type { Endpoint, PodGroupView, WorkloadView } from '../view.js';

/** Clients that no rule tells apart, whatever the target: the same way to arrive, identity and networks. */
export interface ClientClass {
  /** Its place in `arrivals`. */
  readonly arrival: number;
  /** Its place in `identities`; undefined where it is not known, or there is none. */
  readonly identity: number | undefined;
  /** Its place among the classes of addresses; undefined where the address is not known. */
  readonly addresses: number | undefined;
}

/** What says whether a client arrives over mesh TLS: the same at every target, or as `clientSeen` has it for an endpoint. */
type Arrival =
  | { readonly kind: 'always'; readonly tls: TlsState }
  | { readonly kind: 'endpoint'; readonly calling: CallingEndpoint };

export type TlsState = Exclude<Client['tls'], object> | 'identity';

/** Clients, in the order in which they were added, and their classes. */
export class ClientClasses {
  readonly clients: ReachClient[] = [];
  /** Of each client, by its place. */
  readonly classOf: number[] = [];
  readonly classes: ClientClass[] = [];
  readonly identities = new IdentityTable();
  readonly #places = new Map<string, number>();
  readonly #arrivals: Arrival[] = [];
  readonly #arrivalPlaces = new Map<string, number>();
  readonly #tlsAt = new Map<string, readonly TlsState[]>();
  readonly #tlsStates = new Map<string, readonly TlsState[]>();

  constructor(
    private readonly index: PolicyIndex,
    readonly addresses: AddressClasses,
  ) {}

  addWorkload(view: WorkloadView): void {
    this.#addGroups(view, () => true);
    if (view.shapelessPods > 0)
      this.#add(
        { kind: 'workload', workload: view.ref, group: 'shapeless', addresses: [] },
        this.#always('unknown'),
        undefined,
        undefined,
      );
  }

  /** The pods that run as it, wherever they are in the namespace; where there are none, any meshed pod that would. */
  addServiceAccount(namespace: string, name: string): void {
    const before = this.clients.length;
    for (const workload of this.index.view.namespaces.get(namespace)?.workloads ?? [])
      this.#addGroups(workload, (endpoint) => isRunAs(endpoint, name));
    if (this.clients.length > before) return;
    const endpoint = anyPodOf(this.index, name);
    const calling = { namespace, endpoint, address: undefined };
    this.#add(
      { kind: 'service-account', namespace, name },
      this.#arrival(arrivalKey(endpoint), { kind: 'endpoint', calling }),
      identityOfEndpoint(this.index, namespace, endpoint),
      undefined,
    );
  }

  #addGroups({ ref: workload, groups }: WorkloadView, meant: (endpoint: Endpoint) => boolean): void {
    for (const [place, group] of groups.entries()) {
      const { endpoint } = group;
      if (!meant(endpoint)) continue;
      const { namespace } = workload;
      const arrival = this.#arrival(arrivalKey(endpoint), {
        kind: 'endpoint',
        calling: { namespace, endpoint, address: undefined },
      });
      const identity = identityOfEndpoint(this.index, namespace, endpoint);
      for (const [of, addresses] of this.#addressesOf(group))
        this.#add({ kind: 'workload', workload, group: place, addresses }, arrival, identity, of);
    }
  }

  /** All addresses that are not the endpoint's own. */
  addUnmeshed(cluster: NetworkSet | undefined, loopback: NetworkSet): void {
    const classes = [...this.addresses.all.entries()].filter(
      ([, { address }]) => !loopback.contains(address),
    );
    const inCluster = classes.map(([, { address }]) => cluster?.contains(address));
    for (const within of [true, false, undefined])
      for (const [at, [of, { ranges }]] of classes.entries())
        if (inCluster[at] === within)
          this.#add(
            { kind: 'unmeshed', inCluster: within, addresses: ranges },
            this.#always('none'),
            undefined,
            of,
          );
  }

  /** Seen the same by every target. */
  addAsked({ tls, address }: Client): void {
    const identity = typeof tls === 'string' ? undefined : tls.identity;
    this.#add(
      { kind: 'asked', tls, address: address?.text },
      this.#always(typeof tls === 'string' ? tls : 'identity'),
      identity,
      address && this.addresses.classOf(address),
    );
  }

  /** How clients arrive at a target, by the place of the arrival. The same object for targets where they all arrive alike. */
  tlsAt(target: Target, dialledPort: number): readonly TlsState[] {
    const key = `${dialledPort} ${targetKey(target)}`;
    let known = this.#tlsAt.get(key);
    if (known === undefined)
      this.#tlsAt.set(key, (known = this.#distinct(this.#arrivalsAt(target, dialledPort))));
    return known;
  }

  #arrivalsAt(target: Target, dialledPort: number): readonly TlsState[] {
    return this.#arrivals.map((arrival) => {
      if (arrival.kind === 'always') return arrival.tls;
      const { tls } = clientSeen(this.index, arrival.calling, target, dialledPort).client;
      return typeof tls === 'string' ? tls : 'identity';
    });
  }

  #distinct(states: readonly TlsState[]): readonly TlsState[] {
    const key = states.join();
    const known = this.#tlsStates.get(key);
    if (known === undefined) this.#tlsStates.set(key, states);
    return known ?? states;
  }

  /** One of the class, as a target sees it at which it arrives so. */
  seen({ identity, addresses }: ClientClass, tls: TlsState): Client {
    const of = identity === undefined ? undefined : this.identities.at(identity);
    return {
      tls: tls !== 'identity' ? tls : of === undefined ? 'unknown' : { identity: of },
      address: addresses === undefined ? undefined : this.addresses.all[addresses]?.address,
    };
  }

  #addressesOf({ pods }: PodGroupView): ReadonlyMap<number | undefined, readonly string[]> {
    const byClass = new Map<number | undefined, string[]>();
    for (const { ips } of pods) {
      const known = ips.flatMap((ip) => parseAddress(ip) ?? []);
      if (known.length === 0 && !byClass.has(undefined)) byClass.set(undefined, []);
      for (const address of known) {
        const of = this.addresses.classOf(address);
        const there = byClass.get(of);
        if (there === undefined) byClass.set(of, [address.text]);
        else there.push(address.text);
      }
    }
    return byClass;
  }

  #always(tls: TlsState): number {
    return this.#arrival(tls, { kind: 'always', tls });
  }

  #arrival(key: string, arrival: Arrival): number {
    let place = this.#arrivalPlaces.get(key);
    if (place === undefined) {
      this.#arrivalPlaces.set(key, (place = this.#arrivals.length));
      this.#arrivals.push(arrival);
    }
    return place;
  }

  #add(
    client: ReachClient,
    arrival: number,
    identity: string | undefined,
    addresses: number | undefined,
  ): void {
    const known = identity === undefined ? undefined : this.identities.add(identity);
    const key = [arrival, known, addresses].join();
    let place = this.#places.get(key);
    if (place === undefined) {
      this.#places.set(key, (place = this.classes.length));
      this.classes.push({ arrival, identity: known, addresses });
    }
    this.clients.push(client);
    this.classOf.push(place);
  }
}

/** All that `clientSeen` looks at of a target. */
function targetKey({ endpoint, port }: Target): string {
  const { kind, labels } = endpoint;
  const boundary = boundaryOf(endpoint, port, overTcp);
  return JSON.stringify([kind, labels[controlPlaneNamespaceLabel], port, boundary]);
}

/** All that `clientSeen` looks at of a client, but for who it is. */
function arrivalKey({ kind, meshed, labels, annotations: own, runsAs, skippedPorts }: Endpoint): string {
  const skips = [skippedPorts?.outbound ?? null, own[annotations.skipOutboundPorts]];
  return JSON.stringify([kind, meshed, labels[controlPlaneNamespaceLabel], skips, 'identity' in runsAs]);
}
