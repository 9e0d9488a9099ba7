import type { DestinationSeen } from '@mcp/sources';
import { label, portIn, workloadLabels, type Labels } from './labels.js';

const kinds = Object.entries(workloadLabels);

/** Whether the row is one of those that are told apart by workload or mirrored Service; else it is one of those told apart by pod. */
export function namesWorkload(labels: Labels): boolean {
  return label(labels, 'dst_target_cluster') !== '' || kinds.some(([name]) => label(labels, name) !== '');
}

/** What the control plane told the client's proxy of where it sent something; a text where the row names no port. */
export function destinationSeen(labels: Labels): DestinationSeen | string {
  const port = portIn(label(labels, 'target_port'));
  if (port === undefined) return 'no port';
  const kind = kinds.find(([name]) => label(labels, name) !== '');
  const pod = label(labels, 'dst_pod');
  return {
    ...present('namespace', label(labels, 'dst_namespace')),
    ...present('service', label(labels, 'dst_service')),
    ...(kind !== undefined && { workload: { kind: kind[1], name: label(labels, kind[0]) } }),
    ...(kind === undefined && present('pod', pod)),
    ...(label(labels, 'dst_target_cluster') !== '' && {
      mirrored: {
        cluster: label(labels, 'dst_target_cluster'),
        namespace: label(labels, 'dst_target_service_namespace'),
        name: label(labels, 'dst_target_service'),
      },
    }),
    ...present('authority', label(labels, 'authority')),
    port,
  };
}

function present<Name extends string>(name: Name, value: string): Partial<Record<Name, string>> {
  return value === '' ? {} : ({ [name]: value } as Record<Name, string>);
}
