import type { WorkloadRef } from '@mcp/mesh';
import { deepEqual, formatWorkloadRef } from '@mcp/mesh';
import { AddressClasses } from './address-classes.js';
import { constantNetworks, networksOfSetting } from '../authorizations/cidr-networks.js';
import { ClientClasses } from './client-class.js';
import type { NetworkSet } from '../matching/network.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { AccessRequest, Client } from '../question.js';
import type { Reachability, ReachRow } from './reach-answer.js';
import type { ReachTarget } from './reach-target.js';
import { authorizationsOf, reachTargets } from './reach-target.js';
import { TargetAnswers } from './target-answers.js';
import type { WorkloadView } from '../view.js';

/** Namespaces whose workloads are meant; all, where none are said. */
export interface ReachScope {
  readonly targets?: readonly string[];
  readonly clients?: readonly string[];
}

/** Who reaches what among the workloads of some namespaces. Unmeshed clients always are among the clients. */
export function reachability(
  index: PolicyIndex,
  { targets, clients }: ReachScope,
  request: AccessRequest,
): Reachability {
  const planned = workloadsOf(index, targets).flatMap((each) =>
    reachTargets(index, each, undefined, request),
  );
  return reach(index, planned, request, (classes, networks) => {
    for (const each of workloadsOf(index, clients)) classes.addWorkload(each);
    classes.addUnmeshed(networks.cluster, networks.loopback);
  });
}

/** Where clients are to arrive. `dialledPort`: what they connect to, where a Service leads from there to the port. */
export interface AskedTarget {
  readonly workload: WorkloadRef;
  readonly port?: number;
  readonly dialledPort?: number;
}

/** Everyone who reaches a workload, at one port or at all that `targetPorts` names. No rows where there is no such workload. */
export function whoCanReach(
  index: PolicyIndex,
  { workload, port, dialledPort }: AskedTarget,
  request: AccessRequest,
): Reachability {
  const target = workloadAt(index, workload);
  const targets = target === undefined ? [] : reachTargets(index, target, port, request);
  const planned = dialledPort === undefined ? targets : targets.map((each) => ({ ...each, dialledPort }));
  return reach(index, planned, request, (classes, networks) => {
    for (const each of workloadsOf(index, undefined)) classes.addWorkload(each);
    classes.addUnmeshed(networks.cluster, networks.loopback);
  });
}

/** A workload of the mesh; a service account, for all that run as it; or a client that every target sees the same. */
export type AskedClient =
  | { readonly workload: WorkloadRef }
  | { readonly serviceAccount: { readonly namespace: string; readonly name: string } }
  | { readonly client: Client };

/** Everything that a client reaches, at the ports that `targetPorts` names. No clients where there is no such workload. */
export function whatCanReach(index: PolicyIndex, asked: AskedClient, request: AccessRequest): Reachability {
  const planned = workloadsOf(index, undefined).flatMap((each) =>
    reachTargets(index, each, undefined, request),
  );
  return reach(index, planned, request, (classes) => {
    if ('client' in asked) return classes.addAsked(asked.client);
    if ('serviceAccount' in asked) {
      const { namespace, name } = asked.serviceAccount;
      return classes.addServiceAccount(namespace, name);
    }
    const workload = workloadAt(index, asked.workload);
    if (workload !== undefined) classes.addWorkload(workload);
  });
}

function workloadsOf(
  { view }: PolicyIndex,
  namespaces: readonly string[] | undefined,
): readonly WorkloadView[] {
  const homes =
    namespaces === undefined
      ? [...view.namespaces.values()]
      : [...new Set(namespaces)].flatMap((namespace) => view.namespaces.get(namespace) ?? []);
  return homes.flatMap(({ workloads }) => workloads);
}

function workloadAt({ view }: PolicyIndex, ref: WorkloadRef): WorkloadView | undefined {
  const name = formatWorkloadRef(ref);
  return view.namespaces.get(ref.namespace)?.workloads.find((each) => formatWorkloadRef(each.ref) === name);
}

const loopback = constantNetworks('127.0.0.0/8', '::1/128');

interface ClusterNetworks {
  readonly cluster: NetworkSet | undefined;
  readonly loopback: NetworkSet;
}

function reach(
  index: PolicyIndex,
  targets: readonly ReachTarget[],
  request: AccessRequest,
  addClients: (classes: ClientClasses, networks: ClusterNetworks) => void,
): Reachability {
  const cluster = networksOfSetting(index.view.settings.clusterNetworks);
  const sets = new Set<NetworkSet>([loopback]);
  if (cluster !== undefined) sets.add(cluster);
  for (const { governedBy } of targets)
    if (governedBy.kind === 'policy')
      for (const { networks } of authorizationsOf(governedBy.policy))
        if (networks !== undefined) sets.add(networks);
  const classes = new ClientClasses(index, new AddressClasses([...sets]));
  addClients(classes, { cluster, loopback });
  return { clients: classes.clients, rows: { [Symbol.iterator]: () => rowsOf(targets, classes, request) } };
}

function* rowsOf(
  targets: readonly ReachTarget[],
  classes: ClientClasses,
  request: AccessRequest,
): Generator<ReachRow, void> {
  const answers = new TargetAnswers(targets, classes, request);
  let at = 0;
  while (at < targets.length) {
    const distinct: ReachRow[] = [];
    const first = targets[at];
    for (; first !== undefined; at += 1) {
      const target = targets[at];
      if (target === undefined || target.workload !== first.workload || target.port !== first.port) break;
      const row = answers.rowOf(target, at);
      const same = distinct.findIndex((other) => deepEqual({ ...other, groups: [] }, { ...row, groups: [] }));
      const known = distinct[same];
      if (known === undefined) distinct.push(row);
      else distinct[same] = { ...known, groups: [...known.groups, ...row.groups] };
    }
    yield* distinct;
  }
}
