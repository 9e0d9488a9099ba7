import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  type ClientGroup,
  GetReachabilityRequest,
  type GetReachabilityResponse,
  PartKind,
  Reach,
  type ReachClient,
  Refusal,
  Verdict,
  WhatCanReachRequest,
  type WhatCanReachResponse,
  WhoCanReachRequest,
  type WhoCanReachResponse,
} from '@mcp/contracts';
import { formatPosition } from '@mcp/events';
import { containerPort, RecordedMesh, serverSpec } from './recorded-mesh.js';
import { refusal, ServedApi } from './served-api.js';

let api: ServedApi;
let mesh: RecordedMesh;

beforeEach(async () => {
  api = await (await ServedApi.start()).ready();
  mesh = await RecordedMesh.of(api);
  await mesh.namespace('shop');
  await mesh.workload('shop', 'web', { 'web-1': '10.0.0.7' }, { serviceAccount: 'web' });
  await mesh.workload('shop', 'job', { 'job-1': '10.0.0.8' }, { meshed: false });
  await mesh.workload('shop', 'api', { 'api-1': '10.0.0.9' }, { ports: [containerPort('http', 8080)] });
  await mesh.policy('Server', 'shop', 'api', serverSpec('api', 8080, { proxyProtocol: 'opaque' }));
  await mesh.policy('AuthorizationPolicy', 'shop', 'only-web', {
    targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'api' },
    requiredAuthenticationRefs: [{ group: '', kind: 'ServiceAccount', name: 'web' }],
  });
  await mesh.service('shop', 'api', {
    selector: { app: 'api' },
    ports: [{ number: 80, protocol: 'TCP', targetPort: 'http' }],
  });
});
afterEach(() => api.close());

const now = async () => formatPosition(await api.log.head());

async function who(asked: Partial<WhoCanReachRequest> = {}): Promise<WhoCanReachResponse> {
  const request = WhoCanReachRequest.fromPartial({
    target: { workload: workload('api'), port: 8080 },
    at: asked.pageToken === undefined ? await now() : '',
    ...asked,
  });
  return new Promise((resolve, reject) => {
    api.policies.whoCanReach(request, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

async function what(asked: Partial<WhatCanReachRequest>): Promise<WhatCanReachResponse> {
  const request = WhatCanReachRequest.fromPartial({ at: await now(), ...asked });
  return new Promise((resolve, reject) => {
    api.policies.whatCanReach(request, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

async function matrix(asked: Partial<GetReachabilityRequest> = {}): Promise<GetReachabilityResponse> {
  const request = GetReachabilityRequest.fromPartial({ at: await now(), ...asked });
  return new Promise((resolve, reject) => {
    api.policies.getReachability(request, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

const workload = (name: string, namespace = 'shop') => ({ namespace, kind: 'Deployment', name });
const object = (kind: string, name: string) => ({
  ref: { $case: 'object', object: { kind, namespace: 'shop', name } },
});
const outside = { workload: undefined, serviceAccount: undefined, identity: '', address: '' };

/** A client in a word. */
function nameOf({ client }: ReachClient): string {
  switch (client?.$case) {
    case undefined:
      return '';
    case 'workload':
      return `${client.workload.workload?.name} ${client.workload.addresses.join()}`;
    case 'unmeshed':
      return client.unmeshed.inCluster === true ? 'in the cluster' : 'outside';
    case 'hidden':
      return 'hidden';
    case 'described':
      return 'described';
  }
}

const inShort = ({ answer, count, clients }: ClientGroup) => [answer?.reach, count, clients.map(nameOf)];

describe('WhoCanReach', () => {
  it('groups everyone by what they may do and by the rule that says so', async () => {
    const { groups, nextPageToken, notReached, basis } = await who();

    expect(groups.map(inShort)).toEqual([
      [Reach.REACH_NONE, 4, ['api 10.0.0.9', 'job 10.0.0.8', 'in the cluster', 'outside']],
      [Reach.REACH_ALL, 1, ['web 10.0.0.7']],
    ]);
    expect(groups[1]).toEqual({
      target: {
        workload: workload('api'),
        groups: [0],
        shapeless: false,
        port: 8080,
        server: object('Server', 'api'),
        proxyProtocol: 'opaque',
      },
      answer: {
        reach: Reach.REACH_ALL,
        parts: [
          {
            kind: PartKind.PART_KIND_CONNECTION,
            mayBeEmpty: false,
            verdict: Verdict.VERDICT_ALLOW,
            refusal: Refusal.REFUSAL_UNSPECIFIED,
            boundary: '',
            route: undefined,
            authorizedBy: object('AuthorizationPolicy', 'only-web'),
            unknown: [],
          },
        ],
      },
      count: 1,
      clients: [
        {
          client: {
            $case: 'workload',
            workload: {
              workload: workload('web'),
              group: 0,
              shapeless: false,
              addresses: ['10.0.0.7'],
              addressCount: 1,
            },
          },
        },
      ],
    });
    expect({ nextPageToken, notReached }).toEqual({ nextPageToken: '', notReached: [] });
    expect(basis?.position).toBe(await now());
  });

  it('follows a Service to the ports of its pods, and names those that it does not lead to', async () => {
    await mesh.workload('shop', 'api', { 'api-2': '10.0.1.9' }, { ports: [containerPort('http', 9090)] });
    await mesh.workload('shop', 'api', { 'api-3': '10.0.2.9' });
    const target = {
      service: { namespace: 'shop', name: 'api' },
      port: 80,
      portName: '',
      workload: undefined,
    };
    const { groups, notReached } = await who({ target });
    expect(groups.map(({ target: at, answer }) => [at?.port, at?.groups, answer?.reach])).toEqual([
      [8080, [0], Reach.REACH_NONE],
      [8080, [0], Reach.REACH_ALL],
      [9090, [1], Reach.REACH_ALL],
    ]);
    expect(notReached).toEqual([{ workload: workload('api'), count: 1, names: ['api-3'] }]);
  });

  it('answers one request as one part', async () => {
    const { groups } = await who({ request: { bytes: true, http: undefined } });
    expect(groups.map(({ answer }) => answer)).toMatchObject([
      { parts: [{ verdict: Verdict.VERDICT_DENY, refusal: Refusal.REFUSAL_UNAUTHORIZED }] },
      { reach: Reach.REACH_UNSPECIFIED, parts: [{ kind: PartKind.PART_KIND_AS_ASKED, verdict: 1 }] },
    ]);
  });

  it('is unknown to everyone where nothing is looked at', async () => {
    await mesh.scope(['shop']);
    const target = { workload: workload('db', 'bank'), port: 1, service: undefined, portName: '' };
    expect((await who({ target })).groups).toMatchObject([
      {
        target: { workload: workload('db', 'bank'), port: 1 },
        answer: {
          reach: Reach.REACH_UNKNOWN,
          parts: [{ verdict: Verdict.VERDICT_UNKNOWN, unknown: ['NAMESPACE_OUT_OF_SCOPE'] }],
        },
      },
    ]);
  });

  it('is paged at one position, whatever happens meanwhile', async () => {
    const whole = await who();
    const first = await who({ pageBytes: 1 });
    await mesh.workload('shop', 'late', { 'late-1': '10.9.9.9' });
    const second = await who({ pageBytes: 1, pageToken: first.nextPageToken });
    expect([...first.groups, ...second.groups]).toEqual(whole.groups);
    expect([first.groups.length, second.groups.length, second.nextPageToken]).toEqual([1, 1, '']);
    expect(second.basis).toEqual(first.basis);
  });

  it('refuses a page token of something else', async () => {
    const { nextPageToken: pageToken } = await who({ pageBytes: 1 });
    const refusals = [
      who({ pageToken, request: { bytes: true, http: undefined } }),
      who({ pageToken, at: 'log.1.' }),
      who({ pageToken: 'no token' }),
    ].map(async (call) => (await refusal(call)).details);
    expect(await Promise.all(refusals)).toMatchObject(
      ['belongs to another question', 'belongs to another position', 'is not one that this API gave'].map(
        (description) => ({ BadRequest: { fieldViolations: [{ field: 'page_token', description }] } }),
      ),
    );
  });

  it('refuses a target that is not there', async () => {
    const target = { workload: workload('gone'), port: 1, service: undefined, portName: '' };
    expect(await refusal(who({ target }))).toMatchObject({
      code: status.NOT_FOUND,
      details: { ErrorInfo: { reason: 'WORKLOAD_NOT_FOUND' } },
    });
  });
});

describe('WhatCanReach', () => {
  it.each([
    ['a workload', { ...outside, workload: workload('web') }, Reach.REACH_ALL],
    [
      'a service account',
      { ...outside, serviceAccount: { namespace: 'shop', name: 'web' } },
      Reach.REACH_ALL,
    ],
    [
      'an identity',
      { ...outside, identity: 'web.shop.serviceaccount.identity.linkerd.cluster.local' },
      Reach.REACH_ALL,
    ],
    ['plain TCP from an address', { ...outside, address: '10.0.0.7' }, Reach.REACH_NONE],
  ])('groups every port of the mesh for %s', async (_, client, reach) => {
    await mesh.workload('shop', 'open', { 'open-1': '10.0.3.1' }, { ports: [containerPort('http', 80)] });
    const { groups } = await what({ client });
    expect(groups.flatMap(({ targets, answer }) => targets.map(({ port }) => [port, answer?.reach]))).toEqual(
      [
        [8080, reach],
        [80, Reach.REACH_ALL],
      ],
    );
  });

  it('tells the groups of a client apart that are answered differently', async () => {
    await mesh.workload('shop', 'web', { 'web-2': '10.0.0.17' }, { serviceAccount: 'web', meshed: false });
    const { groups } = await what({ client: { ...outside, workload: workload('web') } });
    expect(groups.map(({ answer, clients, count }) => [answer?.reach, clients.map(nameOf), count])).toEqual([
      [Reach.REACH_ALL, ['web 10.0.0.7'], 1],
      [Reach.REACH_NONE, ['web 10.0.0.17'], 1],
    ]);
  });
});

describe('GetReachability', () => {
  it('answers each port of the namespaces with every client once', async () => {
    await mesh.namespace('bank');
    await mesh.workload('bank', 'db', { 'db-1': '10.0.4.1' }, { ports: [containerPort('pg', 5432)] });
    const { clients, rows } = await matrix({ namespaces: ['shop'] });
    expect(clients.map(nameOf)).toEqual([
      'api 10.0.0.9',
      'job 10.0.0.8',
      'web 10.0.0.7',
      'in the cluster',
      'outside',
    ]);
    expect(rows.map(({ target, answers }) => [target?.port, answers.map((one) => one.clients)])).toEqual([
      [
        8080,
        [
          [
            { first: 0, last: 1 },
            { first: 3, last: 4 },
          ],
          [{ first: 2, last: 2 }],
        ],
      ],
    ]);
    expect((await matrix()).rows.map(({ target }) => target?.port)).toEqual([5432, 8080]);
  });

  it('names the namespaces that are not looked at, and refuses one that is not there', async () => {
    expect(await refusal(matrix({ namespaces: ['shop', 'bank'] }))).toMatchObject({
      code: status.NOT_FOUND,
      details: { BadRequest: { fieldViolations: [{ field: 'namespaces' }] } },
    });
    await mesh.scope(['shop']);
    expect(await matrix({ namespaces: ['shop', 'bank'] })).toMatchObject({
      outOfScope: ['bank'],
      rows: [{ target: { port: 8080 } }],
    });
  });

  it('is paged: all clients, then the rows', async () => {
    const whole = await matrix();
    const first = await matrix({ pageBytes: 1 });
    const second = await matrix({ pageBytes: 1, pageToken: first.nextPageToken });
    expect([first.clients, first.rows, second.clients, second.rows]).toEqual([
      whole.clients,
      [],
      [],
      whole.rows,
    ]);
  });

  it('answers what is so after a change, of which only the changed namespace is sent', async () => {
    const before = await matrix();
    await mesh.policy(
      'Server',
      'shop',
      'api',
      serverSpec('api', 8080, { accessPolicy: 'all-unauthenticated' }),
    );
    const after = await matrix();
    const reaches = ({ rows }: GetReachabilityResponse) =>
      rows.map(({ answers }) => answers.map(({ answer }) => answer?.reach));
    expect([reaches(before), reaches(after)]).toEqual([
      [[Reach.REACH_NONE, Reach.REACH_ALL]],
      [[Reach.REACH_ALL, Reach.REACH_ALL]],
    ]);
    expect(reaches(await matrix({ at: before.basis?.position ?? '' }))).toEqual(reaches(before));
  });
});
