import type { ControlPlaneState, WorkloadRef } from '@mcp/mesh';
import { formatWorkloadRef, identityOf } from '@mcp/mesh';
import type { Endpoint, PodGroupView, PolicyIndex, WorkloadView } from '@mcp/policy';
import type { GraphEntityOf, GraphProblem, WorkloadNode, WorkloadPort } from '../entity.js';
import { coverage } from './coverage.js';
import { portPolicies } from './port-policy.js';
import type { RunningWorkload } from './running-workloads.js';

export function workloadEntity(
  { view, readyPods, members: { hasController } }: RunningWorkload,
  services: readonly string[],
  controlPlane: ControlPlaneState | undefined,
  policies: PolicyIndex,
): GraphEntityOf<'Workload'> {
  const { ref, groups, shapelessPods } = view;
  const pods = count(groups) + shapelessPods;
  const meshed = groups.filter(({ endpoint }) => endpoint.meshed);
  const meshedPods = count(meshed);
  const governedPods = count(groups.filter(({ endpoint }) => endpoint.governed));
  const value: WorkloadNode = {
    ref,
    hasController,
    pods,
    readyPods,
    meshedPods,
    governedPods,
    meshed: coverage(meshedPods, pods),
    governed: coverage(governedPods, pods),
    serviceAccounts: sorted(
      groups.flatMap(({ endpoint: { runsAs } }) =>
        'serviceAccount' in runsAs ? [runsAs.serviceAccount] : [],
      ),
    ),
    identities: sorted(meshed.flatMap(({ endpoint }) => identitiesOf(endpoint, ref.namespace, controlPlane))),
    ports: portsOf(ref, groups, policies),
    services: sorted(services),
    problems: problemsOf(view, pods),
  };
  return { kind: 'Workload', key: `Workload/${formatWorkloadRef(ref)}`, namespaces: [ref.namespace], value };
}

function identitiesOf(
  { runsAs }: Endpoint,
  namespace: string,
  controlPlane: ControlPlaneState | undefined,
): readonly string[] {
  if ('identity' in runsAs) return [runsAs.identity];
  const { trustDomain, controlPlaneNamespace } = controlPlane ?? {};
  if (trustDomain === undefined || controlPlaneNamespace === undefined) return [];
  return [identityOf({ namespace, name: runsAs.serviceAccount }, { trustDomain, controlPlaneNamespace })];
}

function portsOf(
  workload: WorkloadRef,
  groups: readonly PodGroupView[],
  policies: PolicyIndex,
): readonly WorkloadPort[] {
  const byNumber = new Map<string, DeclaredPort>();
  for (const { endpoint } of groups)
    for (const { number, protocol, name } of endpoint.ports) {
      const key = `${number}/${protocol}`;
      const port: DeclaredPort = byNumber.get(key) ?? { number, protocol, names: [], endpoints: [] };
      byNumber.set(key, port);
      port.endpoints.push(endpoint);
      if (name !== undefined) port.names.push(name);
    }
  return [...byNumber.values()]
    .sort((a, b) => a.number - b.number || (a.protocol < b.protocol ? -1 : 1))
    .map(({ number, protocol, names, endpoints }) => ({
      number,
      protocol,
      names: sorted(names),
      policies: portPolicies(policies, workload, endpoints, { number, protocol }),
    }));
}

interface DeclaredPort {
  readonly number: number;
  readonly protocol: string;
  readonly names: string[];
  readonly endpoints: Endpoint[];
}

function problemsOf({ groups, shapelessPods }: WorkloadView, pods: number): readonly GraphProblem[] {
  const problem = (code: GraphProblem['code'], having: number, what: string): readonly GraphProblem[] =>
    having === 0 ? [] : [{ code, field: '', message: `${having} of ${pods} pods ${what}` }];
  return [
    ...problem(
      'MESHED_NOT_GOVERNED',
      count(groups.filter(({ endpoint }) => endpoint.meshed && !endpoint.governed)),
      'have the proxy and are not known to the policy controller',
    ),
    ...problem(
      'GOVERNED_NOT_MESHED',
      count(groups.filter(({ endpoint }) => endpoint.governed && !endpoint.meshed)),
      'are known to the policy controller and have no proxy that could enforce policy',
    ),
    ...problem('POD_SHAPE_UNKNOWN', shapelessPods, 'are of a shape that the log does not have'),
  ];
}

function count(groups: readonly PodGroupView[]): number {
  return groups.reduce((sum, group) => sum + group.pods.length, 0);
}

function sorted(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].sort();
}
