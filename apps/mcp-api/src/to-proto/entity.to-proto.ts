import type { Entity } from '@mcp/contracts';
import type { SeenEntity } from '@mcp/graph';
import { edgeToProto, telemetryToProto } from './edge.to-proto.js';
import { controlPlaneToProto, sourceToProto, unreadableObjectToProto } from './mesh-wide.to-proto.js';
import { policyObjectToProto } from './policy-object.to-proto.js';
import { serviceToProto } from './service.to-proto.js';
import { workloadToProto } from './workload.to-proto.js';

export function entityToProto(entity: SeenEntity): Entity {
  return { key: entity.key, entity: contentToProto(entity) };
}

function contentToProto(entity: SeenEntity): Entity['entity'] {
  switch (entity.kind) {
    case 'Namespace': {
      const { name, labels, annotations } = entity.value;
      const namespace = { name, labels: { ...labels }, annotations: { ...annotations } };
      return { $case: 'namespace', namespace };
    }
    case 'Workload':
      return { $case: 'workload', workload: workloadToProto(entity.value) };
    case 'Service':
      return { $case: 'service', service: serviceToProto(entity.value) };
    case 'PolicyObject':
      return { $case: 'policyObject', policyObject: policyObjectToProto(entity.value) };
    case 'ControlPlane':
      return { $case: 'controlPlane', controlPlane: controlPlaneToProto(entity.value) };
    case 'Source':
      return { $case: 'source', source: sourceToProto(entity.value) };
    case 'UnreadableObject':
      return { $case: 'unreadableObject', unreadableObject: unreadableObjectToProto(entity.value) };
    case 'Edge':
      return { $case: 'edge', edge: edgeToProto(entity.value) };
    case 'Telemetry':
      return { $case: 'telemetry', telemetry: telemetryToProto(entity.value) };
  }
}
