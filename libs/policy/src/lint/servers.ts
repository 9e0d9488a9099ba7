import type { LabelExpression, LabelSelector, ObjectStates } from '@mcp/mesh';
import { formatWorkloadRef } from '@mcp/mesh';
import type { Authorization } from '../authorizations/authorization.js';
import { boundaryOf } from '../ports/boundary.js';
import type { PortPolicy } from '../ports/port-policy.js';
import { isInvalid } from '../ports/port-policy.js';
import type { AuthorizationRef, Boundary } from '../verdict.js';
import { enumeration } from './enumeration.js';
import type { Finding, FindingSubject } from './finding.js';
import { finding, ofObject } from './finding.js';
import type { LintedNamespace } from './linted-namespace.js';
import type { PlacedEndpoint, PlacedPort } from './server-reach.js';

type Server = ObjectStates['Server'];

export function* lintServers(namespace: LintedNamespace): Iterable<Finding> {
  for (const authorization of namespace.objects('ServerAuthorization')) {
    const { selector } = authorization.spec.server;
    if (selector !== undefined)
      yield* illegalExpressions(
        ofObject('ServerAuthorization', authorization),
        'spec.server.selector',
        selector,
      );
  }
  for (const server of namespace.objects('Server')) {
    yield* selection(namespace, server);
    yield* portName(namespace, server);
    if (!namespace.knows('Server')) continue;
    yield* overruled(namespace, server);
    yield* whereNothingIsEnforced(namespace, server);
    const policy = namespace.policyOf(server);
    if (policy !== undefined) yield* addingNothing(namespace, server, policy);
  }
}

function* selection(namespace: LintedNamespace, server: Server): Iterable<Finding> {
  const { selects, selector } = server.spec;
  const about = ofObject('Server', server);
  const [field, what] =
    selects === 'pods'
      ? (['spec.podSelector', 'pod'] as const)
      : (['spec.externalWorkloadSelector', 'external workload'] as const);
  const illegal = [...illegalExpressions(about, field, selector)];
  yield* illegal;
  if (illegal.length === 0 && namespace.reachOf(server) === undefined && namespace.knowsEndpointsFor(server))
    yield finding('LNK101', about, field, `no ${what} of namespace ${namespace.name} has these labels`);
}

function* illegalExpressions(
  about: FindingSubject,
  field: string,
  { matchExpressions }: LabelSelector,
): Iterable<Finding> {
  for (const [index, expression] of matchExpressions.entries()) {
    const why = neverHolds(expression);
    if (why !== undefined)
      yield finding('LNK102', about, `${field}.matchExpressions[${index}]`, `${expression.operator} ${why}`);
  }
}

function neverHolds({ operator, values }: LabelExpression): string | undefined {
  switch (operator) {
    case 'In':
      return values === undefined || values.length === 0 ? 'has no values' : undefined;
    case 'NotIn':
      return values === undefined ? 'has no values' : undefined;
    case 'Exists':
    case 'DoesNotExist':
      return values === undefined ? undefined : 'has a list of values';
  }
}

function* portName(namespace: LintedNamespace, server: Server): Iterable<Finding> {
  const { port } = server.spec;
  if (typeof port === 'number') return;
  const selected = namespace.reachOf(server)?.selected ?? [];
  const declared = selected.flatMap(({ endpoint }) => endpoint.ports).filter(({ name }) => name === port);
  if (declared.some(({ protocol }) => protocol === 'TCP')) return;
  const about = ofObject('Server', server);
  if (/^\d+$/.test(port))
    yield finding('LNK104', about, 'spec.port', `"${port}" is the name of a port, which no port has`);
  else if (selected.length > 0 && namespace.knowsEndpointsFor(server))
    yield finding(
      'LNK103',
      about,
      'spec.port',
      declared.length > 0
        ? `port ${port} is declared, and not for TCP`
        : `no port named ${port} is declared by ${workloads(selected)}`,
    );
}

function* overruled(namespace: LintedNamespace, server: Server): Iterable<Finding> {
  for (const [winner, ports] of namespace.reachOf(server)?.overruled ?? [])
    yield overruledBy(winner, server, ports);
}

export function overruledBy(winner: Server, server: Server, ports: readonly PlacedPort[]): Finding {
  return finding(
    'LNK105',
    ofObject('Server', server),
    'spec.port',
    `Server ${winner.name} governs ${portsInWords(ports)}, since it ${winner.createdAt < server.createdAt ? 'is older' : 'is as old and its name comes first'}`,
  );
}

function* whereNothingIsEnforced(namespace: LintedNamespace, server: Server): Iterable<Finding> {
  const outside = new Map<Boundary, PlacedPort[]>();
  for (const at of namespace.reachOf(server)?.governs ?? []) {
    const boundary = boundaryOf(at.endpoint, at.port, { kind: 'any' });
    if (typeof boundary !== 'string') continue;
    const ports = outside.get(boundary);
    if (ports === undefined) outside.set(boundary, [at]);
    else ports.push(at);
  }
  for (const [boundary, ports] of outside) yield notEnforcedOn(server, boundary, ports);
}

export function notEnforcedOn(server: Server, boundary: Boundary, ports: readonly PlacedPort[]): Finding {
  const about = ofObject('Server', server);
  switch (boundary) {
    case 'not-meshed':
      return finding('LNK107', about, '', `${workloads(ports)}: pods without the proxy`);
    case 'not-governed':
      return finding(
        'LNK107',
        about,
        '',
        `${workloads(ports)}: pods that the policy controller does not know`,
      );
    case 'port-bypasses-proxy':
      return finding('LNK106', about, 'spec.port', `${portsInWords(ports)}: the port bypasses the proxy`);
    case 'not-tcp':
      return finding('LNK106', about, 'spec.port', `${portsInWords(ports)}: declared, and not for TCP`);
  }
}

/** `policy`: of a port that the Server governs. A policy for the whole namespace may be needed for other Servers. */
export function* addingNothing(
  namespace: LintedNamespace,
  server: Server,
  policy: PortPolicy,
): Iterable<Finding> {
  if (isInvalid(policy)) return;
  const open = policy.authorizations.filter(admitsEveryone);
  if (open.length === 0) return;
  const ofServer = namespace.policies.policiesFor({ kind: 'Server', name: server.name });
  const others = [
    ...policy.authorizations.filter(
      (authorization) =>
        !open.includes(authorization) &&
        (authorization.ref.kind === 'ServerAuthorization' ||
          ofServer.some(({ name }) => name === authorization.ref.name)),
    ),
    ...policy.routes
      .filter(({ ref }) => ref.kind !== 'default')
      .flatMap(({ authorizations }) => authorizations),
  ];
  if (others.length === 0) return;
  yield finding(
    'LNK108',
    ofObject('Server', server),
    open.some(({ ref }) => ref.kind === 'default') ? 'spec.accessPolicy' : '',
    `everyone is admitted by ${refs(open)}; ${refs(others)} ${others.length === 1 ? 'adds' : 'add'} nothing`,
  );
}

/** Audit admits everyone too, and is there to see what the others would refuse. */
function admitsEveryone({ ref, networks, authentication, outdated }: Authorization): boolean {
  return (
    !(ref.kind === 'default' && ref.name === 'audit') &&
    networks?.everyAddress === true &&
    authentication.kind === 'none' &&
    outdated === undefined
  );
}

function refs(authorizations: readonly Authorization[]): string {
  return enumeration(authorizations.map(({ ref }) => refInWords(ref)));
}

function refInWords(ref: AuthorizationRef): string {
  return ref.kind === 'default' ? `accessPolicy ${ref.name}` : `${ref.kind} ${ref.name}`;
}

function workloads(placed: readonly PlacedEndpoint[]): string {
  return enumeration(placed.map(({ workload }) => formatWorkloadRef(workload)));
}

function portsInWords(ports: readonly PlacedPort[]): string {
  return enumeration(ports.map(({ port, workload }) => `port ${port} of ${formatWorkloadRef(workload)}`));
}
