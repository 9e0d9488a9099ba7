export type * from './view.js';
export type * from './question.js';
export type * from './verdict.js';
export { parseAddress, readCidr, type Address } from './matching/network.js';

// what governs a port
export { PolicyIndex } from './ports/policy-index.js';
export { isInvalid, type PortPolicy, type UnusedRoute } from './ports/port-policy.js';
export { boundaryOf } from './ports/boundary.js';
export type { Authorization } from './authorizations/authorization.js';

// may a client reach it, and why
export { evaluate, evaluateOne, type Decided, type SingleRequest, type Target } from './answers/decide.js';
export { evaluateAny, type Access, type AccessPart, type Reach } from './answers/access.js';
export { explain, type Candidate, type IgnoredPolicy, type Lack, type Reasons } from './answers/explain.js';
export type { ServedRoute } from './routes/route-table.js';
export { anyPodOf, clientSeen, type CallingEndpoint, type SeenClient } from './clients/client-seen.js';
export { identityHolders, identityHoldersIn } from './clients/identity-holders.js';
export { isRunAs } from './clients/service-account.js';
export { podsBehind, podsOf, servicePort, type ReachedPods } from './clients/service-target.js';

// who reaches what
export { reachability, whatCanReach, whoCanReach } from './reach/reachability.js';
export type * from './reach/reach-answer.js';

// what if
export { whatIf, whyNoWhatIf, type WhatIf, type WhatIfRefusal } from './what-if/what-if.js';
export {
  affectedNamespaces,
  policyKeyOf,
  type AppliedObject,
  type AppliedPolicyObject,
  type PolicyKey,
  type ViewChange,
} from './what-if/affected-namespaces.js';
export {
  Impact,
  type CallerImpact,
  type Effect,
  type ImpactDoubt,
  type OpenedPort,
} from './impact/impact.js';
export { safeOrder, type OrderedChange, type SafeOrder } from './impact/safe-order.js';
export type { KnownCaller } from './impact/known-caller.js';
export { Standing } from './impact/standing.js';

// the statuses that the policy controller writes
export { ComputedStatuses } from './statuses/computed-statuses.js';
export { egressNetworkStatus } from './statuses/egress-network-status.js';
export { RateLimitStatuses, type RateLimitReferences } from './statuses/rate-limit-status.js';
export { RouteStatuses, type RouteReferences, type StatusParent } from './statuses/route-status.js';
export type { Named, StatusCondition } from './statuses/status-condition.js';
export { withComputedStatuses } from './statuses/with-computed-statuses.js';

// what is wrong
export { lint } from './lint/lint.js';
export { portFindings } from './lint/port-findings.js';
export { lintRules, type LintCode, type Severity } from './lint/lint-rules.js';
export type { Finding, FindingSubject } from './lint/finding.js';
export { admission, validate, type Admission } from './validate/validate.js';
export type { UnknownField } from './validate/unknown-fields.js';
export type { NotJudged, Note, Validation, Violation } from './validate/violation.js';
export { violationRules } from './validate/violation-rules.js';
export { isIdentity } from './validate/identity.js';
export { isHeaderName, isHeaderValue } from './routes/header-syntax.js';
