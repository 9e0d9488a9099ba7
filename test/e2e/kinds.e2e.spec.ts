import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  ApplyChangeRequest,
  type ApplyChangeResponse,
  ApplyHTTPRouteRequest,
  type ApplyHTTPRouteResponse,
  ApplyObjectRequest,
  type ApplyObjectResponse,
  type Change,
  Drift,
  GetChangeRequest,
  type GetChangeResponse,
  GetMeshGraphRequest,
  type GetMeshGraphResponse,
  GraphForm,
  Phase,
} from '@mcp/contracts';
import { unknownImpact } from './api-caller.js';
import { answerOf } from './answer-of.js';
import { eventually } from './eventually.js';
import { RealMesh } from './real-mesh.js';
import { namespace } from './shop.js';

let mesh: RealMesh;

beforeAll(async () => {
  mesh = await RealMesh.open();
  await mesh.create(namespace('shop'));
  await mesh.startApps();
}, 120_000);

afterAll(() => mesh.close(), 30_000);

const own = { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'read' };
const server = { group: 'policy.linkerd.io', kind: 'Server', name: 'web' };

function manifest(kind: string, name: string, version: string, spec: object): string {
  const apiVersion = `policy.linkerd.io/${version}`;
  return JSON.stringify({ apiVersion, kind, metadata: { name, namespace: 'shop' }, spec });
}

function applyObject(yaml: string, dryRun = false): Promise<ApplyObjectResponse> {
  const request = ApplyObjectRequest.fromPartial({ yaml, dryRun, acceptImpact: unknownImpact });
  return answerOf((done) => mesh.graphs.applyObject(request, mesh.caller, mesh.soon(), done));
}

function applyRoute(): Promise<ApplyHTTPRouteResponse> {
  const matches = [{ pathType: 'PathPrefix', path: '/orders', method: 'GET' }];
  const request = ApplyHTTPRouteRequest.fromPartial({
    acceptImpact: unknownImpact,
    namespace: 'shop',
    name: own.name,
    group: own.group,
    spec: { parentRefs: [server], rules: [{ matches }] },
  });
  return answerOf((done) => mesh.graphs.applyHttpRoute(request, mesh.caller, mesh.soon(), done));
}

async function converged(changeId: string): Promise<Change | undefined> {
  const request = GetChangeRequest.fromPartial({ changeId });
  const { change } = await eventually<GetChangeResponse>(
    () => answerOf((done) => mesh.changes.getChange(request, mesh.caller, mesh.soon(), done)),
    ({ change: now }) => now?.phase === Phase.PHASE_CONVERGED,
  );
  return change;
}

/** How each object stands to what was asked for, in the graph. */
async function shown(): Promise<unknown[]> {
  const request = GetMeshGraphRequest.fromPartial({ form: GraphForm.GRAPH_FORM_TYPED, namespaces: ['shop'] });
  const { entities } = await answerOf<GetMeshGraphResponse>((done) =>
    mesh.graphs.getMeshGraph(request, mesh.caller, mesh.soon(), done),
  );
  return entities.flatMap(({ entity }) =>
    entity?.$case === 'policyObject'
      ? [
          [
            entity.policyObject.key?.kind,
            entity.policyObject.spec?.spec?.$case,
            entity.policyObject.desired?.drift,
          ],
        ]
      : [],
  );
}

it('a Server, who may call, a route and a policy are applied, converge, and are in the graph', async () => {
  // the API takes nothing before the log says whose mesh it is
  await eventually(
    () =>
      applyObject(
        manifest('Server', 'web', 'v1beta3', { podSelector: { matchLabels: { app: 'web' } }, port: 80 }),
        true,
      ),
    ({ message }) => message.includes('would create'),
  );
  const answers = [
    await applyObject(
      manifest('Server', 'web', 'v1beta3', { podSelector: { matchLabels: { app: 'web' } }, port: 80 }),
    ),
    await applyObject(
      manifest('MeshTLSAuthentication', 'clients', 'v1alpha1', {
        identityRefs: [{ kind: 'ServiceAccount', name: 'front' }],
      }),
    ),
    await applyRoute(),
    await applyObject(
      manifest('AuthorizationPolicy', 'read', 'v1alpha1', {
        targetRef: own,
        requiredAuthenticationRefs: [
          { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'clients' },
        ],
      }),
    ),
  ];
  const changes = await Promise.all(answers.map(({ changeId }) => converged(changeId)));
  expect(changes.map((change) => change?.object)).toEqual([
    { kind: 'Server', namespace: 'shop', name: 'web' },
    { kind: 'MeshTLSAuthentication', namespace: 'shop', name: 'clients' },
    { kind: 'HTTPRoute', namespace: 'shop', name: 'read' },
    { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'read' },
  ]);

  const live = JSON.parse(
    await mesh.kubectl('get', '-n', 'shop', 'httproutes.policy.linkerd.io', 'read', '-o', 'json'),
  ) as { spec: unknown };
  expect(live.spec).toEqual({
    parentRefs: [server],
    rules: [{ matches: [{ path: { type: 'PathPrefix', value: '/orders' }, method: 'GET' }] }],
  });
  expect((await shown()).sort()).toEqual([
    ['AuthorizationPolicy', 'authorizationPolicy', Drift.DRIFT_NONE],
    ['HTTPRoute', 'httpRoute', Drift.DRIFT_NONE],
    ['MeshTLSAuthentication', 'meshTlsAuthentication', Drift.DRIFT_NONE],
    ['Server', 'server', Drift.DRIFT_NONE],
  ]);
}, 120_000);

it('several are one change, and are deleted by another, in the order that was asked for', async () => {
  const applyChange = (request: Parameters<typeof ApplyChangeRequest.fromPartial>[0]) =>
    answerOf<ApplyChangeResponse>((done) =>
      mesh.graphs.applyChange(
        ApplyChangeRequest.fromPartial({ ...request, acceptImpact: unknownImpact }),
        mesh.caller,
        mesh.soon(),
        done,
      ),
    );
  const manifests = [
    manifest('NetworkAuthentication', 'office', 'v1alpha1', { networks: [{ cidr: '192.0.2.0/24' }] }),
    manifest('Server', 'api', 'v1beta3', { podSelector: { matchLabels: { app: 'api' } }, port: 80 }),
  ];
  const made = await converged((await applyChange({ yaml: manifests.join('\n---\n') })).changeId);
  expect(made?.parts.map(({ object, phase }) => [object?.kind, phase])).toEqual([
    ['NetworkAuthentication', Phase.PHASE_CONVERGED],
    ['Server', Phase.PHASE_CONVERGED],
  ]);
  const appliedAt = made?.parts.map(({ history }) =>
    history.find(({ phase }) => phase === Phase.PHASE_APPLIED)?.recordedAt?.getTime(),
  );
  expect(appliedAt).toEqual([...(appliedAt ?? [])].sort());

  const objects = made?.parts.flatMap(({ object }) => (object === undefined ? [] : [object])) ?? [];
  const removed = await converged((await applyChange({ delete: [...objects].reverse() })).changeId);
  expect(removed?.parts.map(({ object, drift }) => [object?.kind, drift])).toEqual([
    ['Server', Drift.DRIFT_NONE],
    ['NetworkAuthentication', Drift.DRIFT_NONE],
  ]);
  const left = await mesh.kubectl('get', '-n', 'shop', 'servers,networkauthentications', '-o', 'name');
  expect(left.trim()).toBe('server.policy.linkerd.io/web');
}, 120_000);

it('an object of others is not deleted', async () => {
  await mesh.kubectl('annotate', '-n', 'shop', 'servers', 'web', 'seen=1');
  await mesh.kubectl(
    ...['patch', '-n', 'shop', 'servers', 'web', '--type', 'merge', '-p', '{"spec":{"port":81}}'],
  );
  const request = ApplyChangeRequest.fromPartial({
    acceptImpact: unknownImpact,
    delete: [{ kind: 'Server', namespace: 'shop', name: 'web' }],
  });
  const { changeId } = await answerOf<ApplyChangeResponse>((done) =>
    mesh.graphs.applyChange(request, mesh.caller, mesh.soon(), done),
  );
  const asked = GetChangeRequest.fromPartial({ changeId });
  const { change } = await eventually<GetChangeResponse>(
    () => answerOf((done) => mesh.changes.getChange(asked, mesh.caller, mesh.soon(), done)),
    ({ change: now }) => now?.phase === Phase.PHASE_REFUSED,
  );
  expect(change?.parts[0]?.problem).toMatchObject({
    code: 'NOT_OURS',
    message: expect.stringContaining('kubectl-patch'),
  });
  expect(await mesh.kubectl('get', '-n', 'shop', 'servers', 'web', '-o', 'name')).toContain('web');
}, 60_000);
