import type { ManifestObject } from '../src/manifests.js';

/** For specifications: an object as it is read from the manifest `a.yaml`. */
export function manifestObject(
  apiVersion: string,
  kind: string,
  metadata: object,
  spec: object = {},
): ManifestObject {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const stored = { uid: `uid of ${kind}`, creationTimestamp: '1970-01-01T00:00:00Z', ...metadata };
  return {
    group,
    version,
    kind,
    raw: { apiVersion, kind, metadata: stored, spec },
    namesNamespace: true,
    where: 'a.yaml',
  };
}
