import {
  followedCollections,
  KubernetesClusterSource,
  type FollowedCollection,
  type KubernetesClusterSourceOptions,
} from '@mcp/cluster';
import { reflectorFaults, reflectorPhases } from '@mcp/kubernetes';
import type { Metrics } from '@mcp/runtime';
import type { ClusterSource } from '@mcp/sources';

/** The cluster behind an API server, and what following it takes in metrics. */
export function meteredClusterSource(
  options: Omit<KubernetesClusterSourceOptions, 'meter'>,
  metrics: Metrics,
): ClusterSource {
  const collections = followedCollections.map(labelsOf);
  const lists = metrics.counterOf(
    'mcp_reflector_lists_total',
    'Lists of the collection that were complete: the first, and each since something may have been missed.',
    collections,
  );
  const watches = metrics.counterOf(
    'mcp_reflector_watches_total',
    'Watches of the collection that were opened: the first, and each after one that ended.',
    collections,
  );
  const faults = metrics.counter(
    'mcp_reflector_faults_total',
    'Lists and watches that failed and are tried again; NOT_FOUND also of kinds that the cluster does not have.',
    'code',
    reflectorFaults,
  );
  const source = new KubernetesClusterSource({
    ...options,
    meter: (collection) => ({
      listed: () => lists(labelsOf(collection)),
      watching: () => watches(labelsOf(collection)),
      failed: faults,
    }),
  });

  const figures = metrics.oncePerPage(() => source.figures());
  metrics.gaugeOf(
    'mcp_reflector_objects',
    'Objects of the collection that are held, while this process leads.',
    ['kind', 'collection'],
    () => figures().map((each) => [labelsOf(each), each.objects] as const),
  );
  metrics.gaugeOf(
    'mcp_reflector_phase',
    '1 for the phase in which the collection is followed, while this process leads.',
    ['kind', 'collection', 'phase'],
    () =>
      figures().flatMap((each) =>
        reflectorPhases.map((phase) => [{ ...labelsOf(each), phase }, Number(each.phase === phase)] as const),
      ),
  );
  return source;
}

function labelsOf({ kind, collection }: FollowedCollection) {
  return { kind, collection };
}
