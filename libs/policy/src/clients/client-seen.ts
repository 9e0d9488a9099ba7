import { boundaryOf } from '../ports/boundary.js';
import { skippedPorts } from '../ports/skipped-ports.js';
import type { Target } from '../answers/decide.js';
import { controlPlaneNamespaceLabel } from '../names.js';
import type { Address } from '../matching/network.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { Client, HttpRequest } from '../question.js';
import type { UnknownInput } from '../verdict.js';
import type { Endpoint } from '../view.js';

/** One pod, or an external workload, that calls. */
export interface CallingEndpoint {
  readonly namespace: string;
  readonly endpoint: Endpoint;
  readonly address: Address | undefined;
}

/** How the proxy of the target sees a client, and why so. */
export interface SeenClient {
  readonly client: Client;
  readonly because: SeenBecause;
}

/** `code` is stable. */
export interface SeenBecause {
  readonly code: SeenCode;
  readonly message: string;
  /** Settings of the mesh that it hangs on and that are not known. Absent where it hangs on none. */
  readonly missing?: readonly UnknownInput[];
}

export type SeenCode =
  | 'MESH_TLS'
  | 'CLIENT_NOT_MESHED'
  | 'CLIENT_SKIPS_PORT'
  | 'TARGET_NOT_MESHED'
  | 'TARGET_OF_OTHER_CONTROL_PLANE'
  | 'TARGET_PORT_BYPASSES_PROXY'
  /** Something that it hangs on cannot be read. */
  | 'NOT_KNOWN'
  /** The question says who the client is. */
  | 'AS_ASKED';

/** What arrives is a TCP connection, whatever the port is declared for. */
export const overTcp: HttpRequest = { kind: 'http', method: 'GET', path: '/', headers: new Map() };

/**
 * How a client of the mesh arrives. Its proxy uses mesh TLS where it was told the identity of the target: the target is of the same
 * control plane, and the port bypasses neither proxy. Otherwise it is plain TCP from the address of the client.
 *
 * `dialledPort` is what the client connects to: the port of the Service where it calls one, else the port of the target. An opaque
 * port keeps the identity, since proxies speak to each other through a port of their own.
 * Source: linkerd2 controller/api/destination/endpoint_translator.go, charts/partials/templates/_proxy-init.tpl (read at b24cd40).
 */
export function clientSeen(
  index: PolicyIndex,
  calling: CallingEndpoint,
  target: Target,
  dialledPort = target.port,
): SeenClient {
  const { address } = calling;
  const without =
    whyNoTls(calling.endpoint, target, dialledPort) ??
    whyOtherControlPlane(index, calling.endpoint, target.endpoint);
  if (without !== undefined)
    return { client: { tls: without.code === 'NOT_KNOWN' ? 'unknown' : 'none', address }, because: without };
  const identity = identityOfEndpoint(index, calling.namespace, calling.endpoint);
  if (identity === undefined)
    return {
      client: { tls: 'unknown', address },
      because: settingsUnread(index),
    };
  return {
    client: { tls: { identity }, address },
    because: { code: 'MESH_TLS', message: 'both have the proxy, and the port bypasses neither' },
  };
}

/** What any meshed pod is that runs as the service account, and that bypasses its proxy for nothing. */
export function anyPodOf({ view }: PolicyIndex, serviceAccount: string): Endpoint {
  const { controlPlaneNamespace } = view.settings;
  return {
    kind: 'Pod',
    labels:
      controlPlaneNamespace === undefined ? {} : { [controlPlaneNamespaceLabel]: controlPlaneNamespace },
    annotations: {},
    ports: [],
    probes: [],
    meshed: true,
    governed: true,
    runsAs: { serviceAccount },
    skippedPorts: { inbound: '', outbound: '' },
  };
}

/** Undefined where a setting that it is made of could not be read. */
export function identityOfEndpoint(
  { identities }: Pick<PolicyIndex, 'identities'>,
  namespace: string,
  { runsAs }: Endpoint,
): string | undefined {
  return 'identity' in runsAs
    ? runsAs.identity
    : identities.ofServiceAccount(namespace, runsAs.serviceAccount);
}

function whyNoTls(
  client: Endpoint,
  { endpoint, port }: Target,
  dialledPort: number,
): SeenBecause | undefined {
  if (!client.meshed) return { code: 'CLIENT_NOT_MESHED', message: 'the client has no proxy' };
  const skips = skipsOutbound(client, dialledPort);
  if (skips !== undefined) return skips;
  const boundary = boundaryOf(endpoint, port, overTcp);
  switch (boundary) {
    case undefined:
    case 'not-tcp':
      return undefined;
    case 'port-bypasses-proxy':
      return {
        code: 'TARGET_PORT_BYPASSES_PROXY',
        message: `port ${port} bypasses the proxy of the target`,
      };
    case 'not-meshed':
    case 'not-governed':
      return { code: 'TARGET_NOT_MESHED', message: 'the target has no proxy, or no control plane knows it' };
    default:
      return notKnown(boundary.message);
  }
}

/** How the traffic of an external workload is intercepted is set up on its machine. */
function skipsOutbound(client: Endpoint, port: number): SeenBecause | undefined {
  if (client.kind === 'ExternalWorkload') return undefined;
  const skipped = skippedPorts(client, 'outbound');
  if ('bad' in skipped) return notKnown(`of the client, ${skipped.bad}`);
  return skipped.has(port)
    ? { code: 'CLIENT_SKIPS_PORT', message: `the proxy of the client is bypassed for port ${port}` }
    : undefined;
}

/** An external workload belongs to whichever control plane asks for it. */
function whyOtherControlPlane(
  index: PolicyIndex,
  client: Endpoint,
  target: Endpoint,
): SeenBecause | undefined {
  if (target.kind === 'ExternalWorkload') return undefined;
  const ours =
    client.kind === 'ExternalWorkload'
      ? index.view.settings.controlPlaneNamespace
      : client.labels[controlPlaneNamespaceLabel];
  if (ours === undefined)
    return index.view.settings.controlPlaneNamespace === undefined
      ? settingsUnread(index)
      : notKnown('which control plane the client belongs to is not known');
  const theirs = target.labels[controlPlaneNamespaceLabel];
  return ours === theirs
    ? undefined
    : {
        code: 'TARGET_OF_OTHER_CONTROL_PLANE',
        message: `the client belongs to the control plane in ${ours}, the target to ${theirs ?? 'none'}`,
      };
}

function settingsUnread({ identities: { doubts } }: PolicyIndex): SeenBecause {
  return { ...notKnown(doubts.map(({ message }) => message).join('; ')), missing: doubts };
}

function notKnown(message: string): SeenBecause {
  return { code: 'NOT_KNOWN', message };
}
