import { setTimeout as sleep } from 'node:timers/promises';
import { credentials, Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KubernetesAuthenticator, KubernetesAuthorizer } from '@mcp/access';
import { KubernetesAccessReviews } from '@mcp/cluster';
import {
  ApplyAuthorizationPolicyRequest,
  GetMeshGraphRequest,
  ImpactCode,
  MeshContextClient,
} from '@mcp/contracts';
import type { Actor } from '@mcp/events';
import { ownAddress } from '@mcp/testing';
import { CallersCluster } from './callers-cluster.js';
import { policyJson, refusal, ServedApi } from './served-api.js';

const forgedSeries = 'mcp_api_forged_identities_total';

let cluster: CallersCluster;
let api: ServedApi;
/** As the proxy of the pod reaches it. */
let meshed: MeshContextClient;
const clients: MeshContextClient[] = [];

beforeAll(async () => {
  cluster = await CallersCluster.start(['viewer', 'editor', 'nobody']);
  await cluster.bind('viewer', 'reader');
  await cluster.bind('editor', 'editor', 'shop');
  const reviews = new KubernetesAccessReviews(cluster.admin);
  api = await ServedApi.start({
    authenticator: new KubernetesAuthenticator(reviews, 'linkerd-mcp'),
    authorizer: new KubernetesAuthorizer(reviews),
    meshIdentity: 'linkerd.cluster.local',
    grpc: { address: '0.0.0.0:0' },
  });
  meshed = at(ownAddress(), api.meshPort);
  await api.namespacesAre('live');
  for (const namespace of ['shop', 'ledger']) await api.addNamespace(namespace);
  await until(() => read(meshed, [identityOf('viewer')]));
}, 120_000);
afterAll(async () => {
  for (const client of clients) client.close();
  await api.close();
  await cluster.close();
});

describe('a call with an identity of the mesh', () => {
  it('has the rights of its service account', async () => {
    expect((await read(meshed, [identityOf('viewer')])).position).not.toBe('');
    expect(await refusal(read(meshed, [identityOf('nobody')]))).toMatchObject({
      code: status.PERMISSION_DENIED,
      message: expect.stringContaining('system:serviceaccount:people:nobody may not list pods'),
    });
  });

  it('changes policy where a role lets it, is recorded as known by the mesh, and changes none elsewhere', async () => {
    await until(() => apply(meshed, 'shop', [identityOf('editor')]));
    expect(await askers()).toEqual([
      {
        name: 'system:serviceaccount:people:editor',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:people', 'system:authenticated'],
        provenBy: 'mesh',
        from: ownAddress(),
      },
    ]);
    expect(await refusal(apply(meshed, 'ledger', [identityOf('editor')]))).toMatchObject({
      code: status.PERMISSION_DENIED,
    });
  });

  it.each([
    ['twice', [identityOf('viewer'), identityOf('viewer')]],
    ['of another trust domain', [identityOf('viewer').replace('cluster.local', 'other.example')]],
    ['with a second one behind a comma', [`${identityOf('nobody')},${identityOf('viewer')}`]],
    ['in capitals', [identityOf('Viewer')]],
  ])('is refused %s, in words that do not repeat it', async (_what, identities) => {
    const refused = await refusal(read(meshed, identities));
    expect(refused).toMatchObject({ code: status.UNAUTHENTICATED });
    expect(JSON.stringify(refused)).not.toMatch(/viewer|nobody|other\.example/i);
  });

  it('is refused with a token besides, and a token alone is taken', async () => {
    const token = await cluster.tokenOf('viewer', 'linkerd-mcp');
    expect(await refusal(read(meshed, [identityOf('viewer')], token))).toMatchObject({
      code: status.UNAUTHENTICATED,
      message: expect.stringContaining('two names'),
    });
    expect((await read(meshed, [], token)).position).not.toBe('');
  });
});

describe('an identity is not believed', () => {
  it('on the port for tokens, where the proxy tells it too: that is no forgery', async () => {
    const before = await forged();
    const refused = await refusal(read(at(ownAddress(), api.port), [identityOf('viewer')]));
    expect(refused).toMatchObject({
      code: status.UNAUTHENTICATED,
      message: expect.stringContaining('the call has no token'),
    });
    expect(await forged()).toBe(before);
  });

  it.each([
    ['for the mesh', () => api.meshPort],
    ['for tokens', () => api.port],
  ])('past the proxy, as port-forward comes, on the port %s, and is counted', async (_what, port) => {
    const before = await forged();
    expect(await refusal(read(at('127.0.0.1', port()), [identityOf('viewer')]))).toMatchObject({
      code: status.UNAUTHENTICATED,
    });
    expect(await forged()).toBe((before ?? 0) + 1);
  });
});

function identityOf(account: string): string {
  return `${account}.people.serviceaccount.identity.linkerd.cluster.local`;
}

function at(host: string, port: number | undefined): MeshContextClient {
  const client = new MeshContextClient(`${host}:${port}`, credentials.createInsecure());
  clients.push(client);
  return client;
}

async function forged(): Promise<number | undefined> {
  return (await api.measured(forgedSeries)).get(forgedSeries);
}

/** Who asked for the changes that are recorded. */
async function askers(): Promise<Actor[]> {
  const actors: Actor[] = [];
  for await (const batch of api.log.read({ log: await api.log.identity(), sequence: 0, digest: '' }))
    for (const { type, actor } of batch) if (type === 'ChangeRequested') actors.push(actor);
  return actors;
}

function headersOf(identities: readonly string[], token?: string): Metadata {
  const headers = new Metadata();
  for (const identity of identities) headers.add('l5d-client-id', identity);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  return headers;
}

function read(client: MeshContextClient, identities: readonly string[], token?: string) {
  return new Promise<{ readonly position: string }>((resolve, reject) => {
    const request = GetMeshGraphRequest.fromPartial({});
    client.getMeshGraph(request, headersOf(identities, token), (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

function apply(client: MeshContextClient, namespace: string, identities: readonly string[]) {
  const request = ApplyAuthorizationPolicyRequest.fromPartial({
    namespace,
    name: 'web',
    jsonSpec: policyJson('web'),
    acceptImpact: [ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT],
  });
  return new Promise<{ readonly changeId: string }>((resolve, reject) => {
    client.applyAuthorizationPolicy(request, headersOf(identities), (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

/** Does it again until it works: roles reach the API server's own memory in a moment. */
async function until<T>(attempt: () => Promise<T>): Promise<T> {
  const giveUp = Date.now() + 60_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > giveUp) throw error;
      await sleep(100);
    }
  }
}
