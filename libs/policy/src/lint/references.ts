import type { ObjectReference, ObjectStates } from '@mcp/mesh';
import { refersTo, selects } from '@mcp/mesh';
import { targetOf } from '../authorizations/authorization-target.js';
import { gatewayGroup, policyGroup } from '../names.js';
import { authenticationKind } from '../authorizations/required-authentications.js';
import { isServerParent } from '../routes/route-attachment.js';
import type { RouteKind } from '../verdict.js';
import { doubtsAbout } from '../ports/doubts.js';
import type { Finding, FindingSubject } from './finding.js';
import { finding, ofObject } from './finding.js';
import type { LintedNamespace } from './linted-namespace.js';

/** References that lead to nothing, or not to what they seem to. */
export function* lintReferences(namespace: LintedNamespace): Iterable<Finding> {
  for (const policy of namespace.objects('AuthorizationPolicy')) {
    yield* target(namespace, policy);
    yield* missingAuthentications(namespace, policy);
  }
  for (const authentication of namespace.objects('MeshTLSAuthentication'))
    yield* clients(
      namespace,
      ofObject('MeshTLSAuthentication', authentication),
      'spec.identityRefs',
      authentication.spec.identityRefs,
    );
  for (const authorization of namespace.objects('ServerAuthorization')) {
    yield* serversOf(namespace, authorization);
    yield* clients(
      namespace,
      ofObject('ServerAuthorization', authorization),
      'spec.client.meshTLS.serviceAccounts',
      (authorization.spec.client.meshTLS?.serviceAccounts ?? []).map((account) => ({
        group: '',
        kind: 'ServiceAccount',
        ...account,
      })),
    );
  }
  for (const limit of namespace.objects('HTTPLocalRateLimitPolicy')) {
    const about = ofObject('HTTPLocalRateLimitPolicy', limit);
    const { targetRef, overrides } = limit.spec;
    if (refersTo(targetRef, policyGroup, 'Server') && lacksServer(namespace, targetRef.name))
      yield finding('LNK207', about, 'spec.targetRef.name', noServer(namespace, targetRef.name));
    for (const [index, { clientRefs }] of overrides.entries())
      yield* clients(namespace, about, `spec.overrides[${index}].clientRefs`, clientRefs);
  }
  yield* parents(namespace);
}

function* target(namespace: LintedNamespace, policy: ObjectStates['AuthorizationPolicy']): Iterable<Finding> {
  const about = ofObject('AuthorizationPolicy', policy);
  const target = targetOf(policy.spec);
  const { name, group } = policy.spec.targetRef;
  switch (target?.kind) {
    case undefined:
      return;
    case 'Server':
      if (lacksServer(namespace, name))
        yield finding('LNK201', about, 'spec.targetRef.name', noServer(namespace, name));
      return;
    case 'Namespace':
      if (name !== namespace.name)
        yield finding(
          'LNK209',
          about,
          'spec.targetRef.name',
          `it applies to namespace ${namespace.name}, not to ${name}`,
        );
      return;
    case 'HTTPRoute':
    case 'GatewayHTTPRoute':
    case 'GRPCRoute': {
      if (!namespace.knows(target.kind) || hasRoute(namespace, target.kind, target.name)) return;
      const otherKind = otherGroup[target.kind];
      const hint =
        otherKind !== undefined && hasRoute(namespace, otherKind, target.name)
          ? '; there is one of that name in the other group'
          : '';
      const what = `${target.kind === 'GRPCRoute' ? 'GRPCRoute' : 'HTTPRoute'} ${name} of group ${group}`;
      yield finding(
        'LNK202',
        about,
        'spec.targetRef.name',
        `there is no ${what} in namespace ${namespace.name}${hint}`,
      );
    }
  }
}

const otherGroup: { readonly [K in RouteKind]?: RouteKind } = {
  HTTPRoute: 'GatewayHTTPRoute',
  GatewayHTTPRoute: 'HTTPRoute',
};

function hasRoute(namespace: LintedNamespace, kind: RouteKind, lowerCaseName: string): boolean {
  return namespace.routesNamed(kind, lowerCaseName).length > 0;
}

export function* missingAuthentications(
  { index, name: own }: LintedNamespace,
  policy: ObjectStates['AuthorizationPolicy'],
): Iterable<Finding> {
  const about = ofObject('AuthorizationPolicy', policy);
  for (const [at, ref] of policy.spec.requiredAuthenticationRefs.entries()) {
    const kind = authenticationKind(ref);
    const home = ref.namespace ?? own;
    if (kind === undefined || kind === 'ServiceAccount') continue;
    if (
      doubtsAbout(index.view, kind, home, ref.name).length === 0 &&
      index.policiesOf(home)?.authentication(kind, ref.name) === undefined
    )
      yield finding(
        'LNK203',
        about,
        `spec.requiredAuthenticationRefs[${at}]`,
        `there is no ${kind} ${home}/${ref.name}, so that the whole policy is ignored`,
      );
  }
}

/** Service accounts and namespaces that stand for clients. */
function* clients(
  { mesh, name: own }: LintedNamespace,
  about: FindingSubject,
  field: string,
  references: readonly ObjectReference[],
): Iterable<Finding> {
  for (const [at, ref] of references.entries()) {
    const home = ref.namespace ?? own;
    if (refersTo(ref, '', 'ServiceAccount') && mesh.hasServiceAccount(home, ref.name) === false)
      yield finding('LNK204', about, `${field}[${at}]`, `there is no service account ${home}/${ref.name}`);
    if (refersTo(ref, '', 'Namespace') && mesh.hasNamespace(ref.name) === false)
      yield finding('LNK204', about, `${field}[${at}]`, `there is no namespace ${ref.name}`);
  }
}

function* serversOf(
  namespace: LintedNamespace,
  authorization: ObjectStates['ServerAuthorization'],
): Iterable<Finding> {
  const about = ofObject('ServerAuthorization', authorization);
  const { name, selector } = authorization.spec.server;
  if (name !== undefined) {
    if (lacksServer(namespace, name))
      yield finding('LNK205', about, 'spec.server.name', noServer(namespace, name));
  } else if (
    selector !== undefined &&
    namespace.knows('Server') &&
    !namespace.objects('Server').some(({ labels }) => selects(selector, labels))
  )
    yield finding(
      'LNK206',
      about,
      'spec.server.selector',
      `no Server of namespace ${namespace.name} has these labels`,
    );
}

function* parents(namespace: LintedNamespace): Iterable<Finding> {
  for (const { kind, state } of namespace.routes()) {
    const about = ofObject(kind, state);
    for (const [at, parent] of state.spec.parentRefs.entries()) {
      const field = `spec.parentRefs[${at}]`;
      const isOwn = parent.namespace === undefined || parent.namespace === namespace.name;
      if (refersTo(parent, policyGroup, 'Gateway') || refersTo(parent, gatewayGroup, 'Server'))
        yield finding(
          'LNK210',
          about,
          field,
          `${parent.name} is taken for a ${parent.kind} of group ${parent.group}, which there is not`,
        );
      // one of another namespace drops the whole route, which is said of it
      else if (isServerParent(parent) && isOwn && lacksServer(namespace, parent.name))
        yield finding('LNK208', about, `${field}.name`, noServer(namespace, parent.name));
    }
  }
}

function lacksServer(namespace: LintedNamespace, name: string): boolean {
  return !namespace.servers.has(name) && namespace.knows('Server', name);
}

function noServer(namespace: LintedNamespace, name: string): string {
  return `there is no Server ${name} in namespace ${namespace.name}`;
}
