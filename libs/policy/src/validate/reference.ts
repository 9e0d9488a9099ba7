import { refersTo } from '@mcp/mesh';
import { groupText, kindText, nameText } from './forms.js';
import type { ObjectSchema, Schema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import { type Findings, quoted } from './violation.js';
import type { ViolationCode } from './violation-rules.js';

/** A kind that a reference may be to; no group is the core group. */
export interface ReferredKind {
  readonly group: string;
  readonly kind: string;
}

/** A reference to an object; `more` are its fields besides group, kind and name. */
export function referenceSchema(
  more: Readonly<Record<string, Schema>> = {},
  required: readonly string[] = ['kind', 'name'],
): ObjectSchema {
  return {
    type: 'object',
    required,
    fields: { group: groupText, kind: kindText, name: nameText, ...more },
  };
}

/** Undefined where the schema refused the kind, so that there is nothing more to say of it. */
export function referredKind(reference: SpecPart): ReferredKind | undefined {
  const kind = reference.text('kind');
  const group = reference.has('group') ? reference.text('group') : '';
  return kind === undefined || group === undefined ? undefined : { group, kind };
}

export function isOneOf(referred: ReferredKind, allowed: readonly ReferredKind[]): boolean {
  return allowed.some(({ group, kind }) => refersTo(referred, group, kind));
}

/** `Server.policy.linkerd.io`, or `Namespace`. */
export function describedKind({ group, kind }: ReferredKind): string {
  return group === '' ? kind : `${kind}.${group}`;
}

export function describedKinds(kinds: readonly ReferredKind[]): string {
  return kinds.map(describedKind).join(', ');
}

export function quotedKind(referred: ReferredKind): string {
  return quoted(describedKind(referred));
}

/** A reference to a kind that is none of the allowed ones: where only its group is left out, that is what is told. */
export function refuseKind(
  reference: SpecPart,
  referred: ReferredKind,
  allowed: readonly ReferredKind[],
  told: { readonly code: ViolationCode; readonly message: string },
  findings: Findings,
): void {
  const groups = allowed
    .filter(({ group, kind }) => refersTo({ group, kind: referred.kind }, group, kind))
    .map(({ group }) => group);
  if (referred.group !== '' || groups.length === 0) {
    findings.webhook(told.code, reference.at('kind'), told.message);
    return;
  }
  const message = `group ${groups.join(' or ')} is missing beside kind ${quoted(referred.kind)}`;
  findings.webhook(told.code, reference.at('group'), message);
}
