import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { KubernetesAuthenticator, KubernetesAuthorizer } from '@mcp/access';
import { KubernetesAccessReviews } from '@mcp/cluster';
import { GraphForm } from '@mcp/contracts';
import type { EventType, RecordedEvent } from '@mcp/events';
import { CallersCluster } from './callers-cluster.js';
import { refusal, ServedApi } from './served-api.js';

const audience = 'linkerd-mcp';
const remembered = 10_000;

let cluster: CallersCluster;
let api: ServedApi;
/** Lets what was learned of callers grow old at once. */
let laterMs = 0;

const as = async (person: string, meantFor = audience) => ({
  authorization: `Bearer ${await cluster.tokenOf(person, meantFor)}`,
});

beforeAll(async () => {
  cluster = await CallersCluster.start(['viewer', 'shopper', 'editor', 'nobody', 'leaver']);
  await cluster.bind('viewer', 'reader');
  await cluster.bind('shopper', 'reader', 'shop');
  await cluster.bind('editor', 'editor', 'shop');
  const reviews = new KubernetesAccessReviews(cluster.admin);
  const now = (): number => Date.now() + laterMs;
  api = await ServedApi.start({
    authenticator: new KubernetesAuthenticator(reviews, audience, now),
    authorizer: new KubernetesAuthorizer(reviews, now),
    sightTimes: { askEveryMs: 20 },
  });
  const viewer = await as('viewer');
  await until(() => api.ready(viewer));
  await api.namespacesAre('live');
  for (const namespace of ['shop', 'ledger']) await api.addNamespace(namespace);
}, 120_000);
afterAll(async () => {
  await api.close();
  await cluster.close();
});

async function recorded<T extends EventType>(type: T): Promise<RecordedEvent<T>[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of api.log.read({ log: await api.log.identity(), sequence: 0, digest: '' }))
    events.push(...batch.filter((event) => event.type === type));
  return events as RecordedEvent<T>[];
}

const requested = () => recorded('ChangeRequested');

const name = (person: string): string => `system:serviceaccount:people:${person}`;

describe('a call with a token of the cluster', () => {
  it('reads, from who may list all pods, and from nobody else', async () => {
    expect((await api.getGraph({}, await as('viewer'))).position).not.toBe('');
    expect(await refusal(api.getGraph({}, await as('editor')))).toMatchObject({
      code: status.PERMISSION_DENIED,
      message: `${name('editor')} may not list pods in all namespaces; a ClusterRole with the verb list on pods, bound by a ClusterRoleBinding, would allow it`,
      details: { ErrorInfo: { reason: 'PERMISSION_DENIED', metadata: { verb: 'list', resource: 'pods' } } },
    });
  });

  it.each(['editor', 'nobody'])(
    'reads nothing, from %s, who may list the pods of no namespace',
    async (person) => {
      expect((await refusal(api.getGraph({}, await as(person)))).code).toBe(status.PERMISSION_DENIED);
    },
  );

  it('reads of the namespaces in which its caller may list pods, and of no other', async () => {
    const headers = await as('shopper');
    const typed = { form: GraphForm.GRAPH_FORM_TYPED };
    const keys = async (namespaces: readonly string[] = []) =>
      (await api.getGraph({ ...typed, namespaces }, headers)).entities.map(({ key }) => key);
    await until(keys);
    expect(await keys()).toEqual(['Source/Namespace', 'Namespace/shop']);
    expect(await keys(['ledger'])).toEqual(await keys(['no-such-namespace']));
    await cluster.bind('shopper', 'reader', 'ledger');
    await until(async () => {
      laterMs += remembered;
      expect(await keys()).toEqual(['Source/Namespace', 'Namespace/ledger', 'Namespace/shop']);
    });
    await cluster.unbind('shopper', 'reader', 'ledger');
    await until(async () => {
      laterMs += remembered;
      expect(await keys()).toEqual(['Source/Namespace', 'Namespace/shop']);
    });
  }, 60_000);

  it('tells what was recorded of the namespaces in which its caller may list pods', async () => {
    const subjects = async (person: string) =>
      (await api.listEvents({}, await as(person))).events.map(({ subject }) =>
        subject.split('/').slice(0, 3).join('/'),
      );
    expect(await subjects('viewer')).toEqual(
      expect.arrayContaining(['Namespace//ledger', 'Namespace//shop', 'source-state/Namespace']),
    );
    expect(new Set(await subjects('shopper'))).toEqual(new Set(['Namespace//shop']));
    expect((await refusal(subjects('editor'))).code).toBe(status.PERMISSION_DENIED);
  });

  it('watches the namespaces in which its caller may list pods, until there is none', async () => {
    const watch = api.watchGraph({}, await as('shopper'));
    expect((await watch.snapshot()).keys).toEqual(['Source/Namespace', 'Namespace/shop']);
    const forgetting = setInterval(() => (laterMs += remembered), 50);
    try {
      await cluster.bind('shopper', 'reader', 'ledger');
      expect(await watch.delta()).toMatchObject({ upserted: ['Namespace/ledger'], removed: [] });
      await cluster.unbind('shopper', 'reader', 'ledger');
      expect(await watch.delta()).toMatchObject({ upserted: [], removed: ['Namespace/ledger'] });
      await cluster.unbind('shopper', 'reader', 'shop');
      expect(await refusal(watch.delta())).toMatchObject({ code: status.PERMISSION_DENIED });
    } finally {
      clearInterval(forgetting);
    }
    await cluster.bind('shopper', 'reader', 'shop');
  }, 60_000);

  it.each(['editor', 'nobody'])('watches nothing, from %s', async (person) => {
    const watch = api.watchGraph({}, await as(person));
    expect(await refusal(watch.next())).toMatchObject({ code: status.PERMISSION_DENIED });
  });

  it('changes policy where a role lets the caller, and is recorded under who it is', async () => {
    const editor = await as('editor');
    await until(() => api.apply({ namespace: 'shop' }, editor));
    expect((await requested()).at(-1)?.actor).toEqual({
      name: name('editor'),
      provenBy: 'kubernetes',
      from: '127.0.0.1',
      uid: expect.any(String),
      groups: ['system:serviceaccounts', 'system:serviceaccounts:people', 'system:authenticated'],
    });
  });

  it.each([
    ['editor', 'ledger', false],
    ['editor', 'ledger', true],
    ['viewer', 'shop', false],
    ['nobody', 'shop', false],
  ])('of %s changes nothing in %s (dry run: %s)', async (person, namespace, dryRun) => {
    const before = await requested();
    expect(await refusal(api.apply({ namespace, dryRun }, await as(person)))).toMatchObject({
      code: status.PERMISSION_DENIED,
      message: expect.stringMatching(
        new RegExp(
          `^${name(person)} may not patch authorizationpolicies.policy.linkerd.io "web" in namespace ${namespace}; a Role in ${namespace} `,
        ),
      ),
    });
    expect(await requested()).toEqual(before);
  });

  it('is on record when it was denied a change, once', async () => {
    const headers = await as('nobody');
    for (let n = 0; n < 5; n += 1) await refusal(api.apply({ name: 'api', reason: 'ticket 7' }, headers));
    const denied = (await recorded('ChangeDenied')).filter(({ data }) => data.key.name === 'api');
    expect(denied).toEqual([
      expect.objectContaining({
        subject: `denied/kubernetes/${name('nobody')}`,
        actor: expect.objectContaining({ name: name('nobody'), provenBy: 'kubernetes' }),
        reason: 'ticket 7',
        data: expect.objectContaining({ verb: 'patch', resource: 'authorizationpolicies' }),
      }),
    ]);
    expect(
      (await api.measured('mcp_api_denied_changes_total')).get('mcp_api_denied_changes_total{recorded="no"}'),
    ).toBeGreaterThanOrEqual(4);
  });

  it.each([
    ['another audience', () => as('viewer', 'vault')],
    ['nobody', async () => ({ authorization: 'Bearer made-up' })],
    ['the API server', async () => ({ authorization: `Bearer ${cluster.server.tokens.admin}` })],
  ])('for %s is not taken, and not repeated', async (_what, headers) => {
    const sent = await headers();
    const refused = await refusal(api.getGraph({}, sent));
    expect(refused).toMatchObject({ code: status.UNAUTHENTICATED });
    expect(JSON.stringify(refused)).not.toContain(sent.authorization.slice('Bearer '.length));
  });

  it('loses what its caller loses', async () => {
    const headers = await as('leaver');
    await cluster.bind('leaver', 'reader');
    laterMs += remembered;
    await until(() => api.getGraph({}, headers));
    await cluster.unbind('leaver', 'reader');
    laterMs += remembered;
    await until(async () => {
      laterMs += remembered;
      expect((await refusal(api.getGraph({}, headers))).code).toBe(status.PERMISSION_DENIED);
    });
    await cluster.admin.request('DELETE', '/api/v1/namespaces/people/serviceaccounts/leaver');
    await until(async () => {
      laterMs += remembered;
      expect((await refusal(api.getGraph({}, headers))).code).toBe(status.UNAUTHENTICATED);
    });
  }, 60_000);

  it('is let in by nobody while the API server is away, and called by no wrong name', async () => {
    const viewer = await as('viewer');
    await cluster.server.kill();
    laterMs += remembered;
    for (const headers of [viewer, { authorization: 'Bearer made-up' }])
      expect(await refusal(api.getGraph({}, headers))).toMatchObject({
        code: status.UNAVAILABLE,
        message: 'the API server does not answer to a TokenReview (ACCESS_UNKNOWN)',
        details: { RetryInfo: { retryDelay: { seconds: 1 } } },
      });
    await cluster.server.restart();
    await until(() => api.getGraph({}, viewer));
    expect((await api.getGraph({}, viewer)).position).not.toBe('');
  }, 120_000);
});

/** Does it again until it works: roles reach the API server's own memory in a moment, and a token leaves it in ten seconds. */
async function until(attempt: () => Promise<unknown>): Promise<void> {
  const giveUp = Date.now() + 60_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > giveUp) throw error;
      await sleep(100);
    }
  }
}
