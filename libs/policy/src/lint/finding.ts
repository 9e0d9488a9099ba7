import type { PolicyKind, ResourceKey, WorkloadRef } from '@mcp/mesh';
import { formatResourceKey, formatWorkloadRef } from '@mcp/mesh';
import type { LintCode, Severity } from './lint-rules.js';
import { lintRules } from './lint-rules.js';

/** Something in the mesh that does not do what it seems to do. */
export interface Finding {
  /** Stable; what it stands for is in `lintRules`. */
  readonly code: LintCode;
  readonly severity: Severity;
  readonly about: FindingSubject;
  /** Dotted path within the object; empty where it is the whole of it. */
  readonly field: string;
  /** What is the case, naming all that has a part in it. */
  readonly message: string;
  /** What to do about it. */
  readonly advice: string;
}

/** What has to change. A workload stands for its pods and for whatever makes them. */
export type FindingSubject =
  | { readonly kind: 'object'; readonly key: ResourceKey }
  | { readonly kind: 'workload'; readonly ref: WorkloadRef };

export function finding(code: LintCode, about: FindingSubject, field: string, message: string): Finding {
  const { severity, advice } = lintRules[code];
  return { code, severity, about, field, message, advice };
}

export function ofObject(
  kind: PolicyKind | 'Namespace',
  { namespace, name }: { readonly namespace: string; readonly name: string },
): FindingSubject {
  return { kind: 'object', key: { kind, namespace, name } };
}

export function ofWorkload(ref: WorkloadRef): FindingSubject {
  return { kind: 'workload', ref };
}

/** Each finding once, by code, by what it is about, and by field. */
export function inOrder(findings: Iterable<Finding>): readonly Finding[] {
  const byKey = new Map<string, Finding>();
  for (const found of findings) byKey.set(sortKey(found), found);
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
}

function sortKey({ code, about, field, message }: Finding): string {
  const subject = about.kind === 'object' ? formatResourceKey(about.key) : formatWorkloadRef(about.ref);
  return [code, subject, field, message].join('\n');
}
