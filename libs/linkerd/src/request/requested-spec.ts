import type { ManagedKind } from '@mcp/events';
import type { Problem } from '@mcp/mesh';
import { admission } from '@mcp/policy';
import { managedObjects, type ManagedSpec } from '../managed-objects.js';
import { unmodelledFields } from '../unmodelled-fields.js';
import { checkName, checkNamespaceName } from './object-name.js';

export type SpecRequest = { readonly spec: ManagedSpec } | { readonly problems: readonly Problem[] };

/** Of the object that a spec is for. */
export interface RequestedObject {
  readonly kind: ManagedKind;
  readonly namespace: string;
  /** The version that the spec is written in; absent: the one that we write. */
  readonly version?: string;
}

/** Enough to see what is wrong, not as many as a large request can hold. */
const mostProblems = 20;

/**
 * Reads the spec that someone asks for: strictly, with every problem that admission would refuse it for, and with each field that would be
 * lost, because its schema does not know it or because we do not. Names must be ones that an object can have. What is written of the
 * spec that comes out is, with its defaults, what was asked for.
 *
 * The codes are those of admission's violations and of names, `UNKNOWN_FIELD`, and `FIELD_NOT_MODELLED`.
 */
export function readRequestedSpec(object: RequestedObject, json: unknown): SpecRequest {
  const { group, objectKind, version, parse, render } = managedObjects(object.kind);
  const manifest = {
    apiVersion: `${group}/${object.version ?? version}`,
    kind: objectKind,
    // the name is judged where the request says it
    metadata: { namespace: object.namespace, generateName: 'requested-' },
    spec: json,
  };
  const { validation, spec, unknownFields } = admission(manifest);
  const problems: Problem[] = unknownFields.map(({ of, name, known }) => ({
    code: 'UNKNOWN_FIELD',
    field: `${of}.${name.slice(0, 80)}`,
    message: `${of} has no such field; it has ${known.join(', ')}`,
  }));
  if (!validation.judged) problems.push(notJudged(validation.message));
  else problems.push(...validation.violations.map(({ code, field, message }) => ({ code, field, message })));
  const refused = new Set(problems.map(({ field }) => field));
  problems.push(...impossibleNames(json, 'spec').filter(({ field }) => !refused.has(field)));
  if (problems.length > 0 || spec === undefined) return { problems: told(problems) };

  const parsed = parse({ ...manifest, metadata: { ...created, namespace: object.namespace }, spec });
  if ('problem' in parsed) return { problems: [parsed.problem] };
  const lost = unmodelledFields(spec, render(parsed.value.spec));
  return lost.length === 0 ? { spec: parsed.value.spec } : { problems: lost.map(notModelled) };
}

/** What the API server adds when it creates an object. */
const created = { name: 'requested', uid: 'requested', creationTimestamp: '1970-01-01T00:00:00Z' };

function told(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length > 0) return problems.slice(0, mostProblems);
  return [{ code: 'MISSING', field: 'spec', message: 'spec is required' }];
}

function notJudged(message: string): Problem {
  return { code: 'VERSION_NOT_SERVED', field: 'apiVersion', message };
}

function notModelled(field: string): Problem {
  const message = `${field} is not known here, and would be lost; leave it out, or change the object by other means`;
  return { code: 'FIELD_NOT_MODELLED', field, message };
}

/** Names in references that admission takes and no object can have. */
function impossibleNames(value: unknown, path: string): readonly Problem[] {
  const found: Problem[] = [];
  look(value, path, false, deepest, found);
  return found;
}

/** No reference is deeper: the backend of a filter of a backend of a rule. */
const deepest = 12;

function look(value: unknown, path: string, reference: boolean, levels: number, found: Problem[]): void {
  if (found.length >= mostProblems || levels === 0) return;
  if (Array.isArray(value)) {
    value.forEach((item, index) => look(item, `${path}[${index}]`, reference, levels - 1, found));
  } else if (typeof value === 'object' && value !== null) {
    const fields = value as Readonly<Record<string, unknown>>;
    if (reference) found.push(...namesOf(fields, path));
    for (const [name, field] of Object.entries(fields))
      look(field, `${path}.${name}`, /Refs?$/.test(name), levels - 1, found);
  }
}

function namesOf({ name, namespace }: Readonly<Record<string, unknown>>, path: string): readonly Problem[] {
  return [
    ...(typeof name === 'string' ? checkName(name, `${path}.name`) : []),
    ...(typeof namespace === 'string' && namespace !== ''
      ? checkNamespaceName(namespace, `${path}.namespace`)
      : []),
  ];
}
