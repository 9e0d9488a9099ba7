import { meshViewOf } from '@mcp/graph';
import type { ControlPlaneSettings } from '@mcp/linkerd';
import { type ManifestObjects, observedManifests, withTemplatePods } from '@mcp/manifests';
import type { MeshView } from '@mcp/policy';

export interface ManifestMesh {
  readonly view: MeshView;
  /** Namespaces of which it is not known what runs there: what hangs on their pods is not judged. */
  readonly withoutPods: readonly string[];
}

/**
 * The mesh that manifests describe. They are taken as all there is of the namespaces that they name, and of other namespaces nothing is
 * known; with `complete` there are no others.
 */
export function manifestMesh(
  manifests: ManifestObjects,
  options: { readonly controlPlane: ControlPlaneSettings; readonly complete: boolean },
): ManifestMesh {
  const { manifests: peopled, withoutPods } = withTemplatePods(manifests);
  const { controlPlane } = options;
  const observed = observedManifests(peopled, { scope: 'all', controlPlane });
  const view = meshViewOf({
    objects: [
      ...observed.flatMap((object) => ('state' in object ? [object] : [])),
      ...withoutPods.map(podNotKnown),
    ],
    unreadable: observed.flatMap((object) => ('state' in object ? [] : [object])),
  });
  return { view: { ...view, scope: options.complete ? 'all' : [...view.namespaces.keys()] }, withoutPods };
}

/** A pod of which nothing is known stands for whatever runs in the namespace. */
function podNotKnown(namespace: string) {
  const name = 'not-known';
  const state = { namespace, name, uid: `${name} in ${namespace}`, createdAt: 0 };
  return {
    kind: 'Pod' as const,
    state: { ...state, shape: '', ips: [], phase: 'Unknown' as const, ready: false },
  };
}
