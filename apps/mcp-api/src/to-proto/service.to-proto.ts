import { ServiceType, type Service } from '@mcp/contracts';
import type { ServiceNode } from '@mcp/graph';
import { coverageToProto } from './coverage.to-proto.js';

const types: Readonly<Record<ServiceNode['type'], ServiceType>> = {
  ClusterIP: ServiceType.SERVICE_TYPE_CLUSTER_IP,
  NodePort: ServiceType.SERVICE_TYPE_NODE_PORT,
  LoadBalancer: ServiceType.SERVICE_TYPE_LOAD_BALANCER,
  ExternalName: ServiceType.SERVICE_TYPE_EXTERNAL_NAME,
};

export function serviceToProto(service: ServiceNode): Service {
  return {
    ...service,
    type: types[service.type],
    selector: { ...service.selector },
    selectorless: service.selector === undefined,
    ports: service.ports.map(({ name = '', number, protocol, targetPort }) => ({
      name,
      number,
      protocol,
      targetPort: String(targetPort),
    })),
    meshed: coverageToProto[service.meshed],
    externalName: service.externalName ?? '',
  };
}
