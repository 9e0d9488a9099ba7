import type { ProxyDecision } from './decider.js';
import type { Exchange, Flow } from './flow.js';
import type { Instance } from './instance.js';
import type { Peer } from './peer.js';

/** One client that calls, by one flow, and where its calls can end. */
export interface Lane {
  /** The same as long as the client lives. */
  readonly key: string;
  /** Undefined for the kubelet of a node. */
  readonly client: Instance | undefined;
  readonly pace: Flow['pace'];
  readonly exchange: Exchange;
  /** A connection is kept for the next call. */
  readonly pooled: boolean;
  /** Taken in turn. Where there is none, no call leaves the client. */
  readonly choices: readonly Choice[];
}

/** One endpoint that a client may call. */
export interface Choice {
  readonly key: string;
  /** Undefined where the client has no proxy, or goes past it. */
  readonly peer: Peer | undefined;
  /** Undefined for what is no pod and no external workload. */
  readonly serving: Instance | undefined;
  readonly port: number;
  /** The client as it arrives: its identity is absent without mesh TLS. */
  readonly arriving: { readonly identity?: string; readonly address: string };
  /** What the proxy of the server does, by the policy of the moment that the choice is of. */
  readonly decide: () => ProxyDecision;
  /** The client's own policy for traffic out of the mesh. */
  readonly egressRefused: boolean;
}
