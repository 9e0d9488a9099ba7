import type { ObjectStates } from '@mcp/mesh';
import { formatWorkloadRef } from '@mcp/mesh';
import { targetOf } from '../authorizations/authorization-target.js';
import { boundaryOf } from '../ports/boundary.js';
import { enumeration } from './enumeration.js';
import type { Finding } from './finding.js';
import { finding, ofObject } from './finding.js';
import type { LintedNamespace } from './linted-namespace.js';
import { unusedInWords } from './routes.js';

export function* lintAuthorizations(namespace: LintedNamespace): Iterable<Finding> {
  const uncovered = [...portsWithoutServer(namespace)];
  for (const policy of namespace.objects('AuthorizationPolicy')) {
    yield* whoPolicyAdmits(namespace, policy);
    yield* withoutEffect(namespace, policy, uncovered);
  }
  for (const authorization of namespace.objects('ServerAuthorization'))
    yield* whoServerAuthorizationAdmits(namespace, authorization);
  yield* serverAuthorizationsOfIdleServers(namespace);
}

export function* whoPolicyAdmits(
  { index }: LintedNamespace,
  policy: ObjectStates['AuthorizationPolicy'],
): Iterable<Finding> {
  const about = ofObject('AuthorizationPolicy', policy);
  const compiled = index.compiledPolicy(policy);
  // a missing authentication is said of the reference
  if ('ignored' in compiled && compiled.ignored.code !== 'AUTHENTICATION_MISSING')
    yield finding('LNK301', about, '', compiled.ignored.message);
  if (policy.spec.requiredAuthenticationRefs.length === 0)
    yield finding('LNK302', about, 'spec.requiredAuthenticationRefs', 'it requires no authentication');
}

export function* whoServerAuthorizationAdmits(
  { index }: LintedNamespace,
  authorization: ObjectStates['ServerAuthorization'],
): Iterable<Finding> {
  const about = ofObject('ServerAuthorization', authorization);
  const compiled = index.compiledServerAuthorization(authorization);
  if ('ignored' in compiled) yield finding('LNK301', about, '', compiled.ignored.message);
  else if (authorization.spec.client.networks.length === 0)
    yield finding('LNK306', about, 'spec.client.networks', 'it lists no networks');
}

function* withoutEffect(
  namespace: LintedNamespace,
  policy: ObjectStates['AuthorizationPolicy'],
  uncovered: readonly string[],
): Iterable<Finding> {
  const about = ofObject('AuthorizationPolicy', policy);
  const target = targetOf(policy.spec);
  switch (target?.kind) {
    case undefined:
      return;
    case 'Server': {
      const server = namespace.servers.get(target.name);
      if (server !== undefined && namespace.isIdle(server))
        yield finding('LNK305', about, 'spec.targetRef', `Server ${server.name} governs no port`);
      return;
    }
    case 'Namespace': {
      const servers = [...namespace.servers.values()];
      if (!namespace.knows('Server')) return;
      if (servers.length === 0)
        yield finding('LNK303', about, 'spec.targetRef', `namespace ${namespace.name} has no Server`);
      else if (servers.every((server) => namespace.isIdle(server)))
        yield finding(
          'LNK305',
          about,
          'spec.targetRef',
          `no Server of namespace ${namespace.name} governs a port`,
        );
      else if (uncovered.length > 0)
        yield finding('LNK307', about, 'spec.targetRef', `no Server governs ${enumeration(uncovered)}`);
      return;
    }
    case 'HTTPRoute':
    case 'GatewayHTTPRoute':
    case 'GRPCRoute':
      if (namespace.knows('Server'))
        for (const route of namespace.routesNamed(target.kind, target.name)) {
          const why = unusedInWords(namespace, route);
          if (why !== undefined) yield finding('LNK304', about, 'spec.targetRef', why);
        }
  }
}

/** The container of Linkerd itself, whose ports need no Server. */
const proxyContainer = 'linkerd-proxy';

/** What the namespace's pods declare and no Server governs, in words. */
function* portsWithoutServer({ index, name, endpoints }: LintedNamespace): Iterable<string> {
  for (const { workload, endpoint } of endpoints)
    for (const { number, container } of endpoint.ports)
      if (
        container !== proxyContainer &&
        boundaryOf(endpoint, number, { kind: 'any' }) === undefined &&
        index.portPolicy(name, endpoint, number).object === undefined
      )
        yield `port ${number} of ${formatWorkloadRef(workload)}`;
}

function* serverAuthorizationsOfIdleServers(namespace: LintedNamespace): Iterable<Finding> {
  const applies = new Map<ObjectStates['ServerAuthorization'], boolean>();
  for (const server of namespace.servers.values())
    for (const authorization of namespace.policies.serverAuthorizationsFor(server))
      applies.set(authorization, (applies.get(authorization) ?? false) || !namespace.isIdle(server));
  for (const authorization of namespace.objects('ServerAuthorization'))
    if (applies.get(authorization) === false)
      yield finding(
        'LNK305',
        ofObject('ServerAuthorization', authorization),
        'spec.server',
        'no Server that it applies to governs a port',
      );
}
