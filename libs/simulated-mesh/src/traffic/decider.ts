import type { Decision, Endpoint, SingleRequest } from '@mcp/policy';
import { evaluate, parseAddress } from '@mcp/policy';

import type { MeshNow } from './mesh-now.js';

/** A call as it arrives at a proxy. */
export interface InboundCall {
  readonly serving: {
    readonly kind: 'Pod' | 'ExternalWorkload';
    readonly namespace: string;
    readonly name: string;
  };
  /** The one that the pod listens on. */
  readonly port: number;
  /** `identity` is absent without mesh TLS. */
  readonly client: { readonly identity?: string; readonly address: string };
  /** Undefined: bytes that are not HTTP. Names of headers are in lower case. */
  readonly request:
    | {
        readonly method: string;
        readonly path: string;
        readonly headers: Readonly<Record<string, string>>;
      }
    | undefined;
}

/**
 * What a proxy does with a call. Without a route, and not for want of one, it was decided about the connection, whose protocol the
 * proxy does not look at. What is unknown is refused.
 */
export type ProxyDecision = Pick<Decision, 'verdict' | 'refusal' | 'server' | 'route' | 'authorizedBy'>;

/** Asked anew for each state of the mesh; what it answers holds until the next. */
export type Decider = (mesh: MeshNow) => (call: InboundCall) => ProxyDecision;

/** Decides as Linkerd does, by this product's own evaluation. */
export const decideByPolicy: Decider = ({ view, policies }) => {
  const serving = new Map<string, Endpoint>();
  for (const [namespace, { workloads }] of view.namespaces)
    for (const { endpoint, pods } of workloads.flatMap(({ groups }) => groups))
      for (const { name } of pods) serving.set(keyOf({ kind: endpoint.kind, namespace, name }), endpoint);

  return ({ serving: asked, port, client: { identity, address }, request }) => {
    const endpoint = serving.get(keyOf(asked));
    if (endpoint === undefined) return { verdict: 'not-enforced' };
    return evaluate(
      policies,
      { namespace: asked.namespace, endpoint, port },
      { tls: identity === undefined ? 'none' : { identity }, address: parseAddress(address) },
      requestOf(request),
    );
  };
};

function keyOf({ kind, namespace, name }: InboundCall['serving']): string {
  return `${kind} ${namespace}/${name}`;
}

function requestOf(request: InboundCall['request']): SingleRequest {
  if (request === undefined) return { kind: 'bytes' };
  const { method, path, headers } = request;
  const listed = Object.entries(headers).map(([name, value]) => [name, [value]] as const);
  return { kind: 'http', method, path, headers: new Map(listed) };
}
