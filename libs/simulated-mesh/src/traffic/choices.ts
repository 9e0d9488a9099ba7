import { clientSeen, parseAddress, podsBehind, servicePort } from '@mcp/policy';
import type { DestinationSeen, TlsSeen } from '@mcp/sources';

import type { InboundCall, ProxyDecision } from './decider.js';
import { egressPolicy } from './egress.js';
import type { Exchange, FlowTarget } from './flow.js';
import { hasPage, instancesOf, type Instance } from './instance.js';
import type { Choice } from './lane.js';
import type { MeshNow } from './mesh-now.js';
import type { ClientParent } from './peer.js';
import { defaultParent, peerOf, serviceParent } from './peer.js';

/** The mesh at one moment, and who decides in it. */
export interface Moment extends MeshNow {
  readonly decide: (call: InboundCall) => ProxyDecision;
}

const notMeshed: TlsSeen = { tls: 'none', reason: 'not_provided_by_service_discovery', identity: '' };

/** Where calls to that Service or address can end now. */
export function choicesOf(
  moment: Moment,
  client: Instance,
  target: Exclude<FlowTarget, { readonly kind: 'proxies' }>,
  exchange: Exchange,
): readonly Choice[] {
  if (target.kind === 'address') return [outOfCluster(moment, client, target)];
  const { namespace, name, elsewhere } = target;
  const home = moment.view.namespaces.get(namespace);
  const service = home?.services.find((known) => known.name === name);
  const dialled = service && servicePort(service, target.port);
  if (home === undefined || service === undefined || dialled === undefined) return [];
  const authority = `${name}.${namespace}.svc.cluster.local:${target.port}`;
  if (service.selector === undefined && elsewhere !== undefined) {
    const destination = { namespace, service: name, authority, port: elsewhere.port };
    const parent = serviceParent(namespace, name, target.port);
    return [withoutPod(client, elsewhere, destination, parent, false)];
  }
  return podsBehind(home, service, dialled).flatMap(({ workload, group, port }) =>
    port === undefined
      ? []
      : instancesOf(workload, group).map((serving) =>
          // behind a headless Service the client dials the pod itself
          service.headless
            ? podChoice(moment, { client, serving, port, exchange })
            : podChoice(moment, { client, serving, port, exchange, service: { ...target, authority } }),
        ),
  );
}

export interface PodCall {
  /** Undefined for the kubelet, which calls from `from`. */
  readonly client: Instance | undefined;
  readonly from?: string;
  readonly serving: Instance;
  readonly port: number;
  readonly exchange: Exchange;
  /** Absent where the pod itself is dialled. */
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    readonly port: number;
    readonly authority: string;
  };
}

/** A call that ends at that pod. */
export function podChoice(moment: Moment, call: PodCall): Choice {
  const { client, serving, port, service } = call;
  const arriving = arrivingAs(moment, call);
  const proxied = client !== undefined && hasPage(client) && arriving.throughProxy;
  const key = `${serving.key}:${port}`;
  const { identity, address } = arriving;
  const seen = { ...(identity !== undefined && { identity }), address };
  return {
    key,
    serving,
    port,
    arriving: seen,
    egressRefused: false,
    decide: once(() => decisionOn(moment, call, seen)),
    peer: proxied
      ? peerOf({
          destination: destinationOf(call),
          tls: identity === undefined ? notMeshed : meshTlsTo(moment, serving),
          address: serving.address,
          instance: serving,
          parent:
            service === undefined
              ? defaultParent('endpoint')
              : serviceParent(service.namespace, service.name, service.port),
        })
      : undefined,
  };
}

function arrivingAs(
  { policies }: Moment,
  { client, from = '', serving, port, service }: PodCall,
): { readonly identity?: string; readonly address: string; readonly throughProxy: boolean } {
  if (client === undefined) return { address: from, throughProxy: false };
  const { namespace, endpoint, address } = client;
  const calling = { namespace, endpoint, address: parseAddress(address) };
  const target = { namespace: serving.namespace, endpoint: serving.endpoint, port };
  const { client: seen, because } = clientSeen(policies, calling, target, service?.port ?? port);
  return {
    ...(typeof seen.tls === 'object' && { identity: seen.tls.identity }),
    address,
    throughProxy: because.code !== 'CLIENT_SKIPS_PORT',
  };
}

function decisionOn(moment: Moment, call: PodCall, client: InboundCall['client']): ProxyDecision {
  const { serving, port, exchange, service } = call;
  const { namespace, name, endpoint } = serving;
  if (!endpoint.meshed || !endpoint.governed) return { verdict: 'not-enforced' };
  const host = service?.authority ?? `${serving.address}:${port}`;
  return moment.decide({
    serving: { kind: endpoint.kind, namespace, name },
    port,
    client,
    request:
      exchange.kind === 'bytes'
        ? undefined
        : {
            method: exchange.method,
            path: exchange.path,
            headers: { host, ...(exchange.grpc && { 'content-type': 'application/grpc' }) },
          },
  });
}

function destinationOf({ serving, port, service }: PodCall): DestinationSeen {
  const { namespace, kind, name } = serving.workload;
  return {
    namespace,
    ...(service !== undefined && { service: service.name, authority: service.authority }),
    ...(kind === 'Pod' ? { pod: name } : { workload: { kind, name } }),
    port,
  };
}

function meshTlsTo({ policies }: Moment, { namespace, endpoint: { runsAs } }: Instance): TlsSeen {
  const identity =
    'identity' in runsAs
      ? runsAs.identity
      : policies.identities.ofServiceAccount(namespace, runsAs.serviceAccount);
  return { tls: 'mesh', reason: '', identity: identity ?? '' };
}

function outOfCluster(
  { view }: Moment,
  client: Instance,
  { address, port }: { readonly address: string; readonly port: number },
): Choice {
  const { parent, refused } = egressPolicy(view, client.namespace, address, port);
  return withoutPod(client, { address, port }, { port }, parent, refused);
}

function withoutPod(
  client: Instance,
  { address, port }: { readonly address: string; readonly port: number },
  destination: DestinationSeen,
  parent: ClientParent,
  egressRefused: boolean,
): Choice {
  return {
    key: `${address}:${port}`,
    serving: undefined,
    port,
    arriving: { address: client.address },
    egressRefused,
    decide: () => ({ verdict: 'not-enforced' }),
    peer: hasPage(client) ? peerOf({ destination, tls: notMeshed, address, parent }) : undefined,
  };
}

function once<T extends object>(work: () => T): () => T {
  let done: T | undefined;
  return () => (done ??= work());
}
