import type { LabelSelector, Server } from './kubernetes-objects.js';
import type { Workload, World } from './world.js';
import { compareAge, namespaceOf, ofKind } from './world.js';

type Expression = NonNullable<LabelSelector['matchExpressions']>[number];

/** In and NotIn need values, Exists and DoesNotExist must have none: else the expression matches nothing. */
function expressionMatches(world: World, expression: Expression, value: string | undefined): boolean {
  const { operator, values } = expression;
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues !== (values !== undefined)) {
    world.touched('selector-illegal');
    return false;
  }
  switch (operator) {
    case 'In':
      world.touched('selector-in');
      return value !== undefined && values!.includes(value);
    case 'NotIn':
      world.touched(value === undefined ? 'selector-not-in-absent' : 'selector-not-in');
      return value === undefined || !values!.includes(value);
    case 'Exists':
      world.touched('selector-exists');
      return value !== undefined;
    case 'DoesNotExist':
      world.touched('selector-does-not-exist');
      return value === undefined;
    default:
      return false;
  }
}

/** Every label and every expression must match; an empty selector matches everything. */
export function selects(
  world: World,
  selector: LabelSelector,
  labels: Readonly<Record<string, string>> = {},
): boolean {
  const matchLabels = Object.entries(selector.matchLabels ?? {});
  const matchExpressions = selector.matchExpressions ?? [];
  if (matchLabels.length > 0) world.touched('selector-labels');
  if (matchLabels.length + matchExpressions.length === 0) world.touched('selector-empty');
  return (
    matchLabels.every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => expressionMatches(world, expression, labels[expression.key]))
  );
}

/** The selector of the Server is of the kind of the workload, and matches its labels. */
function selectsWorkload(world: World, server: Server, workload: Workload): boolean {
  const { podSelector, externalWorkloadSelector } = server.spec;
  const selector = workload.kind === 'Pod' ? podSelector : externalWorkloadSelector;
  if (selector === undefined) {
    world.touched('server-selector-kind');
    return false;
  }
  return selects(world, selector, workload.metadata.labels);
}

interface DeclaredPort {
  readonly name: string | undefined;
  readonly port: number;
  readonly tcp: boolean;
  readonly init: boolean;
}

/** The ports of all containers and init containers, or of the external workload. */
export function declaredPorts(workload: Workload): DeclaredPort[] {
  if (workload.kind === 'ExternalWorkload') {
    return (workload.spec.ports ?? []).map(({ name, port, protocol }) => ({
      name,
      port,
      tcp: (protocol ?? 'TCP') === 'TCP',
      init: false,
    }));
  }
  const { containers, initContainers = [] } = workload.spec;
  return [...containers, ...initContainers].flatMap((container) =>
    (container.ports ?? []).map(({ name, containerPort, protocol }) => ({
      name,
      port: containerPort,
      tcp: (protocol ?? 'TCP') === 'TCP',
      init: initContainers.includes(container),
    })),
  );
}

/** A number selects that port. A string is a name, looked up among the declared TCP ports. */
function selectsPort(world: World, server: Server, workload: Workload, port: number): boolean {
  const wanted = server.spec.port;
  if (typeof wanted === 'number') {
    if (wanted === port) world.touched('server-port-number');
    return wanted === port;
  }
  if (/^[0-9]+$/.test(wanted)) world.touched('server-port-numeric-name');
  const named = declaredPorts(workload).filter(({ name }) => name === wanted);
  if (named.some((declared) => !declared.tcp && declared.port === port))
    world.touched('server-port-name-udp');
  const open = named.filter(({ tcp }) => tcp);
  if (new Set(open.map((declared) => declared.port)).size > 1) world.touched('server-port-several-numbers');
  const selected = open.filter((declared) => declared.port === port);
  if (selected.length > 0) world.touched('server-port-name');
  if (selected.length > 0 && selected.every(({ init }) => init)) world.touched('server-port-init-container');
  return selected.length > 0;
}

/** Of the Servers of the namespace that select the workload and the port, the oldest, then the first by name. */
export function serverOf(world: World, workload: Workload, port: number): Server | undefined {
  const candidates: Server[] = [];
  for (const server of ofKind(world, 'Server')) {
    if (namespaceOf(server) !== namespaceOf(workload)) {
      world.touched('server-namespace');
      continue;
    }
    if (selectsWorkload(world, server, workload) && selectsPort(world, server, workload, port)) {
      candidates.push(server);
    }
  }
  const [winner, second] = candidates.sort(compareAge);
  if (winner !== undefined && second !== undefined) {
    const sameAge = winner.metadata.creationTimestamp === second.metadata.creationTimestamp;
    world.touched(sameAge ? 'server-first-name-wins' : 'server-oldest-wins');
  }
  if (winner !== undefined && workload.kind === 'ExternalWorkload') world.touched('server-external-workload');
  return winner;
}
