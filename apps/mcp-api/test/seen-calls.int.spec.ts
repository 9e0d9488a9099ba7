import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { everyoneMay } from '@mcp/access';
import {
  type GetCallGraphRequest,
  GetCallGraphResponse,
  GetTrafficResponse,
  GraphForm,
} from '@mcp/contracts';
import { VisibleNamespaces } from '@mcp/mesh';
import { RecordedMesh } from './recorded-mesh.js';
import { refusal, ServedApi } from './served-api.js';

const spaces = ['kelp', 'moss', 'fern'] as const;
const workload = (space: string) => ({ namespace: space, kind: 'Deployment', name: `${space}-app` });
const path = (space: string) => `${space}/Deployment/${space}-app`;

let api: ServedApi;
let visible = VisibleNamespaces.all;
let earlier = '';

beforeAll(async () => {
  api = await ServedApi.start({ authorizer: { ...everyoneMay, whereAllowed: async () => visible } });
  await api.ready();
  const mesh = await RecordedMesh.of(api);
  await mesh.telemetry('live', 'kelp, moss and fern');
  const ids: string[] = [];
  for (const space of spaces) {
    await mesh.namespace(space);
    const { name } = workload(space);
    await mesh.workload(space, name, { [`${name}-1`]: '' }, { serviceAccount: name });
    await mesh.service(space, `${space}-svc`, { selector: { app: name } });
    await mesh.refused({
      workload: workload(space),
      server: { group: '', kind: 'server', name: `${space}-http` },
    });
  }
  for (const from of spaces)
    for (const to of spaces)
      ids.push(await mesh.edge(path(from), path(to), { services: [`${to}/${to}-svc`] }));
  await api.shown();
  earlier = (await api.getGraph()).position;
  const sample = { successPerSecond: 2, p99Ms: 5 };
  const edges = new Map(ids.map((id) => [id, sample]));
  await api.series.append({ at: Date.now(), windowMs: 60_000, proxiesSeen: 3, meshedPods: 3, edges });
  await api.shown();
  while ((await api.callGraph({ workload: workload('kelp') })).edges[0]?.sample === undefined);
});
afterAll(() => api.close());

const told = async (request: Partial<GetCallGraphRequest>) => {
  const answer = await api.callGraph(request);
  return { ...answer, bytes: Buffer.from(GetCallGraphResponse.encode(answer).finish()).toString('latin1') };
};

const seenSets = [['kelp'], ['moss'], ['fern'], ['kelp', 'moss'], ['moss', 'fern'], ['kelp', 'fern']];

describe.each(seenSets.map((seen) => [seen]))('who may list the pods of %j', (seen) => {
  const hidden = spaces.filter((space) => !seen.includes(space));
  beforeAll(() => {
    visible = VisibleNamespaces.only(seen);
  });

  it.each<[string, (space: string) => Partial<GetCallGraphRequest>]>([
    ['a workload', (space) => ({ workload: workload(space) })],
    ['a workload as it was', (space) => ({ workload: workload(space), at: earlier })],
    ['a Service', (space) => ({ service: { namespace: space, name: `${space}-svc` } })],
    ['a workload, step by step', (space) => ({ workload: workload(space), depth: 1, maxEdges: 1 })],
  ])('is told of calls around %s with the edges of the graph, and no hidden name', async (_what, of) => {
    const { entities } = await api.getGraph({ form: GraphForm.GRAPH_FORM_TYPED });
    const shown = entities.flatMap(({ key, entity }) =>
      entity?.$case === 'edge' ? [[key, entity.edge]] : [],
    );
    for (const space of seen) {
      const { edges, roots, bytes } = await told(of(space));
      for (const name of hidden) expect(bytes).not.toContain(name);
      expect(roots).toEqual([workload(space)]);
      expect(edges.length).toBeGreaterThan(0);
      for (const { key, edge } of edges) expect(shown).toContainEqual([key, edge]);
      if (of(space).maxEdges === undefined) expect(edges).toHaveLength(shown.length);
    }
  });

  it('is told what was measured of calls to hidden ends together', async () => {
    const { edges } = await told({ workload: workload(seen[0] ?? '') });
    const to = edges.find(({ key }) => key === `Edge/${path(seen[0] ?? '')}>hidden:8080`);
    expect(to?.sample?.successPerSecond).toBe(2 * hidden.length);
    // or it would say whether it is one
    expect(to?.sample?.p99Ms).toBeUndefined();
  });

  it('is told over time what was measured of the edges of the graph, of those to hidden ends together', async () => {
    const { entities } = await api.getGraph({ form: GraphForm.GRAPH_FORM_TYPED });
    for (const space of seen) {
      const answer = await api.edgeTraffic({ workload: workload(space) });
      const bytes = Buffer.from(GetTrafficResponse.encode(answer).finish()).toString('latin1');
      for (const name of hidden) expect(bytes).not.toContain(name);
      const shown = entities.filter(({ key }) => key.startsWith('Edge/') && key.includes(path(space)));
      expect(answer.series.map(({ key }) => key)).toEqual(shown.map(({ key }) => key).sort());
      const perSecond = (key: string) => (key.includes('hidden') ? 2 * hidden.length : 2);
      for (const series of answer.series) {
        expect(series.points.map((point) => point.sample?.successPerSecond)).toEqual([perSecond(series.key)]);
        expect(series.points[0]?.sample?.p99Ms).toBe(series.key.includes('hidden') ? undefined : 5);
        const alone = await api.edgeTraffic({ edge: series.key, from: answer.from, to: answer.to });
        expect(alone.series).toEqual([series]);
      }
    }
  });

  it('asks in vain what was measured of what is hidden, as of what is not there', async () => {
    const known = JSON.stringify(
      await refusal(api.edgeTraffic({ edge: `Edge/${path('nope')}>${path('nope')}:8080` })),
    );
    for (const space of hidden) {
      const refused = await refusal(api.edgeTraffic({ edge: `Edge/${path(space)}>${path(space)}:8080` }));
      expect(JSON.stringify(refused).replaceAll(space, 'nope')).toBe(known);
      expect(
        JSON.stringify(await refusal(api.edgeTraffic({ workload: workload(space) }))).replaceAll(
          space,
          'nope',
        ),
      ).toBe(JSON.stringify(await refusal(api.edgeTraffic({ workload: workload('nope') }))));
    }
  });

  it('asks in vain for what is hidden, as for what is not there', async () => {
    const known = JSON.stringify(await refusal(api.callGraph({ workload: workload('nowhere') })));
    for (const space of hidden) {
      const refused = JSON.stringify(await refusal(api.callGraph({ workload: workload(space) })));
      expect(refused.replaceAll(space, 'nowhere')).toBe(known);
    }
  });
});
