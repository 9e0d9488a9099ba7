import type { ObjectState, ResourceKind } from '@mcp/mesh';
import { policyKinds } from '@mcp/mesh';
import type { NamespaceView, PolicyObjects } from '@mcp/policy';
import { currentObjects, currentUnreadables } from '../current.js';
import type { Facts, NamespaceFacts, Unreadable } from '../facts.js';
import { kept } from '../kept.js';
import type { Touched } from '../touched.js';
import type { RunningWorkload } from './running-workloads.js';
import { runningWorkloads } from './running-workloads.js';

/** What there is in one namespace, worked out once: the entities of the graph and the policy room's view are made of it. */
export interface CurrentNamespace {
  readonly home: NamespaceFacts;
  readonly view: NamespaceView;
  /** By `formatWorkloadRef`. Their views are those in `view`. */
  readonly workloads: ReadonlyMap<string, RunningWorkload>;
  readonly unreadable: readonly Unreadable[];
}

/**
 * Of what is known, only what is touched is worked out again, and every part of the view that did not change stays the same object,
 * up to the whole.
 */
export function currentNamespace(
  facts: Facts,
  namespace: string,
  home: NamespaceFacts,
  touched: Touched,
  known?: CurrentNamespace,
): CurrentNamespace {
  const changed = (kind: ResourceKind): boolean => touched === 'everything' || touched.has(kind);
  /** A part of the view that is made of the objects of one kind. */
  const part = <T>(kind: ResourceKind, before: T | undefined, now: () => T): T =>
    before !== undefined && !changed(kind) ? before : kept(before, now());
  const policyObjects = (before: PolicyObjects | undefined): PolicyObjects => {
    const objects = policyKinds.map((kind) => {
      const now = (): readonly ObjectState[] => currentObjects(home, kind);
      return [kind, part(kind, before?.[kind], now)] as const;
    });
    // each kind of policy is there, with the objects of that kind
    return kept(before, Object.fromEntries(objects) as unknown as PolicyObjects);
  };

  const before = known?.view;
  const workloads =
    known !== undefined && !workloadKinds.some(changed)
      ? known.workloads
      : runningWorkloads(facts, home, known?.workloads);
  const unreadable = kept(known?.unreadable, currentUnreadables(home));
  const view: NamespaceView = {
    namespace,
    annotations: part(
      'Namespace',
      before?.annotations,
      () => currentObjects(home, 'Namespace')[0]?.annotations ?? {},
    ),
    policy: policyObjects(before?.policy),
    unreadable,
    workloads: kept(
      before?.workloads,
      [...workloads.values()].map((workload) => workload.view),
    ),
    services: part('Service', before?.services, () => currentObjects(home, 'Service')),
    serviceAccounts: part('ServiceAccount', before?.serviceAccounts, () =>
      currentObjects(home, 'ServiceAccount').map(({ name }) => name),
    ),
  };
  return { home, view: kept(before, view), workloads, unreadable };
}

/** Workloads are made of these, and of the shapes of pods. */
const workloadKinds: readonly ResourceKind[] = ['Controller', 'Pod', 'ExternalWorkload'];
