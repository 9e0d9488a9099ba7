import type { DesiredPresence } from '@mcp/events';
import { managedObjects } from '../managed-objects.js';
import { changeIdAnnotation, revisionAnnotation, traceparentAnnotation } from '../names.js';

/** An object as the API server takes it. */
export interface ObjectManifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: object;
}

/** What a person commits elsewhere: the object without a mark of ours, since it is then not ours. */
export function renderObject({ key, spec }: Pick<DesiredPresence, 'key' | 'spec'>): ObjectManifest {
  const { group, version, objectKind, render } = managedObjects(key.kind);
  return {
    apiVersion: `${group}/${version}`,
    kind: objectKind,
    metadata: { name: key.name, namespace: key.namespace },
    spec: render(spec),
  };
}

/** What we apply: the object with the mark of the change that writes it. */
export function renderChangedObject(
  desired: DesiredPresence,
  revision: number,
  traceparent?: string,
): ObjectManifest {
  const manifest = renderObject(desired);
  const annotations = {
    [changeIdAnnotation]: desired.changeId,
    [revisionAnnotation]: String(revision),
    ...(traceparent !== undefined && { [traceparentAnnotation]: traceparent }),
  };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}
