import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  type Decision,
  ExplainAccessRequest,
  type ExplainAccessResponse,
  type Finding,
  GetReachabilityRequest,
  type GetReachabilityResponse,
  Judgement,
  LackingPart,
  LintPoliciesRequest,
  type LintPoliciesResponse,
  MeshTls,
  PartKind,
  Phase,
  type PolicyRef,
  Reach,
  type ReachClient,
  type ReachTarget,
  Refusal,
  Satisfaction,
  Severity,
  SourcePhase,
  type ValidateManifestsResponse,
  Verdict,
  WhatCanReachRequest,
  type WhatCanReachResponse,
  WhoCanReachRequest,
  type WhoCanReachResponse,
} from '@mcp/contracts';
import { refusal } from '../../apps/mcp-api/test/served-api.js';
import { answerOf } from './answer-of.js';
import { eventually } from './eventually.js';
import {
  apiDeployment,
  apiPod,
  apiReplicaSet,
  apiService,
  authorizationPolicy,
  cartRoute,
  clientPods,
  networkAuthentication,
  policies,
  vm,
} from './guarded-shop.js';
import { RealMesh } from './real-mesh.js';
import { namespace } from './shop.js';

let mesh: RealMesh;

const uidOf = (kind: string, name: string): Promise<string> =>
  mesh.kubectl('get', kind, '-n', 'shop', name, '-o', 'jsonpath={.metadata.uid}');

beforeAll(async () => {
  mesh = await RealMesh.open();
  await mesh.create(namespace('shop'), namespace('ops'), apiDeployment);
  await mesh.create(apiReplicaSet(await uidOf('deployment', 'api')));
  const replicaSet = await uidOf('replicaset', 'api-1');
  const pods = [
    apiPod('api-1-a', '10.1.0.10', replicaSet),
    apiPod('api-1-b', '10.1.0.11', replicaSet),
    ...clientPods,
  ];
  await mesh.create(...pods, apiService, vm, ...policies, cartRoute);
  await mesh.writeStatus(...pods);
  await mesh.startApps();
  // the API asks after the collector every so often
  await eventually(explain, ({ basis }) => basis?.collector?.atWork === true);
}, 120_000);

afterAll(() => mesh.close());

type Asked = Parameters<typeof ExplainAccessRequest.fromPartial>[0];

const workload = (name: string, kind = 'Pod', home = 'shop') => ({ namespace: home, kind, name });
const web = { workload: workload('web') };
const job = { workload: workload('job') };
const external = { workload: workload('vm', 'ExternalWorkload') };
const api = { workload: workload('api', 'Deployment'), port: 8080 };
const get = (path: string) => ({ http: { method: 'GET', path } });
const object = (kind: string, name: string): PolicyRef => ({
  ref: { $case: 'object', object: { kind, namespace: 'shop', name } },
});
const builtIn = (name: string): PolicyRef => ({ ref: { $case: 'builtIn', builtIn: name } });
const identityOf = (account: string) => `${account}.serviceaccount.identity.linkerd.cluster.local`;

/** What `web` is answered when it asks the api for its cart, unless it is said otherwise. */
function explain(asked: Asked = {}): Promise<ExplainAccessResponse> {
  const request = ExplainAccessRequest.fromPartial({
    client: web,
    target: api,
    request: get('/cart'),
    ...asked,
  });
  return answerOf((done) => mesh.policies.explainAccess(request, mesh.caller, mesh.soon(), done));
}

async function decide(asked: Asked = {}): Promise<Partial<Decision>> {
  const { answers } = await explain(asked);
  const [answer, ...others] = answers.flatMap(({ parts }) => parts);
  expect(others).toEqual([]);
  return answer?.decision ?? {};
}

const decided = (verdict: Verdict, asked: Asked = {}): Promise<Partial<Decision>> =>
  eventually(
    () => decide(asked),
    (decision) => decision.verdict === verdict,
  );

const positionNow = async (): Promise<string> => (await explain()).basis!.position;

const notAtLocalhost = (given: string) => ({
  authorization: builtIn('localhost'),
  satisfied: Satisfaction.SATISFACTION_NO,
  lacks: [
    {
      part: LackingPart.LACKING_PART_NETWORK,
      wanted: ['127.0.0.1/32', '::1/128'],
      given,
      message: `network 127.0.0.1/32 or ::1/128: client is at ${given}`,
    },
  ],
});
const notInTheOffice = (given: string) => ({
  authorization: object('AuthorizationPolicy', 'office'),
  satisfied: Satisfaction.SATISFACTION_NO,
  lacks: [
    {
      part: LackingPart.LACKING_PART_NETWORK,
      wanted: ['192.168.0.0/16 except 192.168.9.0/24'],
      given,
      message: `network 192.168.0.0/16 except 192.168.9.0/24: client is at ${given}`,
    },
  ],
});
const cartNotAccepted = {
  object: { kind: 'HTTPRoute', namespace: 'shop', name: 'cart' },
  code: 'NOT_ACCEPTED',
  field: 'status',
  message: 'the policy controller has not accepted it for Server api',
};

describe('ExplainAccess, of objects that live in a real API server', () => {
  it('says who is admitted, by which policy, and what else could have admitted it', async () => {
    await decided(Verdict.VERDICT_ALLOW);
    const { answers, summary, notReached, basis } = await explain({
      target: { service: { namespace: 'shop', name: 'api' }, portName: 'web' },
    });
    const policy = object('AuthorizationPolicy', 'api-clients');
    expect({ answers, summary, notReached }).toEqual({
      summary:
        'shop/Pod/web at port web of Service shop/api, asking for GET /cart: allowed by AuthorizationPolicy shop/api-clients',
      notReached: [],
      answers: [
        {
          client: {
            pods: { workload: web.workload, count: 1, names: ['web'] },
            tls: MeshTls.MESH_TLS_ESTABLISHED,
            identity: identityOf('web.shop'),
            addresses: ['10.1.0.20'],
            because: 'MESH_TLS',
            message: 'both have the proxy, and the port bypasses neither',
          },
          target: {
            pods: [{ workload: api.workload, count: 2, names: ['api-1-a', 'api-1-b'] }],
            port: 8080,
            declared: true,
          },
          reach: Reach.REACH_UNSPECIFIED,
          parts: [
            {
              kind: PartKind.PART_KIND_AS_ASKED,
              decision: {
                verdict: Verdict.VERDICT_ALLOW,
                refusal: Refusal.REFUSAL_UNSPECIFIED,
                boundary: '',
                server: object('Server', 'api'),
                proxyProtocol: 'HTTP/1',
                route: builtIn('default'),
                authorizedBy: policy,
                creditedAnyOf: [policy],
                satisfied: [policy],
                rateLimit: '',
                unknown: [],
                message: 'allowed by AuthorizationPolicy shop/api-clients',
              },
              example: undefined,
              mayBeEmpty: false,
              reasons: {
                candidates: [
                  { authorization: policy, satisfied: Satisfaction.SATISFACTION_YES, lacks: [] },
                  notInTheOffice('10.1.0.20'),
                  notAtLocalhost('10.1.0.20'),
                ],
                ignored: [],
                overruled: [],
                unusedRoutes: [cartNotAccepted],
                more: 0,
              },
            },
          ],
          moreParts: 0,
        },
      ],
    });
    expect(basis?.collector?.atWork).toBe(true);
    expect(new Set(basis?.sources.map(({ phase }) => phase))).toEqual(
      new Set([SourcePhase.SOURCE_PHASE_LIVE]),
    );
  });

  it('says what each policy found lacking in a client that is denied', async () => {
    const { answers, summary } = await explain({ client: job });
    expect(summary).toBe(
      'shop/Pod/job at port 8080 of shop/Deployment/api, asking for GET /cart: denied: no authorization at Server shop/api admits the client',
    );
    expect(answers).toMatchObject([{ client: { because: 'CLIENT_NOT_MESHED', identity: '' } }]);
    expect(answers[0]?.parts).toEqual([
      {
        kind: PartKind.PART_KIND_AS_ASKED,
        example: undefined,
        mayBeEmpty: false,
        decision: {
          verdict: Verdict.VERDICT_DENY,
          refusal: Refusal.REFUSAL_UNAUTHORIZED,
          boundary: '',
          server: object('Server', 'api'),
          proxyProtocol: 'HTTP/1',
          route: builtIn('default'),
          authorizedBy: undefined,
          creditedAnyOf: [],
          satisfied: [],
          rateLimit: '',
          unknown: [],
          message: 'denied: no authorization at Server shop/api admits the client',
        },
        reasons: {
          candidates: [
            {
              authorization: object('AuthorizationPolicy', 'api-clients'),
              satisfied: Satisfaction.SATISFACTION_NO,
              lacks: [
                {
                  part: LackingPart.LACKING_PART_IDENTITY,
                  wanted: [identityOf('web.shop'), identityOf('*.ops')],
                  given: 'no mesh TLS',
                  message: `identity ${identityOf('web.shop')} or ${identityOf('*.ops')}: client has no mesh TLS`,
                },
              ],
            },
            notInTheOffice('10.1.0.30'),
            notAtLocalhost('10.1.0.30'),
          ],
          ignored: [],
          overruled: [],
          unusedRoutes: [cartNotAccepted],
          more: 0,
        },
      },
    ]);
  });

  it.each([
    ['an identity that a reference to a Namespace means', { identity: identityOf('any.ops') }, 'api-clients'],
    ['the identity of a service account', { identity: identityOf('web.shop') }, 'api-clients'],
    ['an address of the network', { address: '192.168.1.1' }, 'office'],
    ['the same address in IPv6', { address: '::ffff:192.168.1.1' }, 'office'],
  ])('admits %s', async (_, client, policy) => {
    expect(await decide({ client })).toMatchObject({
      verdict: Verdict.VERDICT_ALLOW,
      authorizedBy: object('AuthorizationPolicy', policy),
    });
  });

  it.each([
    ['an identity that nothing names', { identity: identityOf('job.shop'), address: '10.9.9.9' }],
    ['an address that the network excepts', { address: '192.168.9.1' }],
    ['an external workload by a name that only a route admits', external],
  ])('denies %s', async (_, client) => {
    expect(await decide({ client })).toMatchObject({
      verdict: Verdict.VERDICT_DENY,
      refusal: Refusal.REFUSAL_UNAUTHORIZED,
    });
  });

  it('is unknown where the address decides and is not given', async () => {
    expect(await decide({ client: { identity: identityOf('job.shop') } })).toMatchObject({
      verdict: Verdict.VERDICT_UNKNOWN,
      unknown: [{ code: 'CLIENT_ADDRESS_UNKNOWN' }],
    });
  });

  it.each([
    [
      'a port that bypasses the proxy',
      { target: { ...api, port: 9000 } },
      { verdict: Verdict.VERDICT_NOT_ENFORCED, boundary: 'port-bypasses-proxy' },
    ],
    [
      'a workload outside the mesh',
      { target: { ...job, port: 80 } },
      { verdict: Verdict.VERDICT_NOT_ENFORCED, boundary: 'not-meshed' },
    ],
    [
      'a port that an annotation closes',
      { target: { workload: workload('monitor', 'Pod', 'ops'), port: 9090 } },
      { verdict: Verdict.VERDICT_DENY, server: builtIn('deny') },
    ],
    [
      'a port without a Server',
      { target: { ...web, port: 80 }, client: job },
      { verdict: Verdict.VERDICT_ALLOW, authorizedBy: builtIn('all-unauthenticated') },
    ],
    [
      'an external workload, to a client of the mesh',
      { target: { ...external, portName: 'db' } },
      {
        verdict: Verdict.VERDICT_ALLOW,
        authorizedBy: builtIn('cluster-authenticated'),
        proxyProtocol: 'opaque',
      },
    ],
    [
      'an external workload, to a client without the proxy',
      { target: { ...external, portName: 'db' }, client: job },
      { verdict: Verdict.VERDICT_DENY, server: object('Server', 'vm') },
    ],
    [
      'a path of a probe',
      { client: job, request: get('/ready') },
      { verdict: Verdict.VERDICT_ALLOW, route: builtIn('probe'), authorizedBy: builtIn('probe') },
    ],
  ])('knows %s', async (_, asked, decision) => {
    expect(await decide(asked)).toMatchObject(decision);
  });

  it('counts a route from the moment that its status is written, and before that not', async () => {
    const before = await positionNow();
    await mesh.writeStatus(cartRoute);
    const route = object('HTTPRoute', 'cart');
    expect(await decided(Verdict.VERDICT_ALLOW, { client: external })).toMatchObject({
      route,
      authorizedBy: object('AuthorizationPolicy', 'cart-for-vm'),
      message: 'allowed by AuthorizationPolicy shop/cart-for-vm through HTTPRoute shop/cart',
    });
    // what the Server admits, its routes do too
    expect(await decide()).toMatchObject({
      route,
      authorizedBy: object('AuthorizationPolicy', 'api-clients'),
    });
    const elsewhere = await explain({ request: get('/stock') });
    expect(elsewhere.answers[0]?.parts[0]).toMatchObject({
      decision: {
        verdict: Verdict.VERDICT_DENY,
        refusal: Refusal.REFUSAL_ROUTE_NOT_FOUND,
        route: undefined,
        message: 'denied: no route of Server shop/api takes the request, which is answered with 404',
      },
      reasons: { unusedRoutes: [] },
    });
    expect(await decide({ client: job, request: get('/ready') })).toMatchObject({
      refusal: Refusal.REFUSAL_ROUTE_NOT_FOUND,
    });

    expect(await decide({ client: external, at: before })).toMatchObject({ verdict: Verdict.VERDICT_DENY });
    expect(await decide({ request: get('/stock'), at: before })).toMatchObject({
      verdict: Verdict.VERDICT_ALLOW,
    });
  });

  it('answers otherwise when someone edits a policy, and as before at the position before', async () => {
    const before = await positionNow();
    const edit = { spec: { identityRefs: [{ kind: 'Namespace', name: 'ops' }] } };
    const patch = ['patch', 'meshtlsauthentication', '-n', 'shop', 'api-clients', '--type=merge', '-p'];
    await mesh.kubectl(...patch, JSON.stringify(edit));
    expect(await decided(Verdict.VERDICT_DENY)).toMatchObject({ refusal: Refusal.REFUSAL_UNAUTHORIZED });
    expect(await decide({ at: before })).toMatchObject({ verdict: Verdict.VERDICT_ALLOW });
  });

  it('counts a policy that was applied through this API as soon as it has converged', async () => {
    expect(await decide({ client: job })).toMatchObject({ verdict: Verdict.VERDICT_DENY });
    const { changeId } = await mesh.apply({
      name: 'cart-for-everyone',
      jsonSpec: JSON.stringify({
        targetRef: { group: 'policy.linkerd.io', kind: 'HTTPRoute', name: 'cart' },
        requiredAuthenticationRefs: [],
      }),
    });
    const change = await mesh.reaches(changeId, Phase.PHASE_CONVERGED);
    const at = change!.history.at(-1)!.position;
    expect(await decide({ client: job, at })).toMatchObject({
      verdict: Verdict.VERDICT_ALLOW,
      authorizedBy: object('AuthorizationPolicy', 'cart-for-everyone'),
    });
    await mesh.kubectl('delete', 'authorizationpolicy', '-n', 'shop', 'cart-for-everyone');
    await decided(Verdict.VERDICT_DENY, { client: job });
  });

  it('answers a client in another language, which has the proto files alone', async () => {
    const asked = { client: external, target: api, request: get('/cart') };
    const client = mesh.python('explain_access.py', JSON.stringify(asked));
    await client.ended;
    expect(client.errors).toBe('');
    expect(JSON.parse(client.lines[0]!)).toMatchObject({
      summary:
        'shop/ExternalWorkload/vm at port 8080 of shop/Deployment/api, asking for GET /cart: allowed by AuthorizationPolicy shop/cart-for-vm through HTTPRoute shop/cart',
      answers: [{ parts: [{ decision: { verdict: 'VERDICT_ALLOW' } }] }],
    });
  });

  it.each<[string, Asked, number, string, string]>([
    [
      'a workload that is not there',
      { client: { workload: workload('wbe', '') } },
      status.NOT_FOUND,
      'client.workload',
      'there is no workload shop/wbe; there is shop/Pod/web, ',
    ],
    [
      'a port that is none',
      { target: { ...api, port: 70_000 } },
      status.INVALID_ARGUMENT,
      'target.port',
      '1 and 65535',
    ],
    [
      'a path without a slash',
      { request: get('cart') },
      status.INVALID_ARGUMENT,
      'request.http.path',
      'must begin with a slash',
    ],
  ])('refuses %s, naming the field', async (_, asked, code, field, words) => {
    expect(await refusal(explain(asked))).toMatchObject({
      code,
      details: { BadRequest: { fieldViolations: [{ field, description: expect.stringContaining(words) }] } },
    });
  });
});

/** A client in a word. */
function nameOf({ client }: ReachClient): string {
  switch (client?.$case) {
    case undefined:
      return '';
    case 'workload':
      return client.workload.workload?.name ?? '';
    case 'unmeshed':
      return `${client.unmeshed.ranges[0]?.first} and on`;
    case 'hidden':
      return 'hidden';
    case 'described':
      return client.described.identity;
  }
}

/** The order in which groups and clients are told is no one's promise. */
const inAnyOrder = <T>(values: readonly T[]): readonly T[] =>
  [...values].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

const portOf = (target: ReachTarget | undefined): string => `${target?.workload?.name}:${target?.port}`;

describe('questions about many, of objects that live in a real API server', () => {
  it('tell who reaches a Service, by what they may do and by the policy that says so', async () => {
    const request = WhoCanReachRequest.fromPartial({
      target: { service: { namespace: 'shop', name: 'api' }, port: 80 },
      request: get('/cart'),
    });
    const { groups } = await answerOf<WhoCanReachResponse>((done) =>
      mesh.policies.whoCanReach(request, mesh.caller, mesh.soon(), done),
    );
    const inShort = groups.map(({ target, answer, clients }) => ({
      to: portOf(target),
      decisions: answer?.parts.map(({ verdict, authorizedBy }) => [verdict, authorizedBy]),
      clients: inAnyOrder(clients.map(nameOf)),
    }));
    const admitted = (policy: string, client: string) => ({
      to: 'api:8080',
      decisions: [[Verdict.VERDICT_ALLOW, object('AuthorizationPolicy', policy)]],
      clients: [client],
    });
    expect(inAnyOrder(inShort)).toEqual(
      inAnyOrder([
        admitted('api-clients', 'monitor'),
        {
          to: 'api:8080',
          decisions: [[Verdict.VERDICT_DENY, undefined]],
          clients: ['0.0.0.0 and on', '10.0.0.0 and on', 'api', 'job', 'web'],
        },
        admitted('cart-for-vm', 'vm'),
        admitted('office', '192.168.0.0 and on'),
      ]),
    );
  });

  it('tell what an external workload reaches', async () => {
    const request = WhatCanReachRequest.fromPartial({ client: external });
    const { groups } = await answerOf<WhatCanReachResponse>((done) =>
      mesh.policies.whatCanReach(request, mesh.caller, mesh.soon(), done),
    );
    const inShort = groups.map(({ answer, clients, targets }) => ({
      reach: answer?.reach,
      clients: clients.map(nameOf),
      targets: targets.map(portOf),
    }));
    const clients = ['vm'];
    expect(inAnyOrder(inShort)).toEqual(
      inAnyOrder([
        { reach: Reach.REACH_NONE, clients, targets: ['monitor:9090'] },
        { reach: Reach.REACH_ALL, clients, targets: ['web:80'] },
        { reach: Reach.REACH_SOME, clients, targets: ['api:8080'] },
        { reach: Reach.REACH_NOT_ENFORCED, clients, targets: ['api:9000'] },
        { reach: Reach.REACH_NONE, clients, targets: ['vm:5432'] },
        { reach: Reach.REACH_NOT_ENFORCED, clients, targets: ['job:80'] },
      ]),
    );
  });

  it('tell who reaches what in a namespace', async () => {
    const request = GetReachabilityRequest.fromPartial({ namespaces: ['shop'] });
    const { clients, rows } = await answerOf<GetReachabilityResponse>((done) =>
      mesh.policies.getReachability(request, mesh.caller, mesh.soon(), done),
    );
    const names = clients.map(nameOf);
    const everyone = inAnyOrder(names);
    const inShort = rows.map(({ target, answers }) => ({
      to: portOf(target),
      answers: inAnyOrder(
        answers.map(({ answer, clients: ranges }) => [
          answer?.reach,
          inAnyOrder(ranges.flatMap(({ first, last }) => names.slice(first, last + 1))),
        ]),
      ),
    }));
    const outside = ['0.0.0.0 and on', '10.0.0.0 and on'];
    expect(inAnyOrder(inShort)).toEqual(
      inAnyOrder([
        {
          to: 'api:8080',
          answers: inAnyOrder([
            [Reach.REACH_NONE, [...outside, 'api', 'job', 'web']],
            [Reach.REACH_SOME, ['vm']],
            [Reach.REACH_SOME, ['192.168.0.0 and on']],
          ]),
        },
        { to: 'api:9000', answers: [[Reach.REACH_NOT_ENFORCED, everyone]] },
        {
          to: 'vm:5432',
          answers: inAnyOrder([
            [Reach.REACH_ALL, ['api', 'web']],
            [Reach.REACH_NONE, [...outside, '192.168.0.0 and on', 'job', 'vm']],
          ]),
        },
        { to: 'job:80', answers: [[Reach.REACH_NOT_ENFORCED, everyone]] },
        { to: 'web:80', answers: [[Reach.REACH_ALL, everyone]] },
      ]),
    );
  });
});

describe('LintPolicies, of objects that live in a real API server', () => {
  const dangling = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'branch' };

  async function found(): Promise<readonly Finding[]> {
    const request = LintPoliciesRequest.fromPartial({ namespace: 'shop' });
    const { findings } = await answerOf<LintPoliciesResponse>((done) =>
      mesh.policies.lintPolicies(request, mesh.caller, mesh.soon(), done),
    );
    return findings;
  }

  it('finds a reference to what is missing, until it is created', async () => {
    const before = await found();
    expect(before.map(({ code }) => code)).toEqual(['LNK406', 'LNK407', 'LNK501']);
    await mesh.create(authorizationPolicy('branch', ['Server', 'api'], ['NetworkAuthentication', 'branch']));
    const after = await eventually(found, ({ length }) => length > before.length);
    expect(after.filter(({ about }) => about?.$case === 'object' && about.object.name === 'branch')).toEqual([
      {
        code: 'LNK203',
        severity: Severity.SEVERITY_ERROR,
        title: 'Required authentication missing',
        about: { $case: 'object', object: dangling },
        field: 'spec.requiredAuthenticationRefs[0]',
        message: 'there is no NetworkAuthentication shop/branch, so that the whole policy is ignored',
        advice:
          'Create the authentication, or correct the reference; without a namespace it is the one of the policy.',
      },
    ]);
    const ignored = await explain();
    expect(ignored.answers[0]?.parts[0]?.reasons?.ignored).toEqual([
      {
        object: dangling,
        code: 'AUTHENTICATION_MISSING',
        message: 'there is no NetworkAuthentication shop/branch',
      },
    ]);

    await mesh.create(networkAuthentication('branch', { cidr: '10.1.0.20' }));
    await eventually(found, ({ length }) => length === before.length);
    expect(await found()).toEqual(before);
    expect(await decide()).toMatchObject({
      verdict: Verdict.VERDICT_ALLOW,
      authorizedBy: object('AuthorizationPolicy', 'branch'),
    });
  });
});

describe('ValidateManifests', () => {
  const officeKey = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'office' };

  it('admits what the API server has, and refuses what Linkerd would refuse', async () => {
    const good = await mesh.kubectl('get', 'authorizationpolicy', '-n', 'shop', 'office', '-o', 'yaml');
    const yaml = `${good}---\n${good.replace('kind: Server', 'kind: Service')}`;
    const { admitted, manifests, problems } = await answerOf<ValidateManifestsResponse>((done) =>
      mesh.policies.validateManifests({ yaml }, mesh.caller, mesh.soon(), done),
    );
    expect({ admitted, problems }).toEqual({ admitted: false, problems: [] });
    expect(
      manifests.map(({ object: key, judgement, violations }) => ({ key, judgement, violations })),
    ).toEqual([
      { key: officeKey, judgement: Judgement.JUDGEMENT_ADMITTED, violations: [] },
      {
        key: officeKey,
        judgement: Judgement.JUDGEMENT_REFUSED,
        violations: [
          {
            code: 'TARGET_NOT_SUPPORTED',
            field: 'spec.targetRef.kind',
            layer: 'webhook',
            message: expect.stringContaining('cannot apply to "Service.policy.linkerd.io"'),
            rule: 'A policy applies to a kind that it can apply to.',
          },
        ],
      },
    ]);
  });
});

describe('while the API server is gone', () => {
  const asked = { client: { workload: workload('monitor', 'Pod', 'ops') } };
  let before: string;

  it('nothing is allowed or denied, and the kinds are named that could change the answer', async () => {
    before = await positionNow();
    await mesh.kube.kill();
    const kindsOf = ({ unknown = [] }: Partial<Decision>) =>
      unknown.map(({ message }) => message.split(':')[0]);
    const decision = await eventually(
      () => decide(asked),
      (found) => kindsOf(found).length === 2,
    );
    expect(decision).toMatchObject({
      verdict: Verdict.VERDICT_UNKNOWN,
      authorizedBy: undefined,
      unknown: [{ code: 'KIND_NOT_LIVE' }, { code: 'KIND_NOT_LIVE' }],
    });
    expect(kindsOf(decision)).toEqual(['Server', 'Pod']);
    expect(await refusal(explain({ client: { workload: workload('late') } }))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: { ErrorInfo: { reason: 'SOURCE_NOT_LIVE' } },
    });
  });

  it('what was so before is still told', async () => {
    expect(await decide({ ...asked, at: before })).toMatchObject({ verdict: Verdict.VERDICT_ALLOW });
  });

  it('and when it is back, answers are definite again', async () => {
    await mesh.kube.restart();
    expect(await decided(Verdict.VERDICT_ALLOW, asked)).toMatchObject({ unknown: [] });
  }, 60_000);

  it('all apps end with 0, their projections equal to the log', async () => {
    expect(await Promise.all(Object.values(mesh.apps).map((app) => app.stop()))).toEqual([0, 0, 0]);
  });
});
