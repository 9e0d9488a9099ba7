import { ClusterConnection } from '@mcp/kubernetes';
import { startKubeApiServer, type KubeApiServer } from '@mcp/testing';

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const rbacGroup = 'rbac.authorization.k8s.io';

/** A cluster whose service accounts of the namespace `people` are callers of the API: what each may do is bound by tests. */
export class CallersCluster {
  private constructor(
    readonly server: KubeApiServer,
    readonly admin: ClusterConnection,
  ) {}

  /** With the cluster roles `reader` and `editor`. */
  static async start(people: readonly string[]): Promise<CallersCluster> {
    const server = await startKubeApiServer();
    const cluster = new CallersCluster(server, ClusterConnection.fromKubeconfig(server.kubeconfigPath));
    for (const name of ['people', 'shop', 'ledger'])
      await cluster.#create('/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      });
    for (const name of people)
      await cluster.#create('/api/v1/namespaces/people/serviceaccounts', {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name },
      });
    await cluster.#role('reader', [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]);
    await cluster.#role('editor', [
      { apiGroups: ['policy.linkerd.io'], resources: ['authorizationpolicies'], verbs: ['create', 'patch'] },
    ]);
    return cluster;
  }

  /** As `kubectl create token --audience` makes one. */
  async tokenOf(person: string, audience: string): Promise<string> {
    const { body } = await this.#create(`/api/v1/namespaces/people/serviceaccounts/${person}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { audiences: [audience], expirationSeconds: 600 },
    });
    return (body as { status: { token: string } }).status.token;
  }

  /** In all namespaces, or in one. */
  async bind(person: string, role: string, namespace?: string): Promise<void> {
    const { kind, path } = bindings(namespace);
    await this.#create(path, {
      apiVersion: `${rbacGroup}/v1`,
      kind,
      metadata: { name: `${person}-${role}` },
      roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'ServiceAccount', name: person, namespace: 'people' }],
    });
  }

  async unbind(person: string, role: string, namespace?: string): Promise<void> {
    await this.admin.request('DELETE', `${bindings(namespace).path}/${person}-${role}`);
  }

  async close(): Promise<void> {
    await this.admin.close();
    await this.server.stop();
  }

  #role(name: string, rules: readonly object[]) {
    return this.#create(`${rbac}/clusterroles`, {
      apiVersion: `${rbacGroup}/v1`,
      kind: 'ClusterRole',
      metadata: { name },
      rules,
    });
  }

  #create(path: string, body: object) {
    return this.admin.request('POST', path, { body });
  }
}

function bindings(namespace: string | undefined): { readonly kind: string; readonly path: string } {
  return namespace === undefined
    ? { kind: 'ClusterRoleBinding', path: `${rbac}/clusterrolebindings` }
    : { kind: 'RoleBinding', path: `${rbac}/namespaces/${namespace}/rolebindings` };
}
