import { refersTo } from '@mcp/mesh';
import { compileIdentityPatterns, isWildcard } from '../matching/identity-pattern.js';
import { enumeration } from './enumeration.js';
import type { Finding, FindingSubject } from './finding.js';
import { finding, ofObject } from './finding.js';
import type { LintedNamespace } from './linted-namespace.js';

/** Identities that an object admits: the patterns, and where each is written. */
interface Admitted {
  readonly about: FindingSubject;
  readonly patterns: readonly { readonly field: string; readonly pattern: string }[];
}

export function* lintAuthentications(namespace: LintedNamespace): Iterable<Finding> {
  for (const admitted of admittedIdentities(namespace)) {
    yield* spiffeClients(namespace, admitted);
    for (const { field, pattern } of admitted.patterns) {
      if (pattern.includes('*') && !isWildcard(pattern))
        yield finding('LNK502', admitted.about, field, `${pattern} stands only for itself`);
      yield* nobodysIdentity(namespace, admitted.about, field, pattern);
    }
  }
  for (const kind of ['MeshTLSAuthentication', 'NetworkAuthentication'] as const)
    for (const authentication of namespace.objects(kind))
      if (namespace.mesh.isRequired(kind, namespace.name, authentication.name) === false)
        yield finding('LNK504', ofObject(kind, authentication), '', 'no AuthorizationPolicy requires it');
}

function* admittedIdentities(namespace: LintedNamespace): Iterable<Admitted> {
  for (const authentication of namespace.objects('MeshTLSAuthentication')) {
    const { identities, identityRefs } = authentication.spec;
    yield {
      about: ofObject('MeshTLSAuthentication', authentication),
      patterns: [
        ...identities.map((pattern, at) => ({ field: `spec.identities[${at}]`, pattern })),
        ...identityRefs.flatMap((ref, at) => {
          const pattern = refersTo(ref, '', 'Namespace')
            ? namespace.index.identities.ofNamespace(ref.name)
            : undefined;
          return pattern === undefined ? [] : [{ field: `spec.identityRefs[${at}]`, pattern }];
        }),
      ],
    };
  }
  for (const authorization of namespace.objects('ServerAuthorization'))
    yield {
      about: ofObject('ServerAuthorization', authorization),
      patterns: (authorization.spec.client.meshTLS?.identities ?? []).map((pattern, at) => ({
        field: `spec.client.meshTLS.identities[${at}]`,
        pattern,
      })),
    };
  for (const server of namespace.objects('Server')) {
    const { accessPolicy } = server.spec;
    if (accessPolicy === 'all-authenticated' || accessPolicy === 'cluster-authenticated')
      yield {
        about: ofObject('Server', server),
        patterns: [{ field: 'spec.accessPolicy', pattern: '*' }],
      };
  }
}

/** A wildcard seems to mean the clients of a namespace where it admits a service account of it. */
function* spiffeClients({ index, mesh }: LintedNamespace, { about, patterns }: Admitted): Iterable<Finding> {
  const all = compileIdentityPatterns(patterns.map(({ pattern }) => pattern));
  for (const { field, pattern } of patterns) {
    if (!isWildcard(pattern)) continue;
    const wildcard = compileIdentityPatterns([pattern]);
    const left: string[] = [];
    for (const [home, clients] of mesh.spiffeClients) {
      const neighbour = index.identities.ofServiceAccount(home, 'any');
      if (pattern !== '*' && (neighbour === undefined || !wildcard.matches(neighbour))) continue;
      left.push(
        ...clients
          .filter(({ identity }) => !all.matches(identity))
          .map(({ namespace, name }) => `${namespace}/${name}`),
      );
    }
    if (left.length > 0)
      yield finding(
        'LNK501',
        about,
        field,
        `${pattern} does not admit the external ${left.length === 1 ? 'workload' : 'workloads'} ${enumeration(left)}`,
      );
  }
}

const form = '.serviceaccount.identity.';

function* nobodysIdentity(
  { index, mesh }: LintedNamespace,
  about: FindingSubject,
  field: string,
  pattern: string,
): Iterable<Finding> {
  const at = pattern.indexOf(form);
  if (at < 0 || pattern.includes('*')) return;
  const account = pattern.slice(0, at);
  const dot = account.lastIndexOf('.');
  const name = account.slice(0, dot);
  const home = account.slice(dot + 1);
  const identity = index.identities.ofServiceAccount(home, name);
  if (identity === undefined) return;
  if (identity !== pattern)
    yield finding('LNK503', about, field, `${pattern} is not of this mesh, where it would be ${identity}`);
  else if (mesh.hasServiceAccount(home, name) === false)
    yield finding('LNK503', about, field, `there is no service account ${home}/${name}`);
}
