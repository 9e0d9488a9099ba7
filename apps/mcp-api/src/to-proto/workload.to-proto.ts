import type { PortPolicy, Workload } from '@mcp/contracts';
import { PortReach } from '@mcp/contracts';
import type { PortPolicyNode, PortReach as GraphPortReach, WorkloadNode } from '@mcp/graph';
import { coverageToProto } from './coverage.to-proto.js';

export function workloadToProto(workload: WorkloadNode): Workload {
  return {
    ...workload,
    meshed: coverageToProto[workload.meshed],
    governed: coverageToProto[workload.governed],
    ports: workload.ports.map((port) => ({ ...port, policies: port.policies.map(portPolicyToProto) })),
  };
}

function portPolicyToProto({ server, protocol, reach, findings }: PortPolicyNode): PortPolicy {
  return {
    governedBy: governedBy(server),
    proxyProtocol: protocol ?? '',
    reach: reachToProto[reach],
    findings: [...findings],
  };
}

function governedBy(server: PortPolicyNode['server']): PortPolicy['governedBy'] {
  switch (server?.kind) {
    case undefined:
      return undefined;
    case 'Server':
      return { $case: 'server', server: server.name };
    case 'default':
      return { $case: 'defaultPolicy', defaultPolicy: server.name };
  }
}

const reachToProto: Readonly<Record<GraphPortReach, PortReach>> = {
  anyone: PortReach.PORT_REACH_ANYONE,
  audited: PortReach.PORT_REACH_AUDITED,
  meshed: PortReach.PORT_REACH_MESHED,
  some: PortReach.PORT_REACH_SOME,
  nobody: PortReach.PORT_REACH_NOBODY,
  unknown: PortReach.PORT_REACH_UNKNOWN,
  'not-enforced': PortReach.PORT_REACH_NOT_ENFORCED,
};
