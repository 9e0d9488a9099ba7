import type { PolicySeen } from '@mcp/mesh';
import type { TlsSeen } from '@mcp/sources';

import type { AnswerStatus, InboundPlace } from './counters.js';
import type { Labels } from './exposition.js';
import type { Instance } from './instance.js';
import type { ClientParent, Peer } from './peer.js';

const adminPort = 4191;

/** The label that names the workload behind an endpoint, by the kind of the workload. */
const workloadLabels: Readonly<Record<string, string>> = {
  Deployment: 'dst_deployment',
  StatefulSet: 'dst_statefulset',
  DaemonSet: 'dst_daemonset',
  ReplicaSet: 'dst_replicaset',
  Job: 'dst_k8s_job',
  CronJob: 'dst_cronjob',
  ExternalWorkload: 'dst_external_workload',
};

export function outboundLabels(peer: Peer): Labels {
  const { authority } = peer.destination;
  return {
    direction: 'outbound',
    ...(authority !== undefined && { authority }),
    ...targetLabels(peer.address, peer.destination.port),
    ...tlsLabels(peer.tls, 'server_id'),
    ...destinationLabels(peer),
  };
}

/** What Linkerd's destination service says of the endpoint; nothing of what is out of the cluster. In alphabetical order. */
function destinationLabels({ destination, instance }: Peer): Labels {
  const { namespace, service, workload } = destination;
  if (namespace === undefined) return {};
  const labels: [string, string | undefined][] = [
    ['dst_namespace', namespace],
    ['dst_service', service],
    ...(instance === undefined ? [] : instanceLabels(instance)),
    ...(workload === undefined
      ? []
      : [
          [workloadLabels[workload.kind] ?? `dst_${workload.kind.toLowerCase()}`, workload.name] as [
            string,
            string,
          ],
        ]),
    ['dst_zone', ''],
    ['dst_zone_locality', 'unknown'],
  ];
  return Object.fromEntries(
    labels
      .filter((entry): entry is [string, string] => entry[1] !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function instanceLabels({ name, endpoint }: Instance): [string, string | undefined][] {
  if (endpoint.kind === 'ExternalWorkload') return [];
  return [
    ['dst_control_plane_ns', endpoint.meshed ? endpoint.labels['linkerd.io/control-plane-ns'] : undefined],
    ['dst_pod', name],
    ['dst_pod_template_hash', endpoint.labels['pod-template-hash']],
    ['dst_serviceaccount', 'serviceAccount' in endpoint.runsAs ? endpoint.runsAs.serviceAccount : undefined],
  ];
}

/** Where a call arrived; the admin server of a proxy does not say at which address. */
export function servedLabels({ address }: Instance, { port, server }: InboundPlace): Labels {
  return {
    ...targetLabels(port === adminPort ? '0.0.0.0' : address, port),
    ...named('srv', server),
    srv_port: String(port),
  };
}

function targetLabels(address: string, port: number): Labels {
  const host = address.includes(':') ? `[${address}]` : address;
  return { target_addr: `${host}:${port}`, target_ip: address, target_port: String(port) };
}

export function tlsLabels({ tls, reason, identity }: TlsSeen, side: 'client_id' | 'server_id'): Labels {
  return tls === 'mesh' ? { tls: 'true', [side]: identity } : { tls: 'no_identity', no_tls_reason: reason };
}

export function statusLabels({ statusCode, classification, grpcStatus }: AnswerStatus): Labels {
  return { status_code: statusCode, classification, grpc_status: grpcStatus, error: '' };
}

/** `srv_group`, `srv_kind`, `srv_name`; nothing where it is not known. */
export function named(prefix: 'srv' | 'route' | 'authz' | 'parent', seen: PolicySeen | undefined): Labels {
  if (seen === undefined) return {};
  const { group, kind, name } = seen;
  return { [`${prefix}_group`]: group, [`${prefix}_kind`]: kind, [`${prefix}_name`]: name };
}

/** As the policy of a client names its parts: all fields, also where they are empty. */
export function clientPolicyLabels(prefix: 'parent' | 'backend', seen: ClientParent): Labels {
  const { group, kind, namespace, name, port } = seen;
  return {
    [`${prefix}_group`]: group,
    [`${prefix}_kind`]: kind,
    [`${prefix}_namespace`]: namespace,
    [`${prefix}_name`]: name,
    [`${prefix}_port`]: port,
    [`${prefix}_section_name`]: '',
  };
}

export function clientRouteLabels({ group, kind, name }: PolicySeen): Labels {
  return { route_group: group, route_kind: kind, route_namespace: '', route_name: name };
}
