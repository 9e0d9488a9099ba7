import { afterEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { GraphForm } from '@mcp/contracts';
import { hubDefaults } from '@mcp/grpc';
import { refusal, ServedApi } from './served-api.js';

let api: ServedApi;
afterEach(() => api.close());

async function shop(): Promise<ServedApi> {
  api = await (await ServedApi.start()).ready();
  await api.addNamespace('shop');
  await api.addService('shop', 'web');
  await api.addService('shop', 'cart');
  await api.addNamespace('blog');
  await api.addService('blog', 'web');
  await api.shown();
  return api;
}

const typed = { form: GraphForm.GRAPH_FORM_TYPED };

describe('GetMeshGraph', () => {
  it('gives the JSON form, where a name that is not unique is spelt out', async () => {
    await shop();
    const answer = await api.getGraph();
    const { sequence } = await api.log.head();

    expect(JSON.parse(answer.jsonGraph)).toEqual({
      services: {
        cart: { name: 'cart', namespace: 'shop', key: 'shop/cart', meshed: false },
        'blog/web': { name: 'web', namespace: 'blog', key: 'blog/web', meshed: false },
        'shop/web': { name: 'web', namespace: 'shop', key: 'shop/web', meshed: false },
      },
      edges: [],
    });
    expect(answer).toMatchObject({ entities: [], nextPageToken: '' });
    expect(answer.position.split('.')[1]).toBe(String(sequence));
    expect(answer.recordedAt?.getTime()).toBeGreaterThan(Date.now() - 60_000);
  });

  it('keeps what is in the namespaces that are asked for', async () => {
    await shop();
    const { jsonGraph } = await api.getGraph({ namespaces: ['blog'] });
    expect(Object.keys((JSON.parse(jsonGraph) as { services: object }).services)).toEqual(['web']);
  });

  it('tells how well each kind is followed', async () => {
    await shop();
    const watch = api.watchGraph();
    await watch.snapshot();
    await api.namespacesAre('stale');
    await watch.delta();
    watch.cancel();
    expect((await api.getGraph()).sources).toMatchObject([{ kind: 'Namespace', phase: 3 }]);
  });

  it('gives the typed form in pages, all of the position of the first', async () => {
    await shop();
    const whole = await api.getGraph(typed);
    const keys: string[] = [];
    const positions = new Set<string>();
    let pageToken = '';
    let pages = 0;
    do {
      const page = await api.getGraph({ ...typed, pageBytes: 300, pageToken });
      keys.push(...page.entities.map(({ key }) => key));
      positions.add(page.position);
      pageToken = page.nextPageToken;
      pages += 1;
      if (pages === 1) await api.addService('shop', 'late');
    } while (pageToken !== '');

    expect(whole.jsonGraph).toBe('');
    expect(keys).toEqual(whole.entities.map(({ key }) => key));
    expect([...positions]).toEqual([whole.position]);
    expect(pages).toBeGreaterThan(2);
  });

  it('gives the graph as it was at a position, page by page, to a server that did not give the first page', async () => {
    await shop();
    const before = await api.getGraph(typed);
    const first = await api.getGraph({ ...typed, pageBytes: 300 });
    const watch = api.watchGraph();
    await watch.snapshot();
    await api.addService('shop', 'late');
    await watch.delta();
    watch.cancel();

    expect(await api.getGraph({ ...typed, at: before.position })).toEqual(before);
    expect((await api.getGraph(typed)).entities).toHaveLength(before.entities.length + 1);
    // read to the end, so that the list is no longer kept
    let pageToken = first.nextPageToken;
    while (pageToken !== '')
      ({ nextPageToken: pageToken } = await api.getGraph({ ...typed, pageBytes: 300, pageToken }));
    const again = await api.getGraph({ ...typed, pageToken: first.nextPageToken });
    expect([...first.entities, ...again.entities]).toEqual(before.entities);
  });

  it('refuses JSON that no client would take, and names the filter', async () => {
    api = await ServedApi.start({
      before: async (log) => {
        const name = 'n'.repeat(240);
        for (let batch = 0; batch < 10; batch += 1) {
          await log.append({
            writes: Array.from({ length: 800 }, (_, index) => ({
              subject: `Service/shop/${name}${batch}-${index}/u`,
              expectedVersion: 'any' as const,
              event: {
                id: `${batch}-${index}`,
                type: 'ServiceObserved' as const,
                version: 1,
                occurredAt: 1,
                actor: { name: 'test', provenBy: 'component' as const },
                data: {
                  namespace: 'shop',
                  name: `${name}${batch}-${index}`,
                  uid: `u${batch}-${index}`,
                  createdAt: 1,
                  type: 'ClusterIP' as const,
                  headless: false,
                  clusterIps: [],
                  ports: [],
                },
              },
            })),
          });
        }
      },
    });
    const small = { namespaces: ['blog'] };
    for (;;) {
      const ready = await api.getGraph(small).catch(() => undefined);
      if (ready !== undefined) break;
    }
    expect(await refusal(api.getGraph())).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      message: expect.stringContaining('name fewer namespaces in `namespaces`'),
      details: { ErrorInfo: { reason: 'ANSWER_TOO_LARGE' } },
    });
    const page = await api.getGraph(typed);
    expect(page.entities.length).toBeGreaterThan(1_000);
    expect(page.nextPageToken).not.toBe('');
  });

  it.each([
    ['a namespace that is no name', { namespaces: ['Not_A_Name'] }, 'namespaces'],
    ['a position that is none', { at: 'yesterday' }, 'at'],
    ['a page that is too large', { ...typed, pageBytes: 4_000_000 }, 'page_bytes'],
    ['a page token of somebody else', { ...typed, pageToken: 'abc' }, 'page_token'],
    ['a page of JSON', { pageBytes: 1_000 }, 'page_bytes'],
    ['a page token for JSON', { pageToken: 'abc' }, 'page_token'],
    ['a form that there is none', { form: 7 as number }, 'form'],
  ])('refuses %s and names the field', async (_what, request, field) => {
    await shop();
    expect(await refusal(api.getGraph(request))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: { BadRequest: { fieldViolations: [{ field }] } },
    });
  });

  it('refuses a position of another log, and one that the log has lost', async () => {
    await shop();
    const { position } = await api.getGraph();
    const [log, sequence] = position.split('.');
    expect(await refusal(api.getGraph({ at: `other.${sequence}.0123456789abcdef` }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      message: expect.stringContaining('leave at empty to begin anew'),
      details: {
        ErrorInfo: { reason: 'POSITION_OF_ANOTHER_LOG' },
        BadRequest: { fieldViolations: [{ field: 'at' }] },
      },
    });
    const pageToken = Buffer.from(JSON.stringify(['other.1.0123456789abcdef', '', '', ''])).toString(
      'base64url',
    );
    expect(await refusal(api.getGraph({ ...typed, pageToken }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: { BadRequest: { fieldViolations: [{ field: 'page_token' }] } },
    });
    expect(await refusal(api.getGraph({ at: `${log}.${sequence}.0123456789abcdef` }))).toMatchObject({
      code: status.DATA_LOSS,
      details: {
        ErrorInfo: { reason: 'POSITION_LOST' },
        BadRequest: { fieldViolations: [{ field: 'at' }] },
      },
    });
  });
});

describe('WatchMeshGraph', () => {
  it('gives a snapshot and then each change', async () => {
    await shop();
    const watch = api.watchGraph();
    const { keys, position, resyncReason } = await watch.snapshot();
    await api.addService('shop', 'new');
    const delta = await watch.delta();

    expect(keys).toEqual((await api.getGraph({ ...typed, at: position })).entities.map(({ key }) => key));
    expect(resyncReason).toBe('');
    expect(delta).toMatchObject({ upserted: [expect.stringContaining('new')], removed: [] });
    watch.cancel();
  });

  it('gives only what is in the namespaces that are asked for', async () => {
    await shop();
    const watch = api.watchGraph({ namespaces: ['blog'] });
    const { keys } = await watch.snapshot();
    await api.addService('shop', 'unseen');
    await api.addService('blog', 'seen');

    expect(keys.filter((key) => key.includes('shop'))).toEqual([]);
    expect((await watch.delta()).upserted).toEqual([expect.stringContaining('seen')]);
    watch.cancel();
  });

  it('goes on from a position without a gap', async () => {
    await shop();
    const first = api.watchGraph();
    const { position } = await first.snapshot();
    first.cancel();
    await api.addService('shop', 'meanwhile');
    const second = api.watchGraph({ resumeFrom: position });

    expect((await second.delta()).upserted).toEqual([expect.stringContaining('meanwhile')]);
    second.cancel();
  });

  it('gives the whole graph, saying why, where it cannot go on from a position', async () => {
    api = await (await ServedApi.start({ watchers: { ...hubDefaults, deltas: 1 } })).ready();
    const { position } = await api.watchGraph().snapshot();
    const counted = api.watchGraph();
    await counted.snapshot();
    for (const name of ['one', 'two', 'three']) {
      await api.addService('shop', name);
      await counted.delta();
    }
    const late = await api.watchGraph({ resumeFrom: position }).snapshot();
    expect(late).toMatchObject({
      resyncReason: 'the position is older than this server keeps',
      keys: [expect.anything(), expect.anything(), expect.anything()],
    });
    const [log, sequence] = late.position.split('.');
    const lost = await api.watchGraph({ resumeFrom: `${log}.${sequence}.0123456789abcdef` }).snapshot();
    expect(lost.resyncReason).toBe('the log lost the part that the position is in');
  });

  it('refuses a position of another log', async () => {
    await shop();
    const watch = api.watchGraph({ resumeFrom: 'other.1.0123456789abcdef' });
    expect(await refusal(watch.next())).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: {
        ErrorInfo: { reason: 'POSITION_OF_ANOTHER_LOG' },
        BadRequest: { fieldViolations: [{ field: 'resume_from' }] },
      },
    });
  });

  it('says at which position the client is while nothing happens', async () => {
    api = await (await ServedApi.start({ watchers: { ...hubDefaults, heartbeatMs: 50 } })).ready();
    await api.addNamespace('shop');
    await api.shown();
    const watch = api.watchGraph();
    const { position } = await watch.snapshot();
    expect(await watch.next()).toMatchObject({ position, message: { $case: 'heartbeat' } });
    watch.cancel();
  });
});
