import type { Dialled, Endpoint, Flow, Outcome } from '../mesh/flow.js';
import { isFailure } from '../mesh/flow.js';
import { identityOf, type SyntheticPod } from '../mesh/pods.js';
import type { Labels } from '../page/labels.js';
import { covers, type Release } from '../page/release.js';

export const target = (ip: string, port: number): Labels => ({
  target_addr: `${ip}:${port}`,
  target_ip: ip,
  target_port: String(port),
});

/** Of what never leaves the pod. */
export const loopback: Labels = { tls: 'no_identity', no_tls_reason: 'loopback' };

export const addressOf = (endpoint: Endpoint): string =>
  endpoint.kind === 'pod' ? endpoint.pod.ip : endpoint.ip;

export const authorityOf = ({ service, port }: Dialled): string =>
  `${service.name}.${service.namespace}.svc.cluster.local:${port}`;

export const dialledOf = (endpoint: Endpoint): Dialled | undefined =>
  endpoint.kind === 'external' ? undefined : endpoint.service;

/** Of everything that a client's proxy counts by endpoint, after `direction` and `peer`. */
export function outboundLabels({ endpoint }: Flow, overMesh: boolean, release: Release): Labels {
  const dialled = dialledOf(endpoint);
  return {
    ...(dialled && { authority: authorityOf(dialled) }),
    ...target(addressOf(endpoint), endpoint.port),
    ...serverTls(endpoint, overMesh),
    ...destinationLabels(endpoint, release),
  };
}

function serverTls(endpoint: Endpoint, overMesh: boolean): Labels {
  if (!overMesh) return { tls: 'no_identity', no_tls_reason: 'not_provided_by_service_discovery' };
  return { tls: 'true', server_id: serverIdentity(endpoint) };
}

function serverIdentity(endpoint: Endpoint): string {
  if (endpoint.kind !== 'pod') return identityOf('linkerd-gateway', 'linkerd-multicluster');
  return identityOf(endpoint.pod.serviceAccount, endpoint.pod.namespace);
}

/** What the destination API tells of the endpoint, in alphabetical order. */
function destinationLabels(endpoint: Endpoint, release: Release): Labels {
  if (endpoint.kind === 'external') return {};
  const told: Labels = {
    ...(endpoint.service && {
      dst_service: endpoint.service.service.name,
      dst_namespace: endpoint.service.service.namespace,
    }),
    ...(endpoint.kind === 'pod' ? podLabels(endpoint.pod) : mirrorLabels(endpoint.service)),
    ...(covers({ since: '2.17' }, release) && { dst_zone_locality: 'unknown' }),
  };
  return Object.fromEntries(Object.entries(told).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const podLabels = (pod: SyntheticPod): Labels => ({
  ...(pod.meshed && { dst_control_plane_ns: 'linkerd' }),
  [`dst_${pod.workload.kind.toLowerCase()}`]: pod.workload.name,
  dst_namespace: pod.namespace,
  dst_pod: pod.name,
  ...(pod.templateHash !== undefined && { dst_pod_template_hash: pod.templateHash }),
  dst_serviceaccount: pod.serviceAccount,
  dst_zone: '',
});

const mirrorLabels = ({ service: { mirrorOf } }: Dialled): Labels =>
  mirrorOf === undefined
    ? {}
    : {
        dst_target_cluster: mirrorOf.cluster,
        dst_target_service: mirrorOf.name,
        dst_target_service_namespace: mirrorOf.namespace,
      };

/** Who the client is, for the proxy of the server. */
export function clientTls({ client }: Flow, overMesh: boolean): Labels {
  return overMesh && client.kind === 'pod'
    ? { tls: 'true', client_id: identityOf(client.pod.serviceAccount, client.pod.namespace) }
    : { tls: 'no_identity', no_tls_reason: 'no_tls_from_remote' };
}

/** After `status_code`. */
export const classLabels = (outcome: Outcome): Labels => ({
  classification: isFailure(outcome) ? 'failure' : 'success',
  grpc_status: outcome.grpc === undefined ? '' : String(outcome.grpc),
  error: '',
});
