import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  CallDirection,
  CallerKind,
  DenialKind,
  type GetCallGraphResponse,
  SeriesResolution,
  TelemetryPhase,
  Verdict,
} from '@mcp/contracts';
import type { EdgeSample } from '@mcp/mesh';
import { RecordedMesh } from './recorded-mesh.js';
import { refusal, ServedApi } from './served-api.js';

const ref = (name: string, namespace = 'shop', kind = 'Deployment') => ({ namespace, kind, name });
const [web, cart, ledger] = ['shop/Deployment/web', 'shop/Deployment/cart', 'bank/Deployment/ledger'];
const identityOf = (namespace: string) =>
  `default.${namespace}.serviceaccount.identity.linkerd.cluster.local`;

let api: ServedApi;
let mesh: RecordedMesh;
let toCart: string;
let toLedger: string;

beforeEach(async () => {
  api = await (await ServedApi.start()).ready();
  mesh = await RecordedMesh.of(api);
  for (const name of ['shop', 'bank']) await mesh.namespace(name);
  await mesh.workload('shop', 'web', { 'web-a': '10.0.0.1' });
  await mesh.workload('shop', 'cart', { 'cart-a': '10.0.0.2' });
  await mesh.workload('bank', 'ledger', { 'ledger-a': '10.0.0.3' });
  await mesh.service('shop', 'cart', { selector: { app: 'cart' } });
  await mesh.service('shop', 'vendor', { externalName: 'vendor.example.org' });
  toCart = `Edge/${await mesh.edge(web, cart, { services: ['shop/cart'] })}`;
  toLedger = `Edge/${await mesh.edge(cart, ledger)}`;
  await mesh.edge({ kind: 'unmeshed' }, cart);
  await mesh.edge(ledger, { kind: 'external' }, { services: ['shop/vendor'] });
  await mesh.telemetry('live');
  await read();
});

afterEach(() => api.close());

/** Waits until the API has read all that is recorded. */
async function read(): Promise<void> {
  const { sequence } = await api.log.head();
  while (Number((await api.getGraph()).position.split('.')[1]) < sequence);
  while (Number((await api.denials()).basis?.basis?.position.split('.')[1]) < sequence);
}

async function poll(at: number, edges: Readonly<Record<string, EdgeSample>>): Promise<void> {
  const byId = Object.entries(edges).map(([key, sample]) => [key.slice('Edge/'.length), sample] as const);
  await api.series.append({ at, windowMs: 60_000, proxiesSeen: 2, meshedPods: 3, edges: new Map(byId) });
}

describe('GetCallGraph', () => {
  const told = ({ edges }: GetCallGraphResponse) =>
    edges.map(({ edge, callersStep, calleesStep }) =>
      `${edge?.source ?? ''} > ${edge?.destination ?? ''} ^${callersStep} v${calleesStep}`.replaceAll(
        'Deployment/',
        '',
      ),
    );

  it('tells callers and callees of a workload, step by step, with what it stands on', async () => {
    const at = Date.now();
    await poll(at, { [toCart]: { successPerSecond: 9 } });
    let answer = await api.callGraph({ workload: ref('cart', 'shop', '') });
    while (answer.basis?.seen === undefined)
      answer = await api.callGraph({ workload: ref('cart', 'shop', '') });
    expect(told(answer)).toEqual([
      'shop/cart > bank/ledger ^0 v1',
      'shop/web > shop/cart ^1 v0',
      'unmeshed > shop/cart ^1 v0',
      'bank/ledger > external ^0 v2',
    ]);
    expect(answer.roots).toEqual([ref('cart')]);
    expect(answer.edges.map(({ key, sample }) => [key === toCart, sample?.successPerSecond])).toEqual([
      [false, undefined],
      [true, 9],
      [false, undefined],
      [false, undefined],
    ]);
    expect(answer.basis).toMatchObject({
      basis: {
        position: expect.stringMatching(/\.\d+\./),
        sources: expect.arrayContaining([expect.anything()]),
      },
      telemetry: { phase: TelemetryPhase.TELEMETRY_PHASE_LIVE },
      seen: { asOf: new Date(at), windowMs: 60_000, proxiesSeen: 2, meshedPods: 3 },
    });
  });

  it('of a Service has who came through it, and what the workloads behind it call', async () => {
    expect(told(await api.callGraph({ service: { namespace: 'shop', name: 'cart' } }))).toEqual([
      'shop/cart > bank/ledger ^0 v1',
      'shop/web > shop/cart ^1 v0',
      'bank/ledger > external ^0 v2',
    ]);
    expect(told(await api.callGraph({ service: { namespace: 'shop', name: 'vendor' } }))).toEqual([
      'bank/ledger > external ^1 v0',
      'shop/cart > bank/ledger ^2 v0',
      'shop/web > shop/cart ^3 v0',
      'unmeshed > shop/cart ^3 v0',
    ]);
  });

  it('says where it stopped', async () => {
    const near = await api.callGraph({
      workload: ref('web'),
      direction: CallDirection.CALL_DIRECTION_CALLEES,
      depth: 1,
    });
    expect(told(near)).toEqual(['shop/web > shop/cart ^0 v1']);
    expect(near.notFollowed).toEqual([
      {
        end: { end: { $case: 'workload', workload: ref('cart') } },
        direction: CallDirection.CALL_DIRECTION_CALLEES,
        edges: 1,
      },
    ]);
    const few = await api.callGraph({ workload: ref('cart'), maxEdges: 2 });
    expect(few).toMatchObject({ leftOut: 1, edges: [{}, {}] });
  });

  it('of a namespace that is not looked at is not known', async () => {
    await mesh.scope(['bank']);
    await read();
    expect(await refusal(api.callGraph({ workload: ref('web') }))).toMatchObject({
      code: status.NOT_FOUND,
      details: { BadRequest: { fieldViolations: [{ field: 'workload.namespace' }] } },
    });
  });

  it('tells of the past what was so then', async () => {
    const { position } = await api.getGraph();
    await mesh.edge(cart, web);
    await read();
    const workload = ref('cart');
    expect(told(await api.callGraph({ workload, at: position }))).toHaveLength(4);
    expect(told(await api.callGraph({ workload }))).toHaveLength(5);
  });

  it.each([
    [
      'a workload that there is none of',
      { workload: ref('card') },
      status.NOT_FOUND,
      'workload',
      'shop/Deployment/cart',
    ],
    [
      'a Service that there is none of',
      { service: { namespace: 'shop', name: 'car' } },
      status.NOT_FOUND,
      'service',
      'shop/cart',
    ],
    ['no root', {}, status.INVALID_ARGUMENT, 'workload', 'exactly one'],
    [
      'two roots',
      { workload: ref('web'), service: { namespace: 'a', name: 'b' } },
      status.INVALID_ARGUMENT,
      'workload',
      'exactly one',
    ],
    ['too much depth', { workload: ref('web'), depth: 17 }, status.INVALID_ARGUMENT, 'depth', 'at most 16'],
    [
      'too many edges',
      { workload: ref('web'), maxEdges: 5_001 },
      status.INVALID_ARGUMENT,
      'max_edges',
      'at most 5000',
    ],
    [
      'a direction that there is none of',
      { workload: ref('web'), direction: 7 },
      status.INVALID_ARGUMENT,
      'direction',
      'direction',
    ],
  ])('refuses %s and names the field', async (_what, request, code, field, words) => {
    const refused = await refusal(api.callGraph(request));
    expect(refused).toMatchObject({ code, details: { BadRequest: { fieldViolations: [{ field }] } } });
    expect(JSON.stringify(refused.details)).toContain(words);
  });
});

describe('GetTraffic', () => {
  const minute = 60_000;
  const begin = Math.floor(Date.now() / minute) * minute - 20 * minute;
  const range = { from: new Date(begin), to: new Date(begin + 10 * minute) };

  it('gives the points of an edge, and holes where nothing is known', async () => {
    // the last completes the minute before
    for (const at of [0, 1, 2, 6, 7, 8, 9, 10])
      await poll(begin + at * minute, { [toCart]: { successPerSecond: at } });
    const answer = await api.edgeTraffic({
      ...range,
      edge: toCart,
      resolution: SeriesResolution.SERIES_RESOLUTION_MINUTE,
    });
    expect(answer).toMatchObject({
      ...range,
      resolution: SeriesResolution.SERIES_RESOLUTION_MINUTE,
      nextPageToken: '',
    });
    const [series] = answer.series;
    expect(series).toMatchObject({ key: toCart, edge: { source: web, destination: cart } });
    expect(
      series?.points.map(({ at, polls, sample }) => [at?.getTime(), polls, sample?.successPerSecond]),
    ).toEqual([0, 1, 2, 6, 7, 8, 9].map((at) => [begin + at * minute, 1, at]));
    expect(series?.holes).toEqual([{ from: new Date(begin + 3 * minute), to: new Date(begin + 6 * minute) }]);
    expect(answer.basis?.telemetry?.phase).toBe(TelemetryPhase.TELEMETRY_PHASE_LIVE);
  });

  it('gives all edges of a workload, page by page, of those without a point one hole', async () => {
    await poll(begin, { [toCart]: { successPerSecond: 1 } });
    const request = { ...range, workload: ref('cart', 'shop', '') };
    const keys: string[] = [];
    let pages = 0;
    let pageToken = '';
    do {
      const page = await api.edgeTraffic({ ...request, pageBytes: 1, pageToken });
      keys.push(...page.series.map(({ key }) => key));
      pageToken = page.nextPageToken;
      pages += 1;
    } while (pageToken !== '');
    const whole = await api.edgeTraffic(request);
    expect(keys).toEqual([toLedger, toCart, `Edge/unmeshed>${cart}:8080`]);
    expect(pages).toBe(3);
    expect(whole.series.map(({ key }) => key)).toEqual(keys);
    expect(whole.series.map(({ points, holes }) => [points.length, holes])).toEqual([
      [0, [range]],
      [1, []],
      [0, [range]],
    ]);
  });

  it('is of the last hour where no time is asked for', async () => {
    const before = Date.now();
    const { from, to } = await api.edgeTraffic({ edge: toCart });
    expect(to!.getTime()).toBeGreaterThanOrEqual(before);
    expect(to!.getTime() - from!.getTime()).toBe(60 * minute);
  });

  it('knows an edge whose workload is gone', async () => {
    const gone = `Edge/${await mesh.edge('shop/Deployment/gone', cart)}`;
    await read();
    const [of, all] = [
      await api.edgeTraffic({ edge: gone }),
      await api.edgeTraffic({ workload: ref('gone') }),
    ];
    expect([of, all].map(({ series }) => series.map(({ key }) => key))).toEqual([[gone], [gone]]);
  });

  it('is of the last hour before the first page on all pages, however late they are asked for', async () => {
    const request = { workload: ref('cart', 'shop', ''), pageBytes: 1 };
    const asked = Date.now();
    const first = await api.edgeTraffic(request);
    const [from = 0, to = 0] = [first.from?.getTime(), first.to?.getTime()];
    expect(to).toBeGreaterThanOrEqual(asked);
    expect(to - from).toBe(60 * minute);
    while (Date.now() === to) await new Promise(setImmediate);
    const second = await api.edgeTraffic({ ...request, pageToken: first.nextPageToken });
    expect([second.from, second.to]).toEqual([first.from, first.to]);
    expect(second.series.map(({ key }) => key)).not.toEqual(first.series.map(({ key }) => key));
  });

  it('is UNAVAILABLE where the series does not answer', async () => {
    await api.series.close();
    expect(await refusal(api.edgeTraffic({ edge: toCart }))).toMatchObject({ code: status.UNAVAILABLE });
  });

  it.each([
    ['an edge that there is none of', { edge: 'Edge/a>b:1' }, status.NOT_FOUND, 'edge'],
    ['a key that is of no edge', { edge: 'Service/shop/cart' }, status.NOT_FOUND, 'edge'],
    ['a workload that there is none of', { workload: ref('card') }, status.NOT_FOUND, 'workload'],
    ['nothing to tell of', {}, status.INVALID_ARGUMENT, 'edge'],
    [
      'a range that ends before it begins',
      { edge: 'e', from: new Date(5), to: new Date(4) },
      status.INVALID_ARGUMENT,
      'to',
    ],
    ['a token of somebody else', { edge: 'e', pageToken: 'abc' }, status.INVALID_ARGUMENT, 'page_token'],
  ])('refuses %s and names the field', async (_what, request, code, field) => {
    expect(await refusal(api.edgeTraffic(request))).toMatchObject({
      code,
      details: { BadRequest: { fieldViolations: [{ field }] } },
    });
  });
});

describe('ListDenials', () => {
  const fromWeb = { kind: 'identity', identity: identityOf('shop') } as const;

  beforeEach(async () => {
    await mesh.refused({ client: fromWeb, total: 7, firstAt: 1_000, lastAt: 9_000 });
    await mesh.refused({ what: 'rate-limited', lastAt: 8_000, total: 2 });
    await mesh.refused({
      workload: ref('ledger', 'bank'),
      protocol: 'tcp',
      server: { group: '', kind: 'default', name: 'deny' },
      route: { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'orders' },
      client: { kind: 'identity', identity: 'a.far.serviceaccount.identity.linkerd.other' },
      lastAt: 7_000,
    });
    await read();
  });

  it('tells who was refused what, by which Server and route, how often, and who runs as that identity', async () => {
    const { denials, basis } = await api.denials();
    expect(denials).toEqual([
      {
        kind: DenialKind.DENIAL_KIND_DENIED,
        workload: ref('cart'),
        port: 8080,
        protocol: 1,
        server: { group: 'policy.linkerd.io', kind: 'server', name: 'cart-http' },
        route: undefined,
        client: { identity: identityOf('shop'), kind: CallerKind.CALLER_KIND_IDENTITY },
        clientWorkloads: [ref('cart'), ref('web')],
        count: 7,
        firstAt: new Date(1_000),
        lastAt: new Date(9_000),
        edges: [toCart],
        caller: ref('web'),
        verdictNow: Verdict.VERDICT_ALLOW,
      },
      expect.objectContaining({
        kind: DenialKind.DENIAL_KIND_RATE_LIMITED,
        client: { identity: '', kind: CallerKind.CALLER_KIND_UNMESHED },
        clientWorkloads: [],
        count: 2,
        edges: [`Edge/unmeshed>${cart}:8080`],
        caller: undefined,
        verdictNow: Verdict.VERDICT_UNSPECIFIED,
      }),
      expect.objectContaining({
        workload: ref('ledger', 'bank'),
        protocol: 2,
        server: { group: '', kind: 'default', name: 'deny' },
        route: { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'orders' },
        clientWorkloads: [],
        edges: [],
        caller: undefined,
      }),
    ]);
    expect(basis?.telemetry?.phase).toBe(TelemetryPhase.TELEMETRY_PHASE_LIVE);
  });

  it('tells none apart from not to be read: by kind while a counter is missing, and all in a gap', async () => {
    expect((await api.denials()).unread).toEqual([]);
    const missing = {
      code: 'part-missing',
      part: 'counters',
      message: 'no answer in time',
      since: 1,
    } as const;
    const faults = [
      { ...missing, counters: 'denied http' },
      { ...missing, counters: 'allowed tcp' },
    ];
    await mesh.telemetry('live', '', { faults });
    await read();
    const { DENIAL_KIND_DENIED: denied, DENIAL_KIND_AUDITED: audited } = DenialKind;
    expect((await api.denials()).unread).toEqual([denied, audited]);
    expect((await api.denials({ kinds: [audited] })).unread).toEqual([audited]);
    await mesh.telemetry('live', '', { faults: [missing] });
    await read();
    expect((await api.denials()).unread).toHaveLength(6);
    await mesh.telemetry('gap', 'connection refused');
    await read();
    expect((await api.denials()).unread).toHaveLength(6);
  });

  it.each([
    ['a namespace', { namespace: 'bank' }, [7_000]],
    ['a workload', { workload: ref('cart', 'shop', '') }, [9_000, 8_000]],
    ['an identity', { client: { identity: fromWeb.identity, kind: 0 } }, [9_000]],
    ['clients without one', { client: { identity: '', kind: CallerKind.CALLER_KIND_UNMESHED } }, [8_000]],
    ['kinds', { kinds: [DenialKind.DENIAL_KIND_RATE_LIMITED, DenialKind.DENIAL_KIND_AUDITED] }, [8_000]],
    ['a time', { since: new Date(8_000) }, [9_000, 8_000]],
    ['all of it', { namespace: 'shop', since: new Date(8_500), kinds: [DenialKind.DENIAL_KIND_AUDITED] }, []],
  ])('keeps to %s', async (_what, request, times) => {
    const { denials } = await api.denials(request);
    expect(denials.map(({ lastAt }) => lastAt?.getTime())).toEqual(times);
  });

  const asWeb = { identity: fromWeb.identity, kind: CallerKind.CALLER_KIND_IDENTITY };

  it('says which of several that share an identity it was only where one of them calls', async () => {
    const [told] = (await api.denials({ client: asWeb })).denials;
    expect([told?.edges, told?.caller]).toEqual([[toCart], ref('web')]);
    const toItself = `Edge/${await mesh.edge(cart, cart)}`;
    await read();
    const [both] = (await api.denials({ client: asWeb })).denials;
    expect([both?.edges, both?.caller]).toEqual([[toItself, toCart], undefined]);
  });

  it('says what policy decides now, also of what audit mode let in', async () => {
    const audit = {
      selects: 'pods',
      selector: { matchLabels: { app: 'cart' }, matchExpressions: [] },
    } as const;
    await mesh.policy('Server', 'shop', 'cart-http', {
      ...audit,
      port: 8080,
      proxyProtocol: 'HTTP/1',
      accessPolicy: 'audit',
    });
    await mesh.refused({ what: 'audited', client: fromWeb, lastAt: 9_500 });
    await read();
    const now = async () =>
      (await api.denials({ kinds: [DenialKind.DENIAL_KIND_AUDITED] })).denials.map((one) => one.verdictNow);
    expect(await now()).toEqual([Verdict.VERDICT_AUDIT]);
    await mesh.policy('MeshTLSAuthentication', 'shop', 'all-of-shop', {
      identities: [fromWeb.identity],
      identityRefs: [],
    });
    await mesh.policy('AuthorizationPolicy', 'shop', 'let-shop', {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'cart-http' },
      requiredAuthenticationRefs: [
        { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'all-of-shop' },
      ],
    });
    await read();
    expect(await now()).toEqual([Verdict.VERDICT_ALLOW]);
  });

  it('of the way out of the cluster tells who called, and through which EgressNetwork', async () => {
    await mesh.policy('EgressNetwork', 'bank', 'partners', { trafficPolicy: 'Deny' });
    const out = { kind: 'external', egressNetwork: { namespace: 'bank', name: 'partners' } } as const;
    const outward = `Edge/${await mesh.edge(ledger, out, { port: 443 })}`;
    await mesh.refused({
      ...{ what: 'egress-denied', workload: ref('ledger', 'bank'), port: 443, protocol: 'tcp' },
      server: { group: 'policy.linkerd.io', kind: 'EgressNetwork', name: 'bank/partners' },
      client: { kind: 'unidentified' },
    });
    await read();
    expect((await api.denials({ kinds: [DenialKind.DENIAL_KIND_EGRESS_DENIED] })).denials).toMatchObject([
      {
        workload: ref('ledger', 'bank'),
        caller: ref('ledger', 'bank'),
        server: { kind: 'EgressNetwork', name: 'bank/partners' },
        edges: [outward],
        verdictNow: Verdict.VERDICT_UNSPECIFIED,
      },
    ]);
  });

  it('is beside the call graph of what refused, and of now only', async () => {
    const { position } = await api.getGraph();
    const around = await api.callGraph({ workload: ref('cart') });
    expect(around.denials.map(({ workload, edges }) => [workload?.name, edges])).toEqual([
      ['cart', [toCart]],
      ['cart', [`Edge/unmeshed>${cart}:8080`]],
      ['ledger', []],
    ]);
    expect(around.moreDenials).toBe(0);
    const callers = await api.callGraph({
      workload: ref('cart'),
      direction: CallDirection.CALL_DIRECTION_CALLERS,
    });
    expect(callers.denials.map(({ workload }) => workload?.name)).toEqual(['cart', 'cart']);
    expect((await api.callGraph({ workload: ref('cart'), at: position })).denials).toEqual([]);
  });

  it('goes page by page', async () => {
    const times: (number | undefined)[] = [];
    let pageToken = '';
    let pages = 0;
    do {
      const page = await api.denials({ pageBytes: 1, pageToken });
      times.push(...page.denials.map(({ lastAt }) => lastAt?.getTime()));
      pageToken = page.nextPageToken;
      pages += 1;
    } while (pageToken !== '');
    expect([times, pages]).toEqual([[9_000, 8_000, 7_000], 3]);
  });

  it('knows what a workload refused that is gone', async () => {
    await mesh.refused({ workload: ref('gone', 'away'), lastAt: 99 });
    await read();
    for (const request of [{ workload: ref('gone', 'away') }, { namespace: 'away' }])
      expect((await api.denials(request)).denials.map(({ lastAt }) => lastAt?.getTime())).toEqual([99]);
  });

  it.each([
    ['a workload that there is none of', { workload: ref('card') }, status.NOT_FOUND, 'workload'],
    ['a namespace that there is none of', { namespace: 'shpo' }, status.NOT_FOUND, 'namespace'],
    ['a client of no kind', { client: { identity: '', kind: 0 } }, status.INVALID_ARGUMENT, 'client.kind'],
    [
      'an identity that is none',
      { client: { identity: 'A B', kind: 0 } },
      status.INVALID_ARGUMENT,
      'client.identity',
    ],
    [
      'a token of another question',
      { pageToken: Buffer.from('["x",1,"y"]').toString('base64url') },
      status.INVALID_ARGUMENT,
      'page_token',
    ],
    ['a kind that there is none of', { kinds: [9] }, status.INVALID_ARGUMENT, 'kinds'],
  ])('refuses %s and names the field', async (_what, request, code, field) => {
    expect(await refusal(api.denials(request))).toMatchObject({
      code,
      details: { BadRequest: { fieldViolations: [{ field }] } },
    });
  });
});
