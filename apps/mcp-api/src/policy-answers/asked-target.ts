import type { ServiceState, VisibleNamespaces, WorkloadRef } from '@mcp/mesh';
import { formatWorkloadRef } from '@mcp/mesh';
import { CallRefused, invalidRequest } from '@mcp/grpc';
import type { MeshView, PolicyIndex, ReachedPods } from '@mcp/policy';
import { podsBehind, podsOf, servicePort } from '@mcp/policy';
import { findService, findWorkload, mustSee } from './find-in-mesh.js';
import { type Goal, goalOf, outOfScopeGoal, perhapsSelectedGoal, shapelessGoal } from './goals.js';
import { notFound } from './not-found.js';

/** A target as a request has it; the formats are checked. */
export interface TargetFields {
  readonly workload?: WorkloadRef;
  readonly service?: { readonly namespace: string; readonly name: string };
  /** 0: none. */
  readonly port: number;
  /** Empty: none. */
  readonly portName: string;
}

export interface AskedTarget {
  /** For people. */
  readonly name: string;
  readonly goals: readonly Goal[];
  /** Pods that are meant and have no port of the name. */
  readonly notReached: readonly ReachedPods[];
}

/**
 * Where a call may end. Fails with INVALID_REQUEST where the request names not exactly one port of one target, where the mesh does not
 * have it, and with SERVICE_WITHOUT_SELECTOR. A workload has a port of a name where a pod of it declares one.
 */
export function askedTarget(index: PolicyIndex, target: TargetFields, field: string): AskedTarget {
  const { workload, service, port, portName } = target;
  const wrong = [
    ...((workload === undefined) === (service === undefined)
      ? [{ field, description: 'must be exactly one of workload and service' }]
      : []),
    ...((port === 0) === (portName === '')
      ? [{ field: `${field}.port`, description: 'exactly one of port and port_name must be set' }]
      : []),
  ];
  if (wrong.length > 0) throw invalidRequest(wrong);
  const asked = port === 0 ? portName : port;
  if (workload !== undefined) return ofWorkload(index, workload, asked, field);
  return ofService(index, service ?? { namespace: '', name: '' }, asked, field);
}

/** Fails as `mustSee` does where it is of a namespace that may not be seen. */
export function mustSeeTarget(
  view: MeshView,
  visible: VisibleNamespaces | undefined,
  { workload, service }: TargetFields,
): void {
  mustSee(view, visible, workload?.namespace, 'target.workload.namespace');
  mustSee(view, visible, service?.namespace, 'target.service.namespace');
}

function ofWorkload(
  { view }: PolicyIndex,
  ref: WorkloadRef,
  port: number | string,
  field: string,
): AskedTarget {
  const found = findWorkload(view, ref, `${field}.workload`);
  const number = typeof port === 'number' ? port : 0;
  if ('outOfScope' in found)
    return {
      name: nameOf(port, formatWorkloadRef(ref)),
      goals: [outOfScopeGoal(ref, number)],
      notReached: [],
    };
  const reached = podsOf(found, port);
  if (reached.length > 0 && found.shapelessPods === 0 && reached.every((pods) => pods.port === undefined))
    throw notFound(view, {
      code: 'WORKLOAD_PORT_NOT_FOUND',
      field: `${field}.port_name`,
      what: `TCP port of ${formatWorkloadRef(found.ref)} that is named ${port}`,
      kinds: ['Pod', 'ExternalWorkload'],
      others: portNamesOf(reached),
    });
  return {
    name: nameOf(port, formatWorkloadRef(found.ref)),
    goals: [
      ...goalsOf(reached, undefined),
      ...(found.shapelessPods === 0 ? [] : [shapelessGoal(found, number)]),
    ],
    notReached: reached.filter((pods) => pods.port === undefined),
  };
}

function ofService(
  { view }: PolicyIndex,
  ref: { readonly namespace: string; readonly name: string },
  asked: number | string,
  field: string,
): AskedTarget {
  const { namespace, name } = ref;
  const title = nameOf(asked, `Service ${namespace}/${name}`);
  const found = findService(view, ref, `${field}.service`);
  if ('outOfScope' in found) {
    const meant = { namespace, kind: 'Service', name };
    return {
      name: title,
      goals: [outOfScopeGoal(meant, typeof asked === 'number' ? asked : 0)],
      notReached: [],
    };
  }
  const { home, service } = found;
  mustLeadToPods(service, `${field}.service`);
  const port = servicePort(service, asked);
  if (port === undefined) throw noPort(view, service, asked, `${field}.${portField(asked)}`);
  const reached = podsBehind(home, service, port);
  return {
    name: title,
    goals: [
      ...goalsOf(reached, port.number),
      ...home.workloads
        .filter(({ shapelessPods }) => shapelessPods > 0)
        .map((workload) => perhapsSelectedGoal(workload, `${namespace}/${name}`)),
    ],
    notReached: reached.filter((pods) => pods.port === undefined),
  };
}

/** An ExternalName has no pods either, whatever its selector is. Ports are looked at later: such a Service need not have any. */
function mustLeadToPods(
  { namespace, name, type, externalName, selector }: ServiceState,
  field: string,
): void {
  const why =
    type === 'ExternalName'
      ? `is an ExternalName and leads out of the mesh${externalName === undefined ? '' : `, to ${externalName}`}`
      : Object.keys(selector ?? {}).length === 0
        ? 'has no selector: where it leads to is not known; ask about a workload'
        : undefined;
  if (why === undefined) return;
  const description = `Service ${namespace}/${name} ${why}`;
  throw new CallRefused('SERVICE_WITHOUT_SELECTOR', description, {
    facts: { subject: `Service/${namespace}/${name}` },
    violations: [{ field, description }],
  });
}

function noPort(
  view: MeshView,
  { namespace, name, ports }: ServiceState,
  asked: number | string,
  field: string,
): CallRefused {
  const of = `Service ${namespace}/${name}`;
  const other = ports.find(({ number, name: called }) => number === asked || called === asked);
  const missing = {
    code: 'SERVICE_PORT_NOT_FOUND',
    field,
    what: `TCP port of ${of} that is ${asked}`,
    kinds: ['Service'],
    others: ports
      .filter(({ protocol }) => protocol === 'TCP')
      .map(({ number, name: called }) => (called === undefined ? String(number) : `${number} (${called})`)),
  } as const;
  return other === undefined
    ? notFound(view, missing)
    : notFound(view, {
        ...missing,
        instead: `port ${asked} of ${of} is ${other.protocol}, which policy does not act on`,
      });
}

function portNamesOf(reached: readonly ReachedPods[]): readonly string[] {
  return reached.flatMap(({ group }) =>
    group.endpoint.ports.flatMap(({ name = '', protocol }) =>
      name === '' || protocol !== 'TCP' ? [] : [name],
    ),
  );
}

/** Where the request has it. */
function portField(asked: number | string): string {
  return typeof asked === 'number' ? 'port' : 'port_name';
}

function goalsOf(reached: readonly ReachedPods[], dialledPort: number | undefined): readonly Goal[] {
  return reached.flatMap((pods) =>
    pods.port === undefined ? [] : [goalOf(pods, pods.port, dialledPort ?? pods.port)],
  );
}

function nameOf(port: number | string, of: string): string {
  return `port ${port} of ${of}`;
}
