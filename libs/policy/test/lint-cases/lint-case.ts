import type { PolicyKind } from '@mcp/mesh';
import type { Finding, FindingSubject } from '../../src/lint/finding.js';
import type { LintCode } from '../../src/lint/lint-rules.js';
import type { MeshView } from '../../src/view.js';

export { finding } from '../../src/lint/finding.js';

export interface LintCase {
  readonly rule: string;
  readonly view: MeshView;
  /** All that there is to find. */
  readonly findings: readonly Finding[];
  /** The codes that one could expect, and that it is right not to find. */
  readonly without?: readonly LintCode[];
}

/** In the namespace of most cases. */
export function of(kind: PolicyKind, name: string, namespace = 'shop'): FindingSubject {
  return { kind: 'object', key: { kind, namespace, name } };
}

export function ofNamespace(name: string): FindingSubject {
  return { kind: 'object', key: { kind: 'Namespace', namespace: '', name } };
}

export function ofDeployment(name: string): FindingSubject {
  return { kind: 'workload', ref: { namespace: 'shop', kind: 'Deployment', name } };
}
