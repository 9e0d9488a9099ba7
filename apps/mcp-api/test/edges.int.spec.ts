import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  type Edge,
  EdgeActivity,
  EdgeEvidence,
  EdgeProtocol,
  EdgeSecurity,
  type Entity,
  GraphForm,
  TelemetryPhase,
} from '@mcp/contracts';
import type { EdgeSample } from '@mcp/mesh';
import { RecordedMesh } from './recorded-mesh.js';
import { refusal, ServedApi } from './served-api.js';

const typed = { form: GraphForm.GRAPH_FORM_TYPED };
const [web, cart, ledger] = ['shop/Deployment/web', 'shop/Deployment/cart', 'bank/Deployment/ledger'];

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
  for (const [namespace, name] of [
    ['shop', 'web'],
    ['shop', 'cart'],
    ['bank', 'ledger'],
  ] as const)
    await mesh.service(namespace, name, { selector: { app: name } });
  toCart = `Edge/${await mesh.edge(web, cart, { services: ['shop/cart'] })}`;
  toLedger = `Edge/${await mesh.edge(cart, ledger, { services: ['bank/ledger'], security: 'mixed' })}`;
  await mesh.telemetry('live');
  await read();
});

afterEach(() => api.close());

/** Waits until the API has read all that is recorded. */
async function read(): Promise<void> {
  const { sequence } = await api.log.head();
  while (Number((await api.getGraph(typed)).position.split('.')[1]) < sequence);
}

/** The collector has looked. */
async function poll(edges: Readonly<Record<string, EdgeSample>>): Promise<number> {
  const at = Date.now();
  const byId = Object.entries(edges).map(([key, sample]) => [key.slice('Edge/'.length), sample] as const);
  await api.series.append({ at, windowMs: 60_000, proxiesSeen: 2, meshedPods: 3, edges: new Map(byId) });
  return at;
}

/** Asks until the API has seen a poll. */
async function ratesOf(request: Parameters<typeof api.getGraph>[0], at: number) {
  for (;;) {
    const answer = await api.getGraph(request);
    if (answer.rates?.seen?.asOf?.getTime() === at) return answer;
  }
}

const edgesIn = (entities: readonly Entity[]): readonly Edge[] =>
  entities.flatMap(({ entity }) => (entity?.$case === 'edge' ? [entity.edge] : []));

describe('an edge in the graph', () => {
  it('is told with its ends, how it travels, and what that stands on', async () => {
    const { entities } = await api.getGraph({ ...typed, namespaces: ['bank'] });
    expect(edgesIn(entities)).toEqual([
      {
        source: cart,
        destination: ledger,
        requestsPerSecond: undefined,
        tls: false,
        sourceEnd: {
          end: { $case: 'workload', workload: { namespace: 'shop', kind: 'Deployment', name: 'cart' } },
        },
        destinationEnd: {
          end: { $case: 'workload', workload: { namespace: 'bank', kind: 'Deployment', name: 'ledger' } },
        },
        port: 8080,
        protocol: EdgeProtocol.EDGE_PROTOCOL_HTTP,
        security: EdgeSecurity.EDGE_SECURITY_MIXED,
        insecureReasons: [],
        activity: EdgeActivity.EDGE_ACTIVITY_ACTIVE,
        evidence: EdgeEvidence.EDGE_EVIDENCE_CLIENT,
        services: ['bank/ledger'],
        serverIdentities: [],
        firstSeenAt: new Date(1_000),
        lastSeenAt: new Date(2_000),
        seen: { asOf: new Date(2_000), windowMs: 60_000, proxiesSeen: 2, meshedPods: 3 },
      },
    ]);
  });

  it('is in the graph of both namespaces, and its changes reach watchers of either', async () => {
    const watches = ['shop', 'bank', 'blog'].map((namespace) => api.watchGraph({ namespaces: [namespace] }));
    const edges = await Promise.all(
      watches.map(async (watch) => (await watch.snapshot()).keys.filter((key) => key.startsWith('Edge/'))),
    );
    expect(edges).toEqual([[toLedger, toCart], [toLedger], []]);
    await mesh.edge(cart, ledger, { activity: 'idle' });
    expect((await watches[0]!.delta()).upserted).toEqual([toLedger]);
    expect((await watches[1]!.delta()).upserted).toEqual([toLedger]);
    for (const watch of watches) watch.cancel();
  });

  it('is told through every page', async () => {
    const keys: string[] = [];
    let pageToken = '';
    do {
      const page = await api.getGraph({ ...typed, namespaces: ['bank'], pageBytes: 300, pageToken });
      keys.push(...page.entities.map(({ key }) => key));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    const whole = await api.getGraph({ ...typed, namespaces: ['bank'] });
    expect(keys).toEqual(whole.entities.map(({ key }) => key));
    expect(keys).toContain(toLedger);
  });

  it('stays when telemetry is lost, and the answer says so', async () => {
    await mesh.telemetry('gap', 'connection refused');
    await read();
    const answer = await api.getGraph(typed);
    expect(edgesIn(answer.entities)).toHaveLength(2);
    expect(answer.telemetry).toEqual({
      phase: TelemetryPhase.TELEMETRY_PHASE_GAP,
      reason: 'connection refused',
      lastAt: new Date(2_000),
      since: new Date(1),
      faults: [],
      proxies: undefined,
    });
  });

  it('is told with what is wrong with telemetry, and how its proxies are', async () => {
    const fault = {
      code: 'scrapes-fail',
      message: 'is the scraper allowed?',
      pods: ['shop/web-a'],
      since: 9,
    } as const;
    await mesh.telemetry('live', '', {
      faults: [
        fault,
        { code: 'part-missing', part: 'counters', counters: 'denied http', message: '', since: 8 },
      ],
      proxies: {
        versions: [{ version: '2.366.0', proxies: 2 }],
        scrapedTwice: 1,
        certificates: { soonestEndAt: 5_000, endingSoon: 1 },
      },
    });
    await read();
    const { telemetry } = await api.getGraph(typed);
    expect(telemetry?.faults).toEqual([
      { ...fault, code: 'SCRAPES_FAIL', part: '', counters: '', since: new Date(9) },
      {
        code: 'PART_MISSING',
        part: 'counters',
        counters: 'denied http',
        message: '',
        pods: [],
        since: new Date(8),
      },
    ]);
    expect(telemetry?.proxies).toEqual({
      versions: [{ version: '2.366.0', proxies: 2 }],
      scrapedTwice: 1,
      soonestCertificateEnd: new Date(5_000),
      certificatesEndingSoon: 1,
    });
  });
});

describe('rates in GetMeshGraph', () => {
  it('are those of the newest poll, for the edges on the page and for what is known', async () => {
    const at = await poll({ [toCart]: { successPerSecond: 9, failurePerSecond: 3, p95Ms: 20 } });
    const { rates } = await ratesOf({ ...typed, includeRates: true }, at);
    expect(rates).toMatchObject({
      seen: { asOf: new Date(at), windowMs: 60_000, proxiesSeen: 2, meshedPods: 3 },
      rates: [{ edge: toCart, sample: { successPerSecond: 9, failurePerSecond: 3, p95Ms: 20 } }],
    });
    expect(rates?.rates[0]?.sample?.mtlsShare).toBeUndefined();
    expect((await api.getGraph(typed)).rates).toBeUndefined();
    const other = await api.getGraph({ ...typed, namespaces: ['bank'], includeRates: true });
    expect(other.rates?.rates).toEqual([]);
  });

  it('are requests per second in JSON, null where they are not known', async () => {
    const at = await poll({ [toCart]: { successPerSecond: 9, failurePerSecond: 3 } });
    const { jsonGraph } = await ratesOf({}, at);
    expect((JSON.parse(jsonGraph) as { edges: unknown }).edges).toEqual([
      { src: 'cart', dst: 'ledger', rps: null, tls: false },
      { src: 'web', dst: 'cart', rps: 12, tls: true },
    ]);
  });

  it('are not known of the past, and in JSON while telemetry is lost', async () => {
    const { position } = await api.getGraph();
    await ratesOf({}, await poll({ [toCart]: { successPerSecond: 9 } }));
    const past = await api.getGraph({ at: position });
    expect(past.jsonGraph).toContain('"rps":null');
    expect(past.rates).toBeUndefined();
    await mesh.telemetry('gap');
    await read();
    expect((await api.getGraph()).jsonGraph).not.toContain('"rps":9');
  });

  it.each([
    ['of the past', (at: string) => ({ ...typed, includeRates: true, at })],
    ['beside JSON, which has them', () => ({ includeRates: true })],
  ])('are refused %s', async (_what, request) => {
    const { position } = await api.getGraph();
    expect(await refusal(api.getGraph(request(position)))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: { BadRequest: { fieldViolations: [{ field: 'include_rates' }] } },
    });
  });
});

describe('rates in WatchMeshGraph', () => {
  it('come whole after the graph, and then where they changed by more than a tenth', async () => {
    const watch = api.watchGraph({ includeRates: true });
    await ratesOf(
      { ...typed, includeRates: true },
      await poll({
        [toCart]: { successPerSecond: 100 },
        [toLedger]: { successPerSecond: 50 },
        'Edge/a>b:1': {},
      }),
    );
    await watch.snapshot();
    let whole = await watch.rates();
    // the first may have gone out before there was a poll
    while (whole.changed.length === 0) whole = await watch.rates();
    expect(whole).toMatchObject({
      changed: [
        { edge: toLedger, sample: { successPerSecond: 50 } },
        { edge: toCart, sample: { successPerSecond: 100 } },
      ],
      unknown: [],
    });
    const quiet = await poll({ [toCart]: { successPerSecond: 109 }, [toLedger]: { successPerSecond: 46 } });
    await ratesOf({ ...typed, includeRates: true }, quiet);
    const at = await poll({ [toCart]: { successPerSecond: 111 } });
    expect(await watch.rates()).toMatchObject({
      seen: { asOf: new Date(at) },
      whole: false,
      changed: [{ edge: toCart, sample: { successPerSecond: 111 } }],
      unknown: [toLedger],
    });
    watch.cancel();
  });

  it('are not sent to who did not ask, and not of other namespaces', async () => {
    const [plain, bank] = [api.watchGraph(), api.watchGraph({ namespaces: ['bank'], includeRates: true })];
    await ratesOf(
      { ...typed, includeRates: true },
      await poll({ [toCart]: { successPerSecond: 1 }, [toLedger]: { successPerSecond: 2 } }),
    );
    await Promise.all([plain.snapshot(), bank.snapshot()]);
    let rates = await bank.rates();
    while (rates.changed.length === 0) rates = await bank.rates();
    expect(rates.changed.map(({ edge }) => edge)).toEqual([toLedger]);
    await mesh.edge(web, cart, { activity: 'idle' });
    expect((await plain.delta()).upserted).toEqual([toCart]);
    for (const watch of [plain, bank]) watch.cancel();
  });
});
