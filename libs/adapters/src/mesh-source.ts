import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { KubernetesAccessReviews, KubernetesClusterSource, KubernetesPolicyTarget } from '@mcp/cluster';
import type { SourceIdentity } from '@mcp/events';
import { ClusterConnection } from '@mcp/kubernetes';
import type { ControlPlaneSettings } from '@mcp/linkerd';
import { ManifestsSource, ManifestsTarget, readManifests } from '@mcp/manifests';
import {
  ConfigurationError,
  type Leadership,
  type LeadershipSettings,
  type Metrics,
  SoleLeader,
  type SimulationSettings,
  type SourceSettings,
} from '@mcp/runtime';
import { AccessUnknown, type AccessReviews, type ClusterSource, type PolicyTarget } from '@mcp/sources';
import { LeaseLeadership } from './lease-leadership.js';
import { meteredClusterSource } from './metered-cluster-source.js';

/** The mesh that the configuration names. Each app asks for the part it needs, and so gets no right beyond it. */
export interface MeshSource {
  /** For a person: `the cluster at https://…`. */
  readonly place: string;
  /** Whether an apply can change anything, and whether someone could be harmed by it. */
  readonly kind: SourceIdentity['source'];
  identity(): Promise<SourceIdentity>;
  /** Has what following a cluster takes in the metrics. Once for each process. */
  clusterSource(metrics: Metrics): ClusterSource;
  policyTarget(): PolicyTarget;
  /** What the users of the cluster may do; where there is no cluster, that is not known. */
  accessReviews(): AccessReviews;
  leadership(role: 'collector' | 'reconciler'): Leadership;
}

/**
 * Fails with `ConfigurationError` where the settings name no mesh that can be reached from here, with
 * `ManifestsUnreadable` where the manifests are not manifests.
 */
export async function meshSource(
  source: SourceSettings,
  simulation: Pick<SimulationSettings, 'url'>,
  leadership: LeadershipSettings,
): Promise<MeshSource> {
  // another life of the process is another candidate, and so another holder
  const holder = leadership.holder ?? `${hostname()}-${process.pid}-${Date.now().toString(36)}`;
  const { clusterSource: named } = source;
  if (named.startsWith('manifests:')) {
    return manifests(resolve(named.slice('manifests:'.length)), source, holder);
  }
  if (named === 'simulated') {
    const { url } = simulation;
    if (url === undefined) {
      throw new ConfigurationError(['MCP_SIMULATION_URL must say where the simulated mesh runs']);
    }
    const connection = ClusterConnection.toServer(url);
    return cluster(`the simulated mesh at ${url}`, 'simulated', connection, source, leadership, holder);
  }
  const connection = connectToCluster();
  return cluster(`the cluster at ${connection.server}`, 'kubernetes', connection, source, leadership, holder);
}

/** For who asks a cluster about callers and nothing else. Fails with `ConfigurationError` where no cluster is named. */
export function openAccessReviews(): AccessReviews {
  return new KubernetesAccessReviews(connectToCluster());
}

function connectToCluster(): ClusterConnection {
  try {
    return ClusterConnection.fromKubeconfig();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError([`KUBECONFIG: ${why}`]);
  }
}

function cluster(
  place: string,
  kind: 'kubernetes' | 'simulated',
  connection: ClusterConnection,
  settings: SourceSettings,
  { leaderElection = kind === 'kubernetes' ? 'lease' : 'none', leaseNamespace }: LeadershipSettings,
  holder: string,
): MeshSource {
  const scope = settings.namespaces ?? ('all' as const);
  const options = { connection, scope, controlPlane: controlPlane(settings) };
  return {
    place,
    kind,
    identity: () => new KubernetesClusterSource(options).identity(),
    clusterSource: (metrics) => meteredClusterSource(options, metrics),
    policyTarget: () => new KubernetesPolicyTarget(connection),
    accessReviews: () => new KubernetesAccessReviews(connection),
    leadership: (role) =>
      leaderElection === 'none'
        ? new SoleLeader(holder)
        : new LeaseLeadership(connection, { namespace: leaseNamespace, name: `linkerd-mcp-${role}` }, holder),
  };
}

async function manifests(path: string, settings: SourceSettings, holder: string): Promise<MeshSource> {
  const read = await readManifests(path);
  const source = new ManifestsSource(read, {
    scope: settings.namespaces ?? 'all',
    controlPlane: controlPlane(settings),
  });
  return {
    place: `the manifests in ${path}`,
    kind: 'manifests',
    identity: () => source.identity(),
    clusterSource: () => source,
    policyTarget: () => new ManifestsTarget(read),
    accessReviews: () => noAccessReviews,
    leadership: () => new SoleLeader(holder),
  };
}

const noUsers = async (): Promise<never> => {
  throw new AccessUnknown('manifests have no users', undefined);
};
const noAccessReviews: AccessReviews = { userOf: noUsers, may: noUsers };

function controlPlane(settings: SourceSettings): ControlPlaneSettings {
  const { trustDomain, controlPlaneNamespace, defaultPolicy, clusterNetworks, probeNetworks } = settings;
  return {
    ...(trustDomain !== undefined && { trustDomain }),
    ...(controlPlaneNamespace !== undefined && { controlPlaneNamespace }),
    ...(defaultPolicy !== undefined && { defaultPolicy }),
    ...(clusterNetworks !== undefined && { clusterNetworks }),
    ...(probeNetworks !== undefined && { probeNetworks }),
  };
}
