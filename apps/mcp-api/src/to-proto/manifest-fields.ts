import type { DesiredState } from '@mcp/events';
import { renderObject } from '@mcp/linkerd';
import { differingFields } from '@mcp/mesh';

/** A field as a manifest names it, with its values as JSON; empty where it is not there. */
export interface ManifestField {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Those in which two versions of an object differ, in order; absent: there is none. */
export function manifestFields(
  key: DesiredState['key'],
  before: DesiredState['spec'],
  after: DesiredState['spec'],
): ManifestField[] {
  const manifest = (spec: DesiredState['spec']) =>
    spec === undefined ? undefined : (renderObject({ key, spec }).spec as unknown);
  return differingFields('spec', manifest(before), manifest(after)).map((field) => ({
    path: field.path,
    before: json(field.before),
    after: json(field.after),
  }));
}

function json(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value);
}
