import type { PolicyIndex } from '../ports/policy-index.js';
import { lintAnnotations } from './annotations.js';
import { lintAuthentications } from './authentications.js';
import { lintAuthorizations } from './authorizations.js';
import type { Finding } from './finding.js';
import { inOrder } from './finding.js';
import { LintedNamespace } from './linted-namespace.js';
import { MeshFacts } from './mesh-facts.js';
import { lintProbes } from './probes.js';
import { lintRateLimits } from './rate-limits.js';
import { lintReferences } from './references.js';
import { lintRoutes } from './routes.js';
import { lintServers } from './servers.js';
import { lintUnreadable } from './unreadable.js';

const families: readonly ((namespace: LintedNamespace) => Iterable<Finding>)[] = [
  lintServers,
  lintReferences,
  lintAuthorizations,
  lintRoutes,
  lintProbes,
  lintAuthentications,
  lintAnnotations,
  lintRateLimits,
  lintUnreadable,
];

/**
 * What is wrong with the policy of all namespaces in scope, or of these. Namespace by namespace, each worked out when its first
 * finding is asked for, so that a caller can pause in between; within a namespace in a fixed order.
 *
 * Says only what is surely so: nothing that could be otherwise because of what is not live, not readable or not in scope.
 */
export function* lint(index: PolicyIndex, namespaces?: readonly string[]): Generator<Finding, void> {
  const mesh = new MeshFacts(index);
  const { scope } = index.view;
  for (const name of namespaces ?? [...index.view.namespaces.keys()].sort()) {
    const policies = index.policiesOf(name);
    if (policies === undefined || (scope !== 'all' && !scope.includes(name))) continue;
    const namespace = new LintedNamespace(index, mesh, policies);
    yield* inOrder(families.flatMap((family) => [...family(namespace)]));
  }
}
