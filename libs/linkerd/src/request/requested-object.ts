import type { DesiredState } from '@mcp/events';
import type { Problem } from '@mcp/mesh';
import { managedObjectsCalled, type ManagedSpec } from '../managed-objects.js';
import { ownAnnotationPrefix } from '../names.js';
import { checkName, checkNamespaceName } from './object-name.js';
import { readRequestedSpec } from './requested-spec.js';

export type ObjectRequest =
  | { readonly key: DesiredState['key']; readonly spec: ManagedSpec }
  | { readonly problems: readonly Problem[] };

/** What the API server writes into an object that it gives out. */
const written = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'selfLink',
] as const;
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Reads the manifest of an object that someone asks for, of any kind that is changed through us: its names, and its spec as
 * `readRequestedSpec` does. Labels and annotations are refused, since only the spec is written; what an API server adds is passed over.
 */
export function readRequestedObject(manifest: unknown): ObjectRequest {
  const { apiVersion, kind, metadata, spec } = fieldsOf(manifest);
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    return problem('NOT_AN_OBJECT', '', 'an object has an apiVersion and a kind, which are texts');
  const slash = apiVersion.lastIndexOf('/');
  const managed = managedObjectsCalled(apiVersion.slice(0, Math.max(slash, 0)), kind);
  if (managed === undefined)
    return problem(
      'KIND_NOT_MANAGED',
      'kind',
      `${kind.slice(0, 80)} of ${apiVersion.slice(0, 80)} cannot be changed here; use kubectl or your GitOps tool for it`,
    );
  const { name, namespace } = fieldsOf(metadata);
  const problems = [
    ...checkName(textOf(name), 'metadata.name'),
    ...checkNamespaceName(textOf(namespace), 'metadata.namespace'),
    ...notWritten(fieldsOf(manifest), fieldsOf(metadata)),
  ];
  const key = { kind: managed.kind, namespace: textOf(namespace), name: textOf(name) };
  const read = readRequestedSpec({ ...key, version: apiVersion.slice(slash + 1) }, spec);
  if ('problems' in read) {
    const told = new Set(read.problems.map(({ field }) => field));
    return { problems: [...problems.filter(({ field }) => !told.has(field)), ...read.problems] };
  }
  return problems.length > 0 ? { problems } : { key, spec: read.spec };
}

type Fields = Readonly<Record<string, unknown>>;

/** What the manifest says besides names and spec, and a change would not write. */
function notWritten(manifest: Fields, metadata: Fields): readonly Problem[] {
  const known: readonly string[] = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];
  const passed: readonly string[] = ['name', 'namespace', 'annotations', ...written];
  const foreign = (annotation: string): boolean =>
    annotation !== lastApplied && !annotation.startsWith(ownAnnotationPrefix);
  const fields = [
    ...Object.keys(manifest).filter((name) => !known.includes(name)),
    ...Object.keys(metadata)
      .filter((name) => !passed.includes(name) && !isEmpty(metadata[name]))
      .map((name) => `metadata.${name}`),
    ...Object.keys(fieldsOf(metadata['annotations']))
      .filter(foreign)
      .map((name) => `metadata.annotations.${name}`),
  ];
  const told = fields.slice(0, 10).map((field) => field.slice(0, 80));
  return told.map((field) => ({
    code: 'FIELD_NOT_WRITTEN',
    field,
    message: `${field} would not be written, only the spec is; leave it out, or change the object by other means`,
  }));
}

function problem(code: string, field: string, message: string): ObjectRequest {
  return { problems: [{ code, field, message }] };
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** Nothing is lost by leaving it out. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
