import { SourcePhase, type ControlPlane, type Source, type UnreadableObject } from '@mcp/contracts';
import type { ControlPlaneNode, SourceNode, UnreadableObjectNode } from '@mcp/graph';

export function controlPlaneToProto(controlPlane: ControlPlaneNode): ControlPlane {
  const { clusterNetworks, probeNetworks } = controlPlane;
  return {
    ...controlPlane,
    clusterNetworks: clusterNetworks ?? [],
    clusterNetworksKnown: clusterNetworks !== undefined,
    probeNetworks: probeNetworks ?? [],
    probeNetworksKnown: probeNetworks !== undefined,
  };
}

const phases: Readonly<Record<SourceNode['phase'], SourcePhase>> = {
  syncing: SourcePhase.SOURCE_PHASE_SYNCING,
  live: SourcePhase.SOURCE_PHASE_LIVE,
  stale: SourcePhase.SOURCE_PHASE_STALE,
  absent: SourcePhase.SOURCE_PHASE_ABSENT,
  forbidden: SourcePhase.SOURCE_PHASE_FORBIDDEN,
};

export function sourceToProto({ kind, phase, reason, since }: SourceNode): Source {
  return { kind, phase: phases[phase], reason, since: new Date(since) };
}

export function unreadableObjectToProto({ key, uid, problem }: UnreadableObjectNode): UnreadableObject {
  return { key, uid, problem };
}
