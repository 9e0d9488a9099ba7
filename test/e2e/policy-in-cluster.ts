import { changeIdAnnotation } from '@mcp/linkerd';
import type { RealMesh } from './real-mesh.js';

/** What the API server has to say on who wrote a policy of the namespace shop, and how often. */
export interface PolicyInCluster {
  /** Counts the writes that changed its spec. */
  readonly generation: number;
  readonly resourceVersion: string;
  /** The change whose mark it carries. */
  readonly appliedBy: string | undefined;
  readonly managers: readonly string[];
}

export async function policyIn(mesh: RealMesh, name: string): Promise<PolicyInCluster> {
  const { metadata } = JSON.parse(
    await mesh.kubectl(
      ...['get', 'authorizationpolicy', '-n', 'shop', name, '-o', 'json', '--show-managed-fields'],
    ),
  ) as {
    metadata: {
      generation: number;
      resourceVersion: string;
      annotations?: Record<string, string>;
      managedFields: { manager: string }[];
    };
  };
  const { generation, resourceVersion, annotations, managedFields } = metadata;
  return {
    ...{ generation, resourceVersion },
    appliedBy: annotations?.[changeIdAnnotation],
    managers: managedFields.map(({ manager }) => manager),
  };
}
