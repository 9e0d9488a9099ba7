import { asYaml, readManifestInputs } from '@mcp/manifests';

/** By which Linkerd knows what is installed. Source: linkerd2 EXTENSIONS.md. */
function namespaceManifest(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'linkerd.io/extension': 'mcp' } },
  };
}

/** For `kubectl apply`: the namespace, and what Helm rendered. */
export function installManifests(namespace: string, rendered: string): string {
  return `${asYaml(namespaceManifest(namespace))}${rendered.startsWith('---') ? '' : '---\n'}${rendered}`;
}

/** For `kubectl delete`: the namespace, and what of the rendered objects does not end with it. */
export async function uninstallManifests(namespace: string, rendered: string): Promise<string> {
  const { objects } = await readManifestInputs([{ name: 'the chart', text: rendered }]);
  const others = objects.flatMap(({ group, version, kind, raw }) => {
    const metadata = raw['metadata'] as { readonly name: string; readonly namespace: string };
    const ofCluster = clusterKinds.has(kind);
    if (!ofCluster && metadata.namespace === namespace) return [];
    const named = { name: metadata.name, ...(!ofCluster && { namespace: metadata.namespace }) };
    return [{ apiVersion: group === '' ? version : `${group}/${version}`, kind, metadata: named }];
  });
  return [namespaceManifest(namespace), ...others].map(asYaml).join('---\n');
}

/** Those of the chart that are in no namespace. */
const clusterKinds = new Set(['ClusterRole', 'ClusterRoleBinding']);
