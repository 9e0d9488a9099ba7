import type { Workload } from '@mcp/contracts';
import type { WorkloadNode } from '@mcp/graph';
import { coverageToProto } from './coverage.to-proto.js';

export function workloadToProto(workload: WorkloadNode): Workload {
  return {
    ...workload,
    meshed: coverageToProto[workload.meshed],
    governed: coverageToProto[workload.governed],
  };
}
