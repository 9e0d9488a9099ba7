import { afterAll, beforeAll, expect, describe, it } from '@jest/globals';
import { ClusterConnection, isKubernetesError } from '@mcp/kubernetes';
import { startSimulatedMesh } from '@mcp/simulated-mesh';
import { installLinkerdCrds, startKubeApiServer } from '@mcp/testing';

const policies = '/apis/policy.linkerd.io/v1alpha1/namespaces/same/authorizationpolicies';
const accounts = '/api/v1/namespaces/same/serviceaccounts';
const pods = '/api/v1/namespaces/same/pods';

const server = (name: string) => ({ group: 'policy.linkerd.io', kind: 'Server', name });
const client = (name: string) => ({ kind: 'ServiceAccount', name });
const policy = (spec: object | undefined, metadata: object = {}) => ({
  apiVersion: 'policy.linkerd.io/v1alpha1',
  kind: 'AuthorizationPolicy',
  metadata,
  ...(spec && { spec }),
});
const spec = (name: string, ...clients: string[]) => ({
  targetRef: server(name),
  requiredAuthenticationRefs: clients.map(client),
});
const pod = {
  metadata: { name: 'p', labels: { app: 'p' } },
  spec: { containers: [{ name: 'c', image: 'i' }] },
};

interface Step {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: object | ((last: Seen) => object) | undefined;
  readonly type?: 'apply-patch+yaml' | 'merge-patch+json' | 'nonsense';
  readonly query?: Readonly<Record<string, string>>;
}

interface Seen {
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
}

const apply = (
  name: string,
  manager: string,
  config: ReturnType<typeof policy>,
  query: Step['query'] = {},
): Step => ({
  method: 'PATCH',
  path: `${policies}/${name}`,
  type: 'apply-patch+yaml',
  query: { fieldManager: manager, ...query },
  body: { ...config, metadata: { name, namespace: 'same', ...config.metadata } },
});
const merge = (path: string, body: Step['body'], manager = 'editor'): Step => ({
  method: 'PATCH',
  path,
  type: 'merge-patch+json',
  query: { fieldManager: manager },
  body,
});
const create = (path: string, body: object): Step => ({
  method: 'POST',
  path,
  query: { fieldManager: 'maker' },
  body,
});
const read = (path: string): Step => ({ method: 'GET', path });
const remove = (path: string, body: Step['body'] = {}): Step => ({ method: 'DELETE', path, body });

/** Each story begins with none of its objects. */
const stories: Readonly<Record<string, readonly Step[]>> = {
  'an apply by one, then by another, then by force': [
    apply('a', 'us', policy(spec('web', 'x'), { labels: { by: 'us' } })),
    apply('a', 'us', policy(spec('web', 'x'), { labels: { by: 'us' } })),
    apply('a', 'them', policy(spec('api', 'y'))),
    apply('a', 'them', policy(spec('api', 'x'))),
    apply('a', 'them', policy(spec('web', 'x'))),
    apply('a', 'them', policy(spec('api', 'y')), { force: 'true' }),
    apply('a', 'us', policy(spec('web', 'x'), { labels: { by: 'us' } })),
    apply('a', 'us', policy(undefined, { annotations: { note: 'only' } })),
    read(`${policies}/a`),
  ],
  'a dry run': [
    apply('b', 'us', policy(spec('web')), { dryRun: 'All' }),
    read(`${policies}/b`),
    apply('b', 'us', policy(spec('web'))),
    apply('b', 'us', policy(spec('api')), { dryRun: 'All' }),
    read(`${policies}/b`),
  ],
  'an edit of what was applied, and an apply after it': [
    apply('c', 'us', policy(spec('web', 'x'))),
    merge(`${policies}/c`, { spec: { targetRef: { name: 'api' } }, metadata: { labels: { edited: 'yes' } } }),
    apply('c', 'us', policy(spec('web', 'x'))),
    apply('c', 'us', policy(spec('api', 'y'))),
    merge(`${policies}/c`, { metadata: { labels: null } }),
    read(`${policies}/c`),
  ],
  'an apply of one life of an object to the next': [
    apply('d', 'us', policy(spec('web'), { resourceVersion: '1' })),
    apply('d', 'us', policy(spec('api'), { resourceVersion: '1' })),
    apply('d', 'us', policy(spec('api'), { uid: '00000000-0000-4000-8000-000000000000' })),
    merge(`${policies}/d`, { metadata: { uid: '00000000-0000-4000-8000-000000000000' } }),
    remove(`${policies}/d`),
    apply('d', 'us', policy(spec('web'), { uid: '00000000-0000-4000-8000-000000000000' })),
    read(`${policies}/d`),
  ],
  'what the schema and the API refuse': [
    apply('e', 'us', policy({ targetRef: server('web') })),
    apply('e', 'us', policy({ targetRef: { kind: 'Server' }, requiredAuthenticationRefs: [] })),
    apply('e', 'us', policy(spec('w'.repeat(254)))),
    apply('e', '', policy(spec('web'))),
    apply('e', 'us', policy(spec('web'), { name: 'f' })),
    apply('e', 'us', policy(spec('web'), { namespace: 'other' })),
    apply('x'.repeat(300), 'us', policy(spec('web'))),
    {
      ...apply('e', 'us', policy(spec('web'), { namespace: 'nowhere' })),
      path: `${policies.replace('same', 'nowhere')}/e`,
    },
    { ...apply('e', 'us', policy(spec('web'))), type: 'nonsense' },
    merge(`${policies}/e`, { spec: {} }),
    read(`${policies}/e`),
    remove(`${policies}/e`),
    read('/apis/policy.linkerd.io/v1alpha1/nothing'),
  ],
  'create, replace, merge and delete of a built-in kind': [
    create(accounts, { metadata: { name: 'g', labels: { a: '1' } } }),
    create(accounts, { metadata: { name: 'g' } }),
    {
      method: 'PUT',
      path: `${accounts}/g`,
      body: { metadata: { name: 'g', annotations: { b: '2' } } },
      query: { fieldManager: 'other' },
    },
    { method: 'PUT', path: `${accounts}/g`, body: { metadata: { name: 'g', resourceVersion: '1' } } },
    {
      method: 'PUT',
      path: `${accounts}/g`,
      body: { metadata: { name: 'g', uid: '00000000-0000-4000-8000-000000000000' } },
    },
    merge(`${accounts}/g`, { metadata: { annotations: { b: '3' } } }),
    merge(`${accounts}/g`, { metadata: { resourceVersion: '1' } }),
    remove(`${accounts}/g`, { preconditions: { uid: '00000000-0000-4000-8000-000000000000' } }),
    read(`${accounts}/g`),
    remove(`${accounts}/g`, ({ metadata: { uid, resourceVersion } }: Seen) => ({
      preconditions: { uid, resourceVersion },
    })),
    remove(`${accounts}/g`),
  ],
  'a status at its own address': [
    create(pods, pod),
    merge(
      `${pods}/p/status`,
      { status: { phase: 'Running', podIP: '10.42.0.1' }, metadata: { labels: { app: 'p' } } },
      'kubelet',
    ),
    merge(`${pods}/p`, { status: { phase: 'Failed' } }),
  ],
};

describe('the simulated mesh answers as a real kube-apiserver', () => {
  let real: ClusterConnection;
  let simulated: ClusterConnection;
  const closing: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    const apiServer = await startKubeApiServer();
    const mesh = await startSimulatedMesh({ port: 0, host: '127.0.0.1', seed: '7', paceMs: 0 });
    real = ClusterConnection.fromKubeconfig(apiServer.kubeconfigPath);
    simulated = ClusterConnection.toServer(mesh.url);
    closing.push(
      () => real.close(),
      () => simulated.close(),
      () => apiServer.stop(),
      () => mesh.close(),
    );
    await installLinkerdCrds(real, ['authorizationpolicies.policy.linkerd.io']);
    for (const connection of [real, simulated]) {
      await connection.request('POST', '/api/v1/namespaces', { body: { metadata: { name: 'same' } } });
    }
  }, 120_000);
  afterAll(async () => {
    for (const close of closing) await close();
  });

  it.each(Object.entries(stories))('to %s', async (_, steps) => {
    expect(await tell(simulated, steps)).toEqual(await tell(real, steps));
  });
});

async function tell(connection: ClusterConnection, steps: readonly Step[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  let last: Seen = { metadata: { uid: '', resourceVersion: '' } };
  for (const { method, path, body, type, query } of steps) {
    const sent: object | undefined =
      typeof body === 'function' ? (body as (seen: Seen) => object)(last) : body;
    const { status, body: said } = await connection
      .request(method, path, {
        ...(sent && { body: sent }),
        ...(query && { query }),
        ...(type && { headers: { 'content-type': `application/${type}` } }),
      })
      .catch((error: unknown) => {
        if (isKubernetesError(error))
          return {
            status: error.status,
            body: { refused: process.env['SAY'] ? error.code + error.rawMessage : error.code },
          };
        throw error;
      });
    if ((said as Partial<Seen>).metadata?.uid !== undefined) last = said as Seen;
    if (method === 'DELETE') answers.push([path, status]);
    else answers.push([`${method} ${path.slice(0, 120)}`, status, essence(said)]);
  }
  return answers;
}

/** Without what is each server's own: uids, versions, times; of a pod, what a real server fills in. */
function essence(said: unknown): unknown {
  const {
    metadata,
    spec: asked,
    status,
    refused,
  } = said as {
    metadata?: Record<string, unknown>;
    spec?: { containers?: unknown };
    status?: { phase?: string; podIP?: string } | string;
    refused?: string;
  };
  if (refused !== undefined) return refused;
  const { labels, annotations, generation, managedFields, name, namespace } = metadata ?? {};
  return {
    name,
    namespace,
    labels,
    annotations,
    ...(asked?.containers === undefined ? { spec: asked, generation, owners: ownersIn(managedFields) } : {}),
    status: typeof status === 'object' ? { phase: status.phase, podIP: status.podIP } : status,
  };
}

/** A real server besides notes who made an object as such, which is left out here. */
function ownersIn(managedFields: unknown): unknown {
  const entries = (managedFields ?? []) as { manager: string; operation: string; fieldsV1: Fields }[];
  return entries
    .map(
      ({ manager, operation, fieldsV1 }) => [`${manager} ${operation}`, leavesIn(fieldsV1).sort()] as const,
    )
    .filter(([, leaves]) => leaves.length > 0)
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

interface Fields {
  readonly [field: string]: Fields;
}

function leavesIn(fields: Fields, path = ''): string[] {
  return Object.entries(fields).flatMap(([key, below]) => {
    if (key === '.') return [];
    const inside = `${path}${key.replace(/^f:/, '.')}`;
    if (inside === '.metadata.annotations' && Object.keys(below).length === 0) return [];
    return Object.keys(below).length === 0 ? [inside] : leavesIn(below, inside);
  });
}
