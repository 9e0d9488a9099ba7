import type { PolicyIndex } from '../ports/policy-index.js';
import { authorizationsOf } from '../reach/reach-target.js';
import { targetPorts } from '../reach/target-ports.js';
import { servesRequests } from '../routes/protocol.js';
import type { Endpoint } from '../view.js';
import { CallerClasses } from './caller-classes.js';
import type { Assumed } from './caller-outcomes.js';
import type { CallingAddresses } from './calling-addresses.js';
import { PolicyContents } from './policy-content.js';

/** A port about which something else decides than before. */
export interface ChangedPort extends Assumed {
  readonly callers: CallerClasses;
}

/** What a change makes of the ports of pods, each worked out once. */
export class ChangedPorts {
  readonly #contents = new PolicyContents();
  /** By namespace, since pods of two may be alike. */
  readonly #ports = new Map<string, Map<Endpoint, Map<number, ChangedPort | undefined>>>();

  constructor(
    private readonly before: PolicyIndex,
    private readonly after: PolicyIndex,
    private readonly callingFrom: CallingAddresses,
  ) {}

  /** Undefined where what decides about the port is as it was. */
  at(namespace: string, endpoint: Endpoint, port: number): ChangedPort | undefined {
    const ports = inner(inner(this.#ports, namespace), endpoint);
    if (!ports.has(port)) ports.set(port, this.#compare(namespace, endpoint, port));
    return ports.get(port);
  }

  /** Whether one of its ports is, or one of these. */
  among(namespace: string, endpoint: Endpoint, more: Iterable<number>): boolean {
    return this.of(namespace, endpoint, more).length > 0;
  }

  /** Those of its ports, and of these. */
  of(namespace: string, endpoint: Endpoint, more: Iterable<number>): readonly number[] {
    const ports = new Set([
      ...targetPorts(this.before, namespace, endpoint),
      ...targetPorts(this.after, namespace, endpoint),
      ...more,
    ]);
    return [...ports].filter((port) => this.at(namespace, endpoint, port) !== undefined);
  }

  #compare(namespace: string, endpoint: Endpoint, port: number): ChangedPort | undefined {
    const before = this.before.portPolicy(namespace, endpoint, port);
    const after = this.after.portPolicy(namespace, endpoint, port);
    const was = this.#contents.of(this.before, endpoint, port, before);
    const is = this.#contents.of(this.after, endpoint, port, after);
    if (was.admission === is.admission && was.routing === is.routing) return undefined;
    const { protocol } = before;
    const lookedAt = protocol !== undefined && servesRequests(protocol);
    return {
      routeHolds: was.routing === is.routing,
      bytesHold: lookedAt || after.protocol === protocol,
      callers: new CallerClasses([...authorizationsOf(before), ...authorizationsOf(after)], this.callingFrom),
    };
  }
}

function inner<K, InnerKey, V>(outer: Map<K, Map<InnerKey, V>>, key: K): Map<InnerKey, V> {
  let found = outer.get(key);
  if (found === undefined) outer.set(key, (found = new Map<InnerKey, V>()));
  return found;
}
