export * from './access.js';
export type { AddressRange } from './address-classes.js';
export * from './affected-namespaces.js';
export * from './authorization-compiler.js';
export * from './authorization.js';
export * from './boundary.js';
export * from './client-seen.js';
export * from './computed-statuses.js';
export * from './decide.js';
export * from './default-policy.js';
export * from './egress-network-status.js';
export * from './explain.js';
export type { Finding, FindingSubject } from './lint/finding.js';
export { lint } from './lint/lint.js';
export { lintRules, type LintCode, type LintRule, type Severity } from './lint/lint-rules.js';
export * from './mesh-identities.js';
export * from './namespace-policies.js';
export * from './network.js';
export * from './policy-index.js';
export * from './port-policy.js';
export * from './question.js';
export * from './rate-limit-status.js';
export * from './reach-answer.js';
export * from './reachability.js';
export * from './required-authentications.js';
export * from './route-attachment.js';
export * from './route-status.js';
export * from './route-table.js';
export * from './service-target.js';
export { isIdentity } from './validate/identity.js';
export { validate } from './validate/validate.js';
export {
  noteMeanings,
  type NoteCode,
  type ViolationCode,
  violationRules,
} from './validate/violation-rules.js';
export type { NotJudged, Note, Validation, Violation } from './validate/violation.js';
export * from './target-ports.js';
export * from './verdict.js';
export * from './view.js';
export * from './what-if.js';
export * from './with-computed-statuses.js';
export type { AcceptedReason, Named, ResolvedReason, StatusCondition } from './status-condition.js';
