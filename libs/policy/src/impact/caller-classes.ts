import { localhost } from '../authorizations/authorization-compiler.js';
import type { Authorization } from '../authorizations/authorization.js';
import type { IdentityPatterns } from '../matching/identity-pattern.js';
import type { Address, NetworkSet } from '../matching/network.js';
import type { CallingAddresses } from './calling-addresses.js';
import type { KnownCaller } from './known-caller.js';

/** Callers of a port whom none of its rules tells apart. */
export interface CallerClass {
  /** The same for two callers only where they are of one class. */
  readonly key: string;
  /** Where they call from: one of each of those that the networks of the rules tell apart; undefined where that is not known. */
  readonly addresses: readonly (Address | undefined)[];
}

/**
 * Parts the callers of a port by all that its rules look at: how and on which route they call, whether they prove an identity, which of the
 * identities that are asked for it matches, and which networks its addresses are in.
 */
export class CallerClasses {
  readonly #identities: readonly IdentityPatterns[];
  readonly #networks: readonly NetworkSet[];
  readonly #networksAskedFor: boolean;

  /** `rules`: every one that could admit somebody to the port. */
  constructor(
    rules: Iterable<Authorization>,
    private readonly callingFrom: CallingAddresses,
  ) {
    const identities = new Map<string, IdentityPatterns>();
    const networks = new Map<string, NetworkSet>();
    for (const rule of rules) {
      if (rule === localhost) continue;
      if (rule.authentication.kind === 'identities')
        identities.set(rule.authentication.identities.text.join('\n'), rule.authentication.identities);
      if (rule.networks !== undefined && !rule.networks.everyAddress)
        networks.set(rule.networks.text.join('\n'), rule.networks);
    }
    this.#identities = [...identities.values()];
    this.#networksAskedFor = networks.size > 0;
    this.#networks = [...networks.values(), ...(localhost.networks ? [localhost.networks] : [])];
  }

  of({ protocol, client, route }: KnownCaller): CallerClass {
    const taken = route === undefined ? '' : `${route.group}:${route.kind}:${route.name}`;
    const called = `${protocol} ${taken} ${client.kind}`;
    if (client.kind !== 'identity') return { key: called, addresses: addressUnknown };
    const asked = this.#identities.map((patterns) => (patterns.matches(client.identity) ? 1 : 0)).join('');
    const places = this.#placesOf(client.identity);
    const key = `${called} ${asked} ${[...places.keys()].join()}`;
    return { key, addresses: places.size === 0 ? addressUnknown : [...places.values()] };
  }

  /** By which networks they are in, in the order of the addresses. */
  #placesOf(identity: string): ReadonlyMap<string, Address> {
    const places = new Map<string, Address>();
    if (!this.#networksAskedFor) return places;
    for (const address of this.callingFrom.of(identity)) {
      const within = this.#networks.map((network) => (network.contains(address) ? 1 : 0)).join('');
      if (!places.has(within)) places.set(within, address);
    }
    return places;
  }
}

const addressUnknown = [undefined] as const;
