import type { PolicyObject } from '@mcp/contracts';
import type { PolicyObjectNode } from '@mcp/graph';
import { driftToProto } from './drift.to-proto.js';
import { policySpecToProto, referenceToProto } from './policy-spec.to-proto.js';

export function policyObjectToProto(object: PolicyObjectNode): PolicyObject {
  const { kind, namespace, name, uid, createdAt, labels, fieldOwners, gitOps, conditions, desired } = object;
  return {
    key: { kind, namespace, name },
    uid,
    createdAt: createdAt === undefined ? undefined : new Date(createdAt),
    labels: { ...labels },
    spec: policySpecToProto(object),
    fieldOwners: fieldOwners.map(({ manager, operation, at, paths }) => ({
      manager,
      operation,
      at: at === undefined ? undefined : new Date(at),
      paths,
    })),
    unmodelled: object.unmodelled ?? [],
    gitOps: gitOps ?? '',
    conditions: conditions.map((condition) => ({
      ...condition,
      parent: referenceToProto(condition.parent),
    })),
    desired: desired === undefined ? undefined : { ...desired, drift: driftToProto[desired.drift] },
  };
}
