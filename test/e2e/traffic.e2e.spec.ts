import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ApplyPlanRequest,
  type ApplyPlanResponse,
  CallerKind,
  DenialKind,
  type Edge,
  EdgeActivity,
  type EdgeSample,
  EdgeSecurity,
  type Entity,
  GetMeshGraphRequest,
  type GetMeshGraphResponse,
  GetTrafficRequest,
  type GetTrafficResponse,
  GraphForm,
  ImpactCode,
  ListDenialsRequest,
  type ListDenialsResponse,
  Phase,
  PlanChangeRequest,
  type PlanChangeResponse,
  TelemetryPhase,
} from '@mcp/contracts';
import { formatEdgeId } from '@mcp/mesh';
import { RealPrometheus } from '@mcp/testing';
import {
  controllers,
  namespaces,
  podObjects,
  replicaSets,
  serviceObjects,
} from '../proxy-exporter/kubernetes/objects.js';
import { policies } from '../proxy-exporter/kubernetes/policies.js';
import { ProxyExporter } from '../proxy-exporter/proxy-exporter.js';
import { answerOf } from './answer-of.js';
import { eventually } from './eventually.js';
import { RealMesh } from './real-mesh.js';

/** Time passes ten times as fast in the mesh, and Prometheus looks each second: a minute shows what an hour would. */
const speed = 10;
const windowSeconds = 10;

const refusedFlows = ['batch>voting', 'batch>web-admin', 'batch>redis', 'batch>emoji'];

let mesh: RealMesh;
let exporter: ProxyExporter;
let prometheus: RealPrometheus;

beforeAll(async () => {
  exporter = await ProxyExporter.start({ speed });
  // what is refused before anybody looks is not known
  for (const flow of refusedFlows) exporter.commit({ kind: 'paced', flow, times: 0 });
  prometheus = await RealPrometheus.start({ jobs: exporter.scrapeJobs('viz'), intervalMs: 1000 });
  mesh = await RealMesh.open({
    collector: {
      MCP_PROMETHEUS_URL: prometheus.url,
      MCP_PROMETHEUS_SCRAPE_SECONDS: '1',
      MCP_PROMETHEUS_WINDOW_SECONDS: String(windowSeconds),
      MCP_PROMETHEUS_DELAY_SECONDS: '2',
      MCP_TRAFFIC_POLL_SECONDS: '1',
    },
  });
  const uidOf = (kind: string, home: string, name: string): Promise<string> =>
    mesh.kubectl('get', kind, '-n', home, name, '-o', 'jsonpath={.metadata.uid}');
  await mesh.create(...namespaces, ...controllers, ...serviceObjects, ...policies);
  await mesh.create(...(await replicaSets(uidOf)));
  const pods = await podObjects(uidOf);
  await mesh.create(...pods);
  await mesh.writeStatus(...pods);
  await mesh.startApps();
}, 180_000);

afterAll(async () => {
  await mesh.close();
  await prometheus.stop();
  await exporter.close();
});

function graph(): Promise<GetMeshGraphResponse> {
  const request = GetMeshGraphRequest.fromPartial({ form: GraphForm.GRAPH_FORM_TYPED, includeRates: true });
  return answerOf((done) => mesh.graphs.getMeshGraph(request, mesh.caller, mesh.soon(), done));
}

function denials(asked: Partial<ListDenialsRequest> = {}): Promise<ListDenialsResponse> {
  const request = ListDenialsRequest.fromPartial(asked);
  return answerOf((done) => mesh.traffic.listDenials(request, mesh.caller, mesh.soon(), done));
}

const edgesOf = (entities: readonly Entity[]): ReadonlyMap<string, Edge> =>
  new Map(
    entities.flatMap(({ key, entity }) => (entity?.$case === 'edge' ? [[key, entity.edge] as const] : [])),
  );

/** What the exporter's mesh does, by hand: everything but probes and the proxies' own port. */
const called = [
  'emojivoto/Deployment/vote-bot>emojivoto/Deployment/web:8080',
  'emojivoto/Deployment/web>emojivoto/Deployment/voting:8080',
  'emojivoto/Deployment/web>emojivoto/Deployment/emoji:8080',
  'unmeshed>emojivoto/Deployment/web:8080',
  'emojivoto/Deployment/web>legacy/Deployment/legacy-api:8000',
  'emojivoto/Deployment/web>mirrored:west/emojivoto/world:4143',
  'emojivoto/Deployment/web>external:443',
  'batch/Deployment/batch>emojivoto/Deployment/voting:8080',
  'batch/Deployment/batch>emojivoto/Deployment/web:9000',
  'batch/Deployment/batch>emojivoto/Deployment/emoji:8080',
  'emojivoto/Deployment/voting>emojivoto/StatefulSet/redis:6379',
  'batch/Deployment/batch>emojivoto/StatefulSet/redis:6379',
]
  .map((id) => `Edge/${id}`)
  .sort();

/** What the exporter itself says of the requests of an edge, per second. */
function truthOf(key: string): number {
  const flows = exporter.truth().flows.filter((flow) => `Edge/${formatEdgeId(flow)}` === key);
  return flows
    .filter(({ flow }) => !flow.startsWith('kubelet'))
    .reduce((sum, { perSecond }) => sum + perSecond.success + perSecond.failure, 0);
}

const requestsOf = ({ successPerSecond = 0, failurePerSecond = 0 }: EdgeSample): number =>
  successPerSecond + failurePerSecond;

describe('traffic, from a real Prometheus to a client of the API', () => {
  it('has the edges that there are, and no other', async () => {
    await eventually(
      graph,
      ({ telemetry }) => telemetry?.phase === TelemetryPhase.TELEMETRY_PHASE_LIVE,
      60_000,
    );
    for (const flow of refusedFlows) exporter.commit({ kind: 'paced', flow, times: 1 });
    const { entities, telemetry } = await eventually(
      graph,
      (answer) => edgesOf(answer.entities).size >= called.length,
      90_000,
    );
    const edges = edgesOf(entities);
    expect([...edges.keys()].sort()).toEqual(called);
    expect(telemetry?.phase).toBe(TelemetryPhase.TELEMETRY_PHASE_LIVE);
    const secured = (id: string) => edges.get(`Edge/${id}`)?.security;
    expect(secured('emojivoto/Deployment/vote-bot>emojivoto/Deployment/web:8080')).toBe(
      EdgeSecurity.EDGE_SECURITY_MTLS,
    );
    expect(secured('emojivoto/Deployment/web>legacy/Deployment/legacy-api:8000')).toBe(
      EdgeSecurity.EDGE_SECURITY_PLAINTEXT,
    );
    expect(secured('unmeshed>emojivoto/Deployment/web:8080')).toBe(EdgeSecurity.EDGE_SECURITY_PLAINTEXT);
  }, 120_000);

  it('has their rates within 5 % of the truth, after three windows', async () => {
    await new Promise((resolve) => setTimeout(resolve, 3 * windowSeconds * 1000));
    const { rates } = await graph();
    const measured = new Map(rates?.rates.map(({ edge, sample }) => [edge, sample]));
    const wrong = called
      .map((key) => ({ key, truth: truthOf(key), seen: requestsOf(measured.get(key) ?? {}) }))
      .filter(({ truth, seen }) => Math.abs(seen - truth) > 0.05 * truth);
    expect(wrong).toEqual([]);
    expect(called.some((key) => truthOf(key) > 1)).toBe(true);
  }, 120_000);

  it('tells what came of the calls of a client in the end, where some of them failed', async () => {
    const workload = { namespace: 'emojivoto', kind: 'Deployment', name: 'vote-bot' };
    const request = GetTrafficRequest.fromPartial({ workload });
    const { routes } = await answerOf<GetTrafficResponse>((done) =>
      mesh.traffic.getTraffic(request, mesh.caller, mesh.soon(), done),
    );
    expect(routes).toMatchObject({
      leftOut: 0,
      routes: [
        { client: workload, parent: { kind: 'Service', name: 'web-svc' }, route: { kind: 'default' } },
      ],
    });
    const [{ backend, sample } = { backend: {}, sample: {} }] = routes?.routes ?? [];
    expect(backend).toBeUndefined();
    const { successPerSecond: success = 0, failurePerSecond: failure = 0 } = sample ?? {};
    expect(failure / (success + failure)).toBeCloseTo(0.1, 1);
    const edge = 'Edge/emojivoto/Deployment/vote-bot>emojivoto/Deployment/web:8080';
    expect(Math.abs(success + failure - truthOf(edge))).toBeLessThanOrEqual(0.05 * truthOf(edge));
  });

  it('names a denied client, with its identity, the Server and how often, exactly', async () => {
    const batch = 'batch.batch.serviceaccount.identity.linkerd.cluster.local';
    // nobody calls any more, so that the counts stand still
    for (const flow of refusedFlows) exporter.commit({ kind: 'paced', flow, times: 0 });
    const truth = new Map(
      exporter
        .truth()
        .decisions.filter(({ what }) => what === 'denied' || what === 'audited')
        .map(({ what, server, count }) => [`${what} ${server.name}`, count]),
    );
    const { denials: seen } = await eventually(
      denials,
      ({ denials: found }) =>
        found.length === truth.size &&
        found.every(({ kind, server, count }) => truth.get(`${kindInWords(kind)} ${server?.name}`) === count),
      120_000,
    );
    expect([...truth.keys()].sort()).toEqual([
      'audited emoji-grpc',
      'denied redis',
      'denied voting-grpc',
      'denied web-admin',
    ]);
    expect(
      new Map(seen.map(({ kind, server, count }) => [`${kindInWords(kind)} ${server?.name}`, count])),
    ).toEqual(truth);
    expect(seen.map(({ client }) => client)).toEqual(
      seen.map(() => ({ identity: batch, kind: CallerKind.CALLER_KIND_IDENTITY })),
    );
    expect(seen.map(({ clientWorkloads }) => clientWorkloads)).toEqual(
      seen.map(() => [{ namespace: 'batch', kind: 'Deployment', name: 'batch' }]),
    );
  }, 180_000);

  it('takes back a change by itself that denies callers who had been let in', async () => {
    const flow = 'vote-bot-6d7677bb68-zwc2v>web';
    const yaml =
      '{apiVersion: policy.linkerd.io/v1beta3, kind: Server, metadata: {namespace: emojivoto, name: web-http}, spec: {podSelector: {matchLabels: {app: web}}, port: 8080, proxyProtocol: HTTP/1, accessPolicy: deny}}';
    const { plan } = await answerOf<PlanChangeResponse>((done) =>
      mesh.plans.planChange(
        PlanChangeRequest.fromPartial({ yaml, staging: { undoOnDenialsSeconds: 3600 } }),
        mesh.caller,
        mesh.soon(),
        done,
      ),
    );
    expect(plan!.impactsToAccept.map(({ code }) => code)).toContain(ImpactCode.IMPACT_CODE_CUTS_LIVE_CALLERS);
    const acceptImpact = plan!.impactsToAccept.map(({ code }) => code);
    const { changeId } = await answerOf<ApplyPlanResponse>((done) =>
      mesh.plans.applyPlan(
        ApplyPlanRequest.fromPartial({ planId: plan!.id, acceptImpact }),
        mesh.caller,
        mesh.soon(),
        done,
      ),
    );
    await mesh.reaches(changeId, Phase.PHASE_CONVERGED);
    // what the proxy of the server does from then on
    exporter.commit({ kind: 'denied', flow, server: 'web-http' });
    await eventually(
      () => mesh.change(changeId),
      (change) => change?.phase === Phase.PHASE_UNDONE,
      120_000,
    );
    exporter.commit({ kind: 'admitted', flow });
    expect(
      await mesh.kubectl(
        'get',
        'servers.policy.linkerd.io',
        '-n',
        'emojivoto',
        'web-http',
        '--ignore-not-found',
      ),
    ).toBe('');
    expect((await mesh.change(`${changeId}-undone`))?.reason).toContain('denied identity:default.emojivoto.');
  }, 180_000);

  it('loses no edge while Prometheus is away, and has the gap on record', async () => {
    await prometheus.kill();
    const gap = await eventually(
      graph,
      ({ telemetry }) => telemetry?.phase === TelemetryPhase.TELEMETRY_PHASE_GAP,
      60_000,
    );
    expect(gap.telemetry?.reason).not.toBe('');
    const during = edgesOf(gap.entities);
    expect([...during.keys()].sort()).toEqual(called);
    expect([...during.values()].some(({ activity }) => activity === EdgeActivity.EDGE_ACTIVITY_ACTIVE)).toBe(
      true,
    );
    await prometheus.restart({ history: 'lost' });
    const back = await eventually(
      graph,
      ({ telemetry }) => telemetry?.phase === TelemetryPhase.TELEMETRY_PHASE_LIVE,
      60_000,
    );
    expect([...edgesOf(back.entities).keys()].sort()).toEqual(called);
  }, 180_000);
});

function kindInWords(kind: DenialKind): string {
  switch (kind) {
    case DenialKind.DENIAL_KIND_DENIED:
      return 'denied';
    case DenialKind.DENIAL_KIND_AUDITED:
      return 'audited';
    default:
      return 'otherwise refused';
  }
}
