import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterConnection } from '@mcp/kubernetes';
import { installLinkerdCrds, type KubeApiServer, startKubeApiServer } from '@mcp/testing';
import { kubectlOn } from '../e2e/kubectl.js';
import { type Manifest, manifests, release } from './helm.js';
import type { Lack, Role } from './rights.js';

const ofAccess = ['ServiceAccount', 'ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'];

/** A real API server with the accounts, roles and bindings of the chart linkerd-mcp, and nothing else of it. */
export class ChartedCluster {
  private constructor(
    readonly kube: KubeApiServer,
    readonly admin: ClusterConnection,
    readonly kubectl: (...args: string[]) => Promise<string>,
    readonly access: readonly Manifest[],
    private readonly folder: string,
  ) {}

  static async start(values: object, namespaces: readonly string[]): Promise<ChartedCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'charted-'));
    const kube = await startKubeApiServer();
    const admin = ClusterConnection.fromKubeconfig(kube.kubeconfigPath);
    await installLinkerdCrds(admin);
    for (const name of [release.namespace, 'linkerd', ...namespaces])
      await admin.request('POST', '/api/v1/namespaces', { body: { metadata: { name } } });
    const access = (await manifests('linkerd-mcp', values)).filter(({ kind }) => ofAccess.includes(kind));
    const kubectl = kubectlOn(kube.kubeconfigPath);
    const file = join(folder, 'access.json');
    await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: access }));
    await kubectl('create', '-f', file);
    return new ChartedCluster(kube, admin, kubectl, access, folder);
  }

  /** A kubeconfig with a token of the account, as a pod of it has one. */
  async kubeconfigOf(account: string): Promise<string> {
    const { body } = await this.admin.request(
      'POST',
      `/api/v1/namespaces/${release.namespace}/serviceaccounts/${account}/token`,
      { body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} } },
    );
    const { token } = (body as { status: { token: string } }).status;
    const kubeconfig = await readFile(this.kube.kubeconfigPath, 'utf8');
    const path = join(this.folder, `${account}.kubeconfig`);
    await writeFile(path, kubeconfig.replace(this.kube.tokens.admin, token));
    return path;
  }

  /** Does something while the role is as the lack says, seen so by the account; then all is as before. */
  async without<T>(lack: Lack, account: ClusterConnection, action: () => Promise<T>): Promise<T> {
    const role = this.access.find(
      ({ kind, metadata }) =>
        kind === lack.role.kind &&
        metadata.name === lack.role.metadata.name &&
        metadata.namespace === lack.role.metadata.namespace,
    ) as Role;
    await this.#write(lack.role);
    try {
      await this.#until(account, lack, false);
      return await action();
    } finally {
      await this.#write(role);
      await this.#until(account, lack, true);
    }
  }

  async #write({ kind, metadata, rules }: Role): Promise<void> {
    const { name, namespace } = metadata;
    const home = kind === 'Role' ? `namespaces/${namespace ?? ''}/roles` : 'clusterroles';
    const path = `/apis/rbac.authorization.k8s.io/v1/${home}/${name}`;
    await this.admin.request('PATCH', path, {
      body: { rules },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
  }

  /** The authorizer follows the roles, a moment behind. */
  async #until(account: ClusterConnection, { what, attributes }: Lack, allowed: boolean): Promise<void> {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const spec = { resourceAttributes: attributes };
    const until = Date.now() + 10_000;
    while (Date.now() < until) {
      await sleep(10);
      const { body } = await account.request('POST', path, { body: { spec } });
      if ((body as { status: { allowed: boolean } }).status.allowed === allowed) return;
    }
    throw new Error(`${what}: within 10 s not ${allowed ? 'given' : 'taken'}`);
  }

  async stop(): Promise<void> {
    await this.admin.close();
    await this.kube.stop();
    await rm(this.folder, { recursive: true });
  }
}
