import { readRequestedObject } from '@mcp/linkerd';
import type { ManifestObjects } from '@mcp/manifests';
import { CannotRun } from '../exit-code.js';

/** An object of a kind that is changed through the API, as the API takes it. */
export interface ApplicableObject {
  /** `Server shop/web`; `GatewayHTTPRoute` is the HTTPRoute of the Gateway API. */
  readonly object: string;
  /** Its manifest; JSON is YAML. */
  readonly yaml: string;
}

/**
 * The objects of manifests that hold nothing else. Fails with `CannotRun` where anything among them could not be applied, so that
 * nothing is applied by half.
 */
export function applicableObjects({ objects, notObjects }: ManifestObjects): readonly ApplicableObject[] {
  const [notObject] = notObjects;
  if (notObject !== undefined)
    throw new CannotRun(`nothing is applied: there are ${notObject} among the manifests`);
  return objects.map(({ kind, raw, namesNamespace, where }) => {
    const { namespace = '', name } = raw['metadata'] as {
      readonly namespace?: string;
      readonly name: string;
    };
    const named = namesNamespace ? `${namespace}/${name}` : name;
    const fault = (message: string) =>
      new CannotRun(`nothing is applied: ${where}: ${kind} ${named}: ${message}`);
    if (!namesNamespace) throw fault('metadata.namespace is required: which one is meant is not guessed');
    const read = readRequestedObject(raw);
    if ('problems' in read) throw fault(read.problems[0]?.message ?? 'it cannot be read');
    const object = `${read.key.kind} ${read.key.namespace}/${read.key.name}`;
    return { object, yaml: JSON.stringify(asWritten(raw)) };
  });
}

/** Without what an API server adds, which a request has no need of. */
function asWritten({ apiVersion, kind, metadata, spec }: Readonly<Record<string, unknown>>): object {
  const { name, namespace } = metadata as Readonly<Record<string, unknown>>;
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}
