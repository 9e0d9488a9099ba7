import { refersTo } from '@mcp/mesh';
import { groupText, kindText, nameText } from './forms.js';
import type { ObjectSchema, Schema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import { quoted } from './violation.js';

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
