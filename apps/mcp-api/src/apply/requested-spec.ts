import type { AuthorizationPolicySpec as SpecMessage, ObjectReference } from '@mcp/contracts';
import type { DesiredPresence } from '@mcp/events';
import { invalidRequest } from '@mcp/grpc';
import { readRequestedSpec } from '@mcp/linkerd';
import type { Problem } from '@mcp/mesh';
import { ofFairSize } from './spec-size.js';

export interface RequestedSpec {
  readonly namespace: string;
  /** Empty: not given. */
  readonly jsonSpec: string;
  readonly spec: SpecMessage | undefined;
}

/** The spec that a request asks for, in either form. Fails with INVALID_REQUEST, naming every field that is wrong. */
export function requestedSpec({ namespace, jsonSpec, spec }: RequestedSpec): DesiredPresence['spec'] {
  if ((jsonSpec === '') === (spec === undefined)) {
    const description = 'exactly one of json_spec and spec must be given';
    throw invalidRequest([{ field: 'json_spec', description }]);
  }
  const read = readRequestedSpec(
    { kind: 'AuthorizationPolicy', namespace },
    spec === undefined ? parseJson(jsonSpec) : asManifest(spec),
  );
  if ('spec' in read) return ofFairSize(read.spec, spec === undefined ? 'json_spec' : 'spec');
  const field = spec === undefined ? inJson : fieldInMessage;
  throw invalidRequest(
    read.problems.map((problem) => ({ field: field(problem), description: problem.message })),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be parsed';
    throw invalidRequest([{ field: 'json_spec', description: `is not JSON: ${why}` }]);
  }
}

/** As the object's manifest has it: what is not set is left out. */
function asManifest({ targetRef, requiredAuthenticationRefs }: SpecMessage): unknown {
  return {
    ...(targetRef !== undefined && { targetRef: withoutEmpty(targetRef) }),
    requiredAuthenticationRefs: requiredAuthenticationRefs.map(withoutEmpty),
  };
}

function withoutEmpty(reference: ObjectReference): Partial<ObjectReference> {
  return Object.fromEntries(Object.entries(reference).filter(([, value]) => value !== ''));
}

/** `spec.targetRef.kind` stands in the text of `json_spec`. */
function inJson({ field }: Problem): string {
  return `json_${field}`;
}

/** `spec.targetRef.kind` is `spec.target_ref.kind` in a message. */
export function fieldInMessage({ field }: Problem): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
