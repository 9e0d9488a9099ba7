import type { PolicySeen } from '@mcp/mesh';
import type { DestinationSeen, TlsSeen } from '@mcp/sources';

import type { Instance } from './instance.js';

/** An endpoint as the proxy of a client knows it. */
export interface Peer {
  /** No two have the same. */
  readonly key: string;
  readonly destination: DestinationSeen;
  readonly tls: TlsSeen;
  readonly address: string;
  /** Undefined out of the cluster, and where a Service leads to what is no pod. */
  readonly instance?: Instance;
  readonly parent: ClientParent;
}

/** What the client's policy is about: the Service that was dialled, an EgressNetwork, or one of Linkerd's defaults. */
export type ClientParent = PolicySeen & { readonly namespace: string; readonly port: string };

export function serviceParent(namespace: string, name: string, port: number): ClientParent {
  return { group: 'core', kind: 'Service', namespace, name, port: String(port) };
}

/** `endpoint`: a pod was dialled by its address. `egress-fallback`: a place out of the cluster, of which no policy speaks. */
export function defaultParent(name: 'endpoint' | 'egress-fallback'): ClientParent {
  return { group: '', kind: 'default', namespace: '', name, port: '' };
}

export function egressParent(namespace: string, name: string, port: number): ClientParent {
  return { group: 'policy.linkerd.io', kind: 'EgressNetwork', namespace, name, port: String(port) };
}

export function peerOf(given: Omit<Peer, 'key'>): Peer {
  const { destination, tls, parent, address, instance } = given;
  return { ...given, key: JSON.stringify([destination, tls, parent, address, instance?.key]) };
}
