import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  ApplyHTTPRouteRequest,
  type ApplyHTTPRouteResponse,
  ApplyObjectRequest,
  type ApplyObjectResponse,
  ImpactCode,
} from '@mcp/contracts';
import type { RecordedEvent } from '@mcp/events';
import { renderObject } from '@mcp/linkerd';
import { managedSpecs } from '../../../libs/sources/test/managed-specs.js';
import { refusal, ServedApi } from './served-api.js';

let api: ServedApi;

beforeEach(async () => {
  api = await (await ServedApi.start()).ready();
  await api.namespacesAre('live');
  await api.addNamespace('shop');
});
afterEach(() => api.close());

/** What is desired, as it is recorded. */
async function desired(): Promise<unknown[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of api.log.read({ log: await api.log.identity(), sequence: 0, digest: '' }))
    events.push(...batch);
  return events.flatMap(({ type, data }) => (type === 'DesiredStateSet' ? [data] : []));
}

function applyObject(manifest: unknown): Promise<ApplyObjectResponse> {
  const yaml = typeof manifest === 'string' ? manifest : JSON.stringify(manifest);
  return new Promise((resolve, reject) => {
    api.graphs.applyObject(
      ApplyObjectRequest.fromPartial({ yaml, acceptImpact: unknown }),
      (error, answer) => (error ? reject(error) : resolve(answer)),
    );
  });
}

/** Changes are under way beside each other. */
const unknown = [ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT];

type RouteRequest = Parameters<typeof ApplyHTTPRouteRequest.fromPartial>[0];

function applyRoute(request: RouteRequest): Promise<ApplyHTTPRouteResponse> {
  const whole = {
    ...{ namespace: 'shop', name: 'web', group: 'policy.linkerd.io', acceptImpact: unknown },
    ...request,
  };
  return new Promise((resolve, reject) => {
    api.graphs.applyHttpRoute(ApplyHTTPRouteRequest.fromPartial(whole), (error, answer) =>
      error ? reject(error) : resolve(answer),
    );
  });
}

describe('ApplyObject', () => {
  it.each(managedSpecs)('records what is asked for of a $kind', async ({ kind, one }) => {
    const key = { kind, namespace: 'shop', name: 'web' };
    const answer = await applyObject(renderObject({ key, spec: one }));
    expect(answer).toMatchObject({ accepted: true, revision: 1, duplicate: false });
    expect(await desired()).toEqual([{ changeId: answer.changeId, key, spec: one }]);
  });

  it('takes YAML, and gives each object revisions of its own', async () => {
    const yaml = (kind: string, spec: string) =>
      `apiVersion: policy.linkerd.io/v1alpha1\nkind: ${kind}\nmetadata: {name: web, namespace: shop}\nspec: ${spec}\n`;
    const first = await applyObject(yaml('MeshTLSAuthentication', '{identities: ["*"]}'));
    const second = await applyObject(yaml('NetworkAuthentication', '{networks: [{cidr: 10.0.0.0/8}]}'));
    const third = await applyObject(yaml('MeshTLSAuthentication', '{identities: [a.b]}'));
    expect([first, second, third].map(({ revision }) => revision)).toEqual([1, 1, 2]);
  });

  it.each([
    ['no manifest', '', 'yaml'],
    ['two', '---\n{}\n---\n{}', 'must be the manifest of one object, and has 2'],
    ['a kind of others', { apiVersion: 'v1', kind: 'Pod' }, 'kind: Pod of v1 cannot be changed here'],
    [
      'a field that would be lost',
      {
        apiVersion: 'gateway.networking.k8s.io/v1',
        kind: 'HTTPRoute',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { rules: [{ sessionPersistence: {} }] },
      },
      'spec.rules[0].sessionPersistence: spec.rules[0].sessionPersistence is not known here',
    ],
    [
      'references that come to much more than the text',
      `apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: web, namespace: shop}
spec: {port: 80, podSelector: {matchExpressions: [{key: a, operator: In, values: [&v "${'x'.repeat(80)}", ${'*v, '.repeat(999)}*v]}]}}`,
      'comes to a spec of more than 65536 characters as JSON',
    ],
    ['a kind as long as a book', { apiVersion: 'v1', kind: 'K'.repeat(30_000) }, `${'K'.repeat(80)} of v1`],
  ])('refuses %s, naming it, and records nothing', async (_what, manifest, told) => {
    const refused = await refusal(applyObject(manifest));
    expect([refused.code, JSON.stringify(refused)]).toEqual([
      status.INVALID_ARGUMENT,
      expect.stringContaining(told),
    ]);
    expect(await desired()).toEqual([]);
  });
});

describe('ApplyHTTPRoute', () => {
  const server = { group: 'policy.linkerd.io', kind: 'Server', name: 'web' };
  const backend = { kind: 'Service', name: 'web', port: 80, weight: 1 };

  it('records a route of the group that is named, with the defaults of what is left out', async () => {
    const detail = { set: [{ name: 'x-seen', value: '1' }] };
    const spec = {
      parentRefs: [{ kind: 'Service', name: 'web', port: 80 }],
      rules: [
        {
          matches: [
            { pathType: 'Exact', path: '/orders', method: 'GET' },
            { headers: [{ name: 'a', value: 'b' }] },
          ],
          filters: [{ type: 'RequestHeaderModifier', detail }],
          backendRefs: [backend],
          requestTimeout: '10s',
        },
      ],
    };
    await applyRoute({ group: 'gateway.networking.k8s.io', spec });
    expect(await desired()).toMatchObject([
      {
        key: { kind: 'GatewayHTTPRoute', namespace: 'shop', name: 'web' },
        spec: {
          parentRefs: [{ group: '', kind: 'Service', name: 'web', port: 80 }],
          hostnames: [],
          rules: [
            {
              matches: [
                { path: { type: 'Exact', value: '/orders' }, headers: [], queryParams: [], method: 'GET' },
                {
                  path: { type: 'PathPrefix', value: '/' },
                  headers: [{ type: 'Exact', name: 'a', value: 'b' }],
                  queryParams: [],
                },
              ],
              filters: [{ type: 'RequestHeaderModifier', detail }],
              backendRefs: [{ group: '', kind: 'Service', name: 'web', port: 80, weight: 1 }],
              timeouts: { request: '10s' },
            },
          ],
        },
      },
    ]);
  });

  it('keeps the routes of the two groups apart', async () => {
    const spec = { parentRefs: [server] };
    const first = await applyRoute({ spec });
    const second = await applyRoute({ spec, group: 'gateway.networking.k8s.io' });
    expect([first.revision, second.revision]).toEqual([1, 1]);
    expect(await desired()).toMatchObject([
      { key: { kind: 'HTTPRoute' } },
      { key: { kind: 'GatewayHTTPRoute' } },
    ]);
  });

  it.each<[string, RouteRequest, string]>([
    ['another group', { group: 'apps', spec: {} }, 'group'],
    ['no spec', {}, 'spec'],
    ['a parent without a kind', { spec: { parentRefs: [{ name: 'a' }] } }, 'spec.parent_refs[0].kind'],
    [
      'a Server of the core group',
      { spec: { parentRefs: [{ ...server, group: '' }] } },
      'spec.parent_refs[0].group',
    ],
    [
      'a weight that is not set',
      { spec: { rules: [{ backendRefs: [{ ...backend, weight: 0 }] }] } },
      'spec.rules[0].backend_refs[0].weight',
    ],
    [
      'what admission refuses',
      { spec: { rules: [{ matches: [{ path: 'orders' }] }] } },
      'spec.rules[0].matches[0].path.value',
    ],
    [
      'a name that no object can have',
      { spec: { rules: [{ backendRefs: [{ ...backend, name: 'A_b' }] }] } },
      'spec.rules[0].backend_refs[0].name',
    ],
  ])('refuses %s, naming the field, and records nothing', async (_what, request, field) => {
    const { code, details } = await refusal(applyRoute(request));
    const { BadRequest } = details as { BadRequest?: { fieldViolations: { field: string }[] } };
    expect([code, BadRequest?.fieldViolations.map((violation) => violation.field)]).toEqual([
      status.INVALID_ARGUMENT,
      [field],
    ]);
    expect(await desired()).toEqual([]);
  });
});
