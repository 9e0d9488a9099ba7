/** The name a proxy proves with its certificate, DNS-form or a SPIFFE URI. */
export type MeshIdentity = string & { readonly brand: 'MeshIdentity' };

/**
 * The identity of every pod that runs as this service account.
 * Source: linkerd2 policy-controller/k8s/index/src/cluster_info.rs (read at b24cd40).
 */
export function identityOf(
  serviceAccount: { readonly namespace: string; readonly name: string },
  mesh: { readonly controlPlaneNamespace: string; readonly trustDomain: string },
): MeshIdentity {
  const { namespace, name } = serviceAccount;
  return `${name}.${namespace}.serviceaccount.identity.${mesh.controlPlaneNamespace}.${mesh.trustDomain}` as MeshIdentity;
}
