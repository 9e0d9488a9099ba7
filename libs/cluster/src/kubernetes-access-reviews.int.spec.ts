import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClusterConnection } from '@mcp/kubernetes';
import type { Deed } from '@mcp/sources';
import { startKubeApiServer, type KubeApiServer } from '@mcp/testing';
import { KubernetesAccessReviews } from './kubernetes-access-reviews.js';

let server: KubeApiServer;
let admin: ClusterConnection;
let restricted: ClusterConnection;
let reviews: KubernetesAccessReviews;

const create = (path: string, body: object) => admin.request('POST', path, { body });
const rbac = '/apis/rbac.authorization.k8s.io/v1';

/** A token of the service account shop/editor, as `kubectl create token` gets one. */
async function tokenFor(audiences: readonly string[], account = 'editor'): Promise<string> {
  const path = `/api/v1/namespaces/shop/serviceaccounts/${account}/token`;
  const { body } = await create(path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences, expirationSeconds: 600 },
  });
  return (body as { status: { token: string } }).status.token;
}

beforeAll(async () => {
  server = await startKubeApiServer();
  admin = ClusterConnection.fromKubeconfig(server.kubeconfigPath);
  restricted = ClusterConnection.fromKubeconfig(server.restrictedKubeconfigPath);
  reviews = new KubernetesAccessReviews(admin);
  for (const name of ['shop', 'ledger'])
    await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await create('/api/v1/namespaces/shop/serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'editor' },
  });
  await create(`${rbac}/clusterroles`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'policy-editor' },
    rules: [
      { apiGroups: ['policy.linkerd.io'], resources: ['authorizationpolicies'], verbs: ['patch', 'create'] },
    ],
  });
  await bind('editors', [{ kind: 'ServiceAccount', name: 'editor', namespace: 'shop' }]);
}, 120_000);
afterAll(async () => {
  await admin.close();
  await restricted.close();
  await server.stop();
});

async function bind(name: string, subjects: readonly object[]): Promise<void> {
  await create(`${rbac}/namespaces/shop/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'policy-editor' },
    subjects,
  });
}

const patchIn = (namespace: string): Deed => ({
  verb: 'patch',
  group: 'policy.linkerd.io',
  resource: 'authorizationpolicies',
  namespace,
  name: 'web',
});

describe('whose token it is', () => {
  it('is told for the API server itself', async () => {
    expect(await reviews.userOf(server.tokens.restricted, undefined)).toEqual({
      name: 'restricted',
      uid: '2',
      groups: ['system:authenticated'],
    });
  });

  it('is told for an audience, of a token that was made for it', async () => {
    expect(await reviews.userOf(await tokenFor(['linkerd-mcp']), 'linkerd-mcp')).toEqual({
      name: 'system:serviceaccount:shop:editor',
      uid: expect.any(String),
      groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
    });
  });

  it('is not told of a token for another audience, either way', async () => {
    expect(await reviews.userOf(await tokenFor(['vault']), 'linkerd-mcp')).toBeUndefined();
    expect(await reviews.userOf(await tokenFor(['vault']), undefined)).toBeUndefined();
    expect(await reviews.userOf(server.tokens.admin, 'linkerd-mcp')).toBeUndefined();
  });

  it('is not told of a token that was made up, or is of another cluster', async () => {
    expect(await reviews.userOf('made-up', undefined)).toBeUndefined();
    const [head, claims] = (await tokenFor(['linkerd-mcp'])).split('.');
    expect(await reviews.userOf(`${head}.${claims}.AAAA`, 'linkerd-mcp')).toBeUndefined();
  });

  it('is not told of a token that has ended, though the cluster signed it', async () => {
    const claimsOf = (token: string): object =>
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as object;
    const made = await tokenFor(['linkerd-mcp']);
    const signed = async (more: object): Promise<string> => {
      const body = `${made.split('.')[0]}.${encoded({ ...claimsOf(made), ...more })}`;
      const key = await readFile(server.serviceAccountKeyPath);
      return `${body}.${createSign('sha256').update(body).sign(key, 'base64url')}`;
    };
    const seconds = Math.floor(Date.now() / 1_000);
    expect(await reviews.userOf(await signed({ exp: seconds + 60 }), 'linkerd-mcp')).toBeDefined();
    expect(await reviews.userOf(await signed({ exp: seconds - 120 }), 'linkerd-mcp')).toBeUndefined();
  });

  it('is no longer told when the account is deleted', async () => {
    const accounts = '/api/v1/namespaces/shop/serviceaccounts';
    await create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'leaver' } });
    const token = await tokenFor(['linkerd-mcp'], 'leaver');
    expect(await reviews.userOf(token, 'linkerd-mcp')).toBeDefined();
    await admin.request('DELETE', `${accounts}/leaver`);
    // the API server itself remembers a token for ten seconds
    await eventually(async () => (await reviews.userOf(token, 'linkerd-mcp')) === undefined, true);
  }, 60_000);
});

describe('what a user may do', () => {
  it('is what roles give in that namespace, and no more', async () => {
    const editor = (await reviews.userOf(await tokenFor(['linkerd-mcp']), 'linkerd-mcp'))!;
    const allowed = async (deed: Deed) => (await reviews.may(editor, deed)).allowed;
    await eventually(() => allowed(patchIn('shop')), true);
    expect([
      await allowed({ ...patchIn('shop'), verb: 'create' }),
      await allowed(patchIn('ledger')),
      await allowed({ verb: 'list', group: '', resource: 'pods', namespace: 'shop' }),
      await allowed({ verb: 'list', group: '', resource: 'pods' }),
    ]).toEqual([true, false, false, false]);
  });

  it('may come by a group', async () => {
    const allowed = async (groups: readonly string[]) =>
      (await reviews.may({ name: 'ada', groups }, patchIn('shop'))).allowed;
    expect(await allowed(['developers'])).toBe(false);
    await bind('developers', [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'developers' }]);
    await eventually(() => allowed(['developers']), true);
    expect(await allowed([])).toBe(false);
    await admin.request('DELETE', `${rbac}/namespaces/shop/rolebindings/developers`);
    await eventually(() => allowed(['developers']), false);
  });
});

/** Roles and tokens reach, and leave, the API server's own memory after a moment. */
async function eventually<T>(ask: () => Promise<T>, wanted: T): Promise<void> {
  let answer = await ask();
  for (const until = Date.now() + 30_000; answer !== wanted && Date.now() < until; answer = await ask())
    await sleep(100);
  expect(answer).toEqual(wanted);
}

describe('nothing is concluded', () => {
  it('where we lack the right to ask, and it is said which', async () => {
    const lacking = new KubernetesAccessReviews(restricted);
    await expect(lacking.userOf(server.tokens.admin, undefined)).rejects.toMatchObject({
      code: 'ACCESS_UNKNOWN',
      message: expect.stringContaining('lacks the right to create tokenreviews.authentication.k8s.io'),
    });
    await expect(lacking.may({ name: 'ada' }, patchIn('shop'))).rejects.toMatchObject({
      code: 'ACCESS_UNKNOWN',
      message: expect.stringContaining('lacks the right to create subjectaccessreviews'),
    });
  });

  it('while the API server is away', async () => {
    await server.kill();
    await expect(reviews.userOf(server.tokens.admin, undefined)).rejects.toMatchObject({
      code: 'ACCESS_UNKNOWN',
    });
    await expect(reviews.may({ name: 'ada' }, patchIn('shop'))).rejects.toMatchObject({
      code: 'ACCESS_UNKNOWN',
    });
    await server.restart();
    expect(await reviews.userOf(server.tokens.admin, undefined)).toMatchObject({ name: 'admin' });
  }, 120_000);
});

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
