import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials, Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { KubernetesAuthorizer } from '@mcp/access';
import {
  descriptorSetBase64,
  DiffKind,
  DiffRequest,
  DiffResponse,
  ExplainAccessRequest,
  ExplainAccessResponse,
  GetMeshGraphRequest,
  GetMeshGraphResponse,
  GetReachabilityRequest,
  GraphForm,
  LintPoliciesRequest,
  SimulateChangeRequest,
  SimulateChangeResponse,
  WatchMeshGraphResponse,
  WhatCanReachRequest,
  WhatCanReachResponse,
  WhoCanReachRequest,
  WhoCanReachResponse,
  type GetMeshGraphRequest as GraphRequest,
} from '@mcp/contracts';
import { hubDefaults } from '@mcp/grpc';
import { formatEdgeId } from '@mcp/mesh';
import { containerPort, RecordedMesh } from './recorded-mesh.js';
import { refusal, ServedApi, type WatchedGraph } from './served-api.js';

const spaces = ['kelp', 'moss', 'fern'] as const;
const workload = (space: string) => ({ namespace: space, kind: 'Deployment', name: `${space}-app` });

let api: ServedApi;
let client: Client;
let mesh: RecordedMesh;
/** In which the caller may list pods now. */
let allowed: ReadonlySet<string> = new Set();
/** Lets what was learned of the caller grow old at once. */
let laterMs = 0;
/** Of before telemetry was seen. */
let earlier = '';
/** Of before there was anything. */
let beginning = '';

beforeAll(async () => {
  const reviews = {
    may: async (_user: unknown, { namespace }: { readonly namespace?: string }) => ({
      allowed: namespace === undefined ? allowed.has('*') : allowed.has(namespace),
      reason: '',
    }),
  };
  api = await ServedApi.start({
    authorizer: new KubernetesAuthorizer(reviews, () => Date.now() + laterMs),
    sightTimes: { askEveryMs: 20 },
    watchers: { ...hubDefaults, heartbeatMs: 50 },
  });
  client = new Client(`127.0.0.1:${api.port}`, credentials.createInsecure());
  see('*');
  await api.ready();
  mesh = await RecordedMesh.of(api);
  await api.shown();
  beginning = (await api.getGraph()).position;
  for (const space of spaces) {
    await mesh.namespace(space);
    const { name } = workload(space);
    await mesh.workload(
      space,
      name,
      { [`${name}-1`]: '' },
      {
        ...{ serviceAccount: name, ports: [containerPort('http', 8080)] },
      },
    );
    await mesh.service(space, `${space}-svc`, { selector: { app: name } });
    for (const other of spaces)
      await mesh.policy('AuthorizationPolicy', space, `${space}-lets-${spaces.indexOf(other)}`, {
        targetRef: { group: '', kind: 'Namespace', name: other },
        requiredAuthenticationRefs: [
          { group: '', kind: 'ServiceAccount', name: `${other}-app`, namespace: other },
        ],
      });
  }
  const edges = new Map<string, { readonly successPerSecond: number; readonly p99Ms: number }>();
  for (const from of spaces)
    for (const to of spaces) {
      const [source, destination] = [from, to].map((space) => ({
        kind: 'workload' as const,
        workload: workload(space),
      })) as [never, never];
      const identity = `${to}-app.${to}.serviceaccount.identity.linkerd.cluster.local`;
      await mesh.edge(source, destination, { services: [`${to}/${to}-svc`], serverIdentities: [identity] });
      edges.set(formatEdgeId({ source, destination, port: 8080 }), { successPerSecond: 2, p99Ms: 5 });
    }
  await api.shown();
  earlier = (await api.getGraph()).position;
  await mesh.telemetry('live', '', {
    faults: [
      {
        code: 'scrapes-fail',
        message: 'kelp/kelp-app-1 fails',
        pods: spaces.map((s) => `${s}/${s}-app-1`),
        since: 1,
      },
    ],
  });
  await api.series.append({ at: Date.now(), windowMs: 60_000, proxiesSeen: 3, meshedPods: 3, edges });
  await api.shown();
  while (
    (await api.getGraph({ form: GraphForm.GRAPH_FORM_TYPED, includeRates: true })).rates?.rates.length !== 9
  );
});
afterAll(async () => {
  client.close();
  await api.close();
});

function see(...namespaces: readonly string[]): void {
  allowed = new Set(namespaces);
  laterMs += 10_000;
}

/** Every rpc that the API describes. */
const rpcs = [
  ...createFileRegistry(fromBinary(FileDescriptorSetSchema, Buffer.from(descriptorSetBase64, 'base64'))),
].flatMap((type) =>
  type.kind === 'service' && type.typeName.startsWith('mcp.')
    ? type.methods.map(({ name, methodKind }) => ({ path: `/${type.typeName}/${name}`, methodKind }))
    : [],
);

/** All that comes back of a call, in bytes as text: messages, or its status with the details. */
function bytesOf(
  { path, methodKind }: (typeof rpcs)[number],
  request: Uint8Array,
): Promise<{ code: number; bytes: string }> {
  const [asItIs, read] = [() => Buffer.from(request), (bytes: Buffer) => bytes];
  return new Promise((resolve) => {
    const refused = (error: ServiceError): void =>
      resolve({
        code: error.code,
        bytes: error.details + error.metadata.get('grpc-status-details-bin').map(String).join(),
      });
    if (methodKind === 'unary')
      client.makeUnaryRequest(path, asItIs, read, undefined, new Metadata(), (error, answer) =>
        error
          ? refused(error)
          : resolve({ code: status.OK, bytes: (answer ?? Buffer.of()).toString('latin1') }),
      );
    else {
      const stream = client.makeServerStreamRequest(path, asItIs, read, undefined, new Metadata());
      stream.on('error', refused);
      stream.once('data', (message: Buffer) => {
        resolve({ code: status.OK, bytes: message.toString('latin1') });
        stream.cancel();
      });
    }
  });
}

/** Those that leave out what may not be seen; all others are closed to who does not see all. */
const answering: ReadonlySet<string> = new Set([
  '/mcp.v1.MeshContext/GetMeshGraph',
  '/mcp.v1.MeshContext/WatchMeshGraph',
  '/mcp.v1.Changes/ListChanges',
  '/mcp.v1.DesiredObjects/ListDrift',
  '/mcp.v1.Events/ListEvents',
  '/mcp.v1.PolicyAnswers/GetReachability',
  '/mcp.v1.PolicyAnswers/LintPolicies',
  '/mcp.v1.Traffic/ListDenials',
]);

const seenSets = [['kelp'], ['moss'], ['fern'], ['kelp', 'moss'], ['moss', 'fern'], ['kelp', 'fern']];

describe.each(seenSets.map((seen) => [seen]))('who may list the pods of %j', (seen) => {
  const hidden = spaces.filter((space) => !seen.includes(space));
  const tellsNothing = (bytes: string): void => {
    for (const space of hidden) expect(bytes).not.toContain(space);
  };
  beforeAll(() => see(...seen));

  it.each(rpcs.map((rpc) => [rpc.path, rpc] as const))(
    'learns no hidden name from %s',
    async (_path, rpc) => {
      const { code, bytes } = await bytesOf(rpc, Buffer.of());
      tellsNothing(bytes);
      if (answering.has(rpc.path)) expect(code).toBe(status.OK);
      else expect([status.PERMISSION_DENIED, status.INVALID_ARGUMENT]).toContain(code);
    },
  );

  const graph = { path: '/mcp.v1.MeshContext/GetMeshGraph', methodKind: 'unary' } as const;
  const asked = (request: Partial<GraphRequest>) =>
    GetMeshGraphRequest.encode(GetMeshGraphRequest.fromPartial(request)).finish();
  const typed = { form: GraphForm.GRAPH_FORM_TYPED };

  it.each<[string, Partial<GraphRequest>]>([
    ['JSON', {}],
    ['JSON of all namespaces', { namespaces: [...spaces] }],
    ['entities', typed],
    ['it was', { at: 'earlier' }],
    ['entities with rates', { ...typed, includeRates: true }],
  ])('learns of the graph as %s what is visible, and no hidden name', async (_form, request) => {
    const { code, bytes } = await bytesOf(graph, asked({ ...request, ...(request.at && { at: earlier }) }));
    expect(code).toBe(status.OK);
    for (const space of seen) expect(bytes).toContain(space);
    tellsNothing(bytes);
  });

  it('learns no hidden name from pages and their tokens', async () => {
    const { position } = await api.getGraph(typed);
    const keys: string[] = [];
    for (let pageToken = ''; ;) {
      const at = pageToken === '' ? position : '';
      const { bytes } = await bytesOf(graph, asked({ ...typed, pageBytes: 1024, pageToken, at }));
      tellsNothing(bytes);
      const page = GetMeshGraphResponse.decode(Buffer.from(bytes, 'latin1'));
      keys.push(...page.entities.map(({ key }) => key));
      ({ nextPageToken: pageToken } = page);
      if (pageToken === '') break;
      tellsNothing(Buffer.from(pageToken, 'base64url').toString());
    }
    expect(keys).toEqual((await api.getGraph(typed)).entities.map(({ key }) => key));
  });

  it('learns of all that came since, but for what is hidden', async () => {
    const diff = { path: '/mcp.v1.History/Diff', methodKind: 'unary' } as const;
    const request = DiffRequest.encode(DiffRequest.fromPartial({ from: beginning })).finish();
    const { code, bytes } = await bytesOf(diff, request);
    expect(code).toBe(status.OK);
    tellsNothing(bytes);
    const { changes, added } = DiffResponse.decode(Buffer.from(bytes, 'latin1'));
    const keys = changes.filter(({ what }) => what === DiffKind.DIFF_KIND_ADDED).map(({ key }) => key);
    expect(keys).toHaveLength(added);
    const namespaced = /^(Namespace|Workload|Service|AuthorizationPolicy|Edge)\//u;
    const graphKeys = (await api.getGraph(typed)).entities.map(({ key }) => key);
    expect(keys.filter((key) => namespaced.test(key))).toEqual(
      graphKeys.filter((key) => namespaced.test(key)),
    );
  });

  const policyAnswer = (name: string, request: Uint8Array) =>
    bytesOf({ path: `/mcp.v1.PolicyAnswers/${name}`, methodKind: 'unary' }, request);
  const workloadIn = (space: string) => ({ workload: workload(space) });
  const targetIn = (space: string) => ({ ...workloadIn(space), port: 8080 });
  const whoCan = (space: string) =>
    WhoCanReachRequest.encode(WhoCanReachRequest.fromPartial({ target: targetIn(space) })).finish();
  const whatCan = (space: string) =>
    WhatCanReachRequest.encode(WhatCanReachRequest.fromPartial({ client: workloadIn(space) })).finish();
  const explain = (client: string, target: string) =>
    ExplainAccessRequest.encode(
      ExplainAccessRequest.fromPartial({ client: workloadIn(client), target: targetIn(target) }),
    ).finish();
  const simulate = (space: string) =>
    SimulateChangeRequest.encode(
      SimulateChangeRequest.fromPartial({
        yaml: JSON.stringify({
          ...{ apiVersion: 'policy.linkerd.io/v1beta3', kind: 'Server' },
          metadata: { namespace: space, name: `${space}-app` },
          spec: { podSelector: {}, port: 8080, accessPolicy: 'deny' },
        }),
      }),
    ).finish();

  it('learns why one that may be seen reaches another, and no hidden name', async () => {
    const [first = '', last = first] = [seen[0], seen.at(-1)];
    const { code, bytes } = await policyAnswer('ExplainAccess', explain(first, last));
    expect(code).toBe(status.OK);
    expect(ExplainAccessResponse.decode(Buffer.from(bytes, 'latin1')).summary).toContain(`${first}-app`);
    tellsNothing(bytes);
  });

  it('learns who reaches it, with all that may not be seen as one of a group', async () => {
    const { code, bytes } = await policyAnswer('WhoCanReach', whoCan(seen[0]!));
    expect(code).toBe(status.OK);
    tellsNothing(bytes);
    const { groups } = WhoCanReachResponse.decode(Buffer.from(bytes, 'latin1'));
    const clients = groups.flatMap((group) => group.clients.map(({ client }) => client));
    expect(clients.some((client) => client?.$case === 'hidden')).toBe(true);
    expect(
      new Set(
        clients.flatMap((client) =>
          client?.$case === 'workload' ? client.workload.workload?.namespace : [],
        ),
      ),
    ).toEqual(new Set(seen));
  });

  it('learns what it reaches of what may be seen', async () => {
    const { code, bytes } = await policyAnswer('WhatCanReach', whatCan(seen[0]!));
    expect(code).toBe(status.OK);
    tellsNothing(bytes);
    const { groups } = WhatCanReachResponse.decode(Buffer.from(bytes, 'latin1'));
    const targets = groups.flatMap((group) => group.targets.map((target) => target.workload?.namespace));
    expect(new Set(targets)).toEqual(new Set(seen));
  });

  it('learns what a change of it would do', async () => {
    const { code, bytes } = await policyAnswer('SimulateChange', simulate(seen[0]!));
    expect(code).toBe(status.OK);
    tellsNothing(bytes);
    expect(SimulateChangeResponse.decode(Buffer.from(bytes, 'latin1')).coverage).toHaveLength(1);
  });

  it.each([
    ['ExplainAccess', (space: string) => explain(space, seen[0]!)],
    ['ExplainAccess', (space: string) => explain(seen[0]!, space)],
    ['WhoCanReach', whoCan],
    ['WhatCanReach', whatCan],
    ['SimulateChange', simulate],
    [
      'LintPolicies',
      (namespace: string) =>
        LintPoliciesRequest.encode(LintPoliciesRequest.fromPartial({ namespace })).finish(),
    ],
    [
      'GetReachability',
      (namespace: string) =>
        GetReachabilityRequest.encode(
          GetReachabilityRequest.fromPartial({ namespaces: [namespace] }),
        ).finish(),
    ],
  ] as const)('asks %s in vain about what is hidden, as about what is not there', async (name, of) => {
    const nowhere = await policyAnswer(name, of('nope'));
    expect(nowhere.code).toBe(status.NOT_FOUND);
    for (const space of hidden) {
      const { code, bytes } = await policyAnswer(name, of(space));
      expect([code, bytes.replaceAll(space, 'nope')]).toEqual([nowhere.code, nowhere.bytes]);
    }
  });

  it('asks in vain for what is hidden, as for what is not there', async () => {
    const of = (namespace: string) => api.getGraph({ ...typed, namespaces: [namespace] });
    const nowhere = await of('nowhere');
    for (const space of hidden) expect(await of(space)).toEqual(nowhere);
  });
});

/** What a watcher has, and all that it was ever told, in bytes as text. */
class Follower {
  readonly keys = new Set<string>();
  readonly rates = new Map<string, number | undefined>();
  told = '';
  resyncs: string[] = [];

  constructor(readonly watch: WatchedGraph) {}

  async until(state: (follower: Follower) => boolean): Promise<this> {
    while (!state(this)) this.#take(await this.watch.next());
    return this;
  }

  has(keys: readonly string[]): boolean {
    return this.keys.size === keys.length && keys.every((key) => this.keys.has(key));
  }

  #take(response: WatchMeshGraphResponse): void {
    this.told += Buffer.from(WatchMeshGraphResponse.encode(response).finish()).toString('latin1');
    const { message } = response;
    if (message?.$case === 'snapshot') {
      if (message.snapshot.first) this.keys.clear();
      if (message.snapshot.resync) this.resyncs.push(message.snapshot.resyncReason);
      for (const { key } of message.snapshot.entities) this.keys.add(key);
    } else if (message?.$case === 'delta') {
      for (const key of message.delta.removed) expect(this.keys.delete(key)).toBe(true);
      for (const { key } of message.delta.upserted) this.keys.add(key);
    } else if (message?.$case === 'rates') {
      if (message.rates.whole) this.rates.clear();
      for (const { edge, sample } of message.rates.changed) this.rates.set(edge, sample?.successPerSecond);
    }
  }
}

const keysNow = async () =>
  (await api.getGraph({ form: GraphForm.GRAPH_FORM_TYPED })).entities.map(({ key }) => key);

describe('a watcher of the graph', () => {
  const follow = () => new Follower(api.watchGraph({ includeRates: true }));
  let changes = 0;

  it.each(seenSets.map((seen) => [seen]))(
    'who may list the pods of %j has what there is of them, and is told no other name',
    async (seen) => {
      see(...seen);
      const follower = await follow().until(({ rates }) => rates.size > 0);
      expect(follower.has(await keysNow())).toBe(true);
      changes += 1;
      for (const space of spaces) await mesh.service(space, `${space}-new-${changes}`, { selector: {} });
      await api.shown();
      const now = await keysNow();
      await follower.until((its) => its.has(now));
      follower.watch.cancel();
      for (const space of spaces)
        if (seen.includes(space)) expect(follower.told).toContain(`${space}-new-${changes}`);
        else expect(follower.told).not.toContain(space);
    },
  );

  it('is told of a namespace when it may be seen, and that it is gone when it may not any more', async () => {
    see('kelp');
    const before = await keysNow();
    const follower = await follow().until((its) => its.has(before) && its.rates.size > 0);
    expect(follower.rates.get('Edge/kelp/Deployment/kelp-app>hidden:8080')).toBe(4);
    see('kelp', 'moss');
    const more = await keysNow();
    await follower.until(
      (its) => its.has(more) && its.rates.get('Edge/kelp/Deployment/kelp-app>hidden:8080') === 2,
    );
    expect(follower.keys).toContain('Namespace/moss');
    see('kelp');
    await follower.until((its) => its.has(before));
    expect(follower.resyncs).toEqual([]);
    follower.watch.cancel();
  });

  it('who saw all begins anew with what is left', async () => {
    see('*');
    const follower = await follow().until((its) => its.keys.has('Namespace/moss'));
    see('kelp');
    const left = await keysNow();
    await follower.until((its) => its.has(left));
    expect(follower.resyncs).toEqual(['you may no longer see all namespaces']);
    follower.watch.cancel();
  });

  it.each([['*'], ['kelp']])('who may see nothing any more, and saw %s, is refused', async (seen) => {
    see(seen);
    const { watch } = await follow().until((its) => its.keys.has('Namespace/kelp'));
    see();
    const ended = async () => {
      for (;;) await watch.next();
    };
    expect(await refusal(ended())).toMatchObject({ code: status.PERMISSION_DENIED });
  });

  it('begins anew where a position says what another saw', async () => {
    see('kelp');
    const { position } = await api.getGraph();
    const follower = new Follower(api.watchGraph({ resumeFrom: position }));
    const now = await keysNow();
    await follower.until((its) => its.has(now));
    expect(follower.resyncs).toEqual(['a position does not say what of it was seen']);
    follower.watch.cancel();
  });
});

describe('who may list the pods of one namespace', () => {
  it('sees calls to and from what is hidden, together, with their rates', async () => {
    see('kelp');
    const { entities, rates } = await api.getGraph({ form: GraphForm.GRAPH_FORM_TYPED, includeRates: true });
    const app = 'kelp/Deployment/kelp-app';
    expect(entities.flatMap(({ entity }) => (entity?.$case === 'edge' ? [entity.edge] : []))).toMatchObject([
      {
        source: 'hidden',
        destination: app,
        sourceEnd: { end: { $case: 'hidden' } },
        services: ['kelp/kelp-svc'],
      },
      { source: app, destination: 'hidden', services: [], serverIdentities: [] },
      { source: app, destination: app },
    ]);
    const [from, to, within] = [
      `Edge/hidden>${app}:8080`,
      `Edge/${app}>hidden:8080`,
      `Edge/${app}>${app}:8080`,
    ];
    expect(rates?.rates).toMatchObject([
      { edge: from, sample: { successPerSecond: 4 } },
      { edge: to, sample: { successPerSecond: 4 } },
      { edge: within, sample: { successPerSecond: 2, p99Ms: 5 } },
    ]);
    expect(rates?.rates[0]?.sample?.p99Ms).toBeUndefined();
    const { edges } = JSON.parse((await api.getGraph()).jsonGraph) as { edges: unknown };
    expect(edges).toEqual([
      { src: 'hidden', dst: 'kelp-svc', rps: 4, tls: true },
      { src: 'kelp-svc', dst: 'hidden', rps: 4, tls: true },
      { src: 'kelp-svc', dst: 'kelp-svc', rps: 2, tls: true },
    ]);
  });

  it('sees what another sees who has the same key for other edges', async () => {
    const toHidden = async () => {
      const { rates } = await api.getGraph({ form: GraphForm.GRAPH_FORM_TYPED, includeRates: true });
      return rates?.rates.find(({ edge }) => edge === 'Edge/kelp/Deployment/kelp-app>hidden:8080')?.sample;
    };
    see('kelp', 'moss');
    // a latency would say that it is one
    expect(await toHidden()).toMatchObject({ successPerSecond: 2, p99Ms: undefined });
    see('kelp');
    expect((await toHidden())?.successPerSecond).toBe(4);
  });

  it('cannot go on with the pages of who saw more', async () => {
    see('kelp', 'moss');
    const paged = { form: GraphForm.GRAPH_FORM_TYPED, pageBytes: 1024 };
    const { nextPageToken: pageToken } = await api.getGraph(paged);
    see('kelp');
    expect(await refusal(api.getGraph({ ...paged, pageToken }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: { BadRequest: { fieldViolations: [{ field: 'page_token' }] } },
    });
  });
});
