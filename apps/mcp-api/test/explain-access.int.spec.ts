import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  type ExplainAccessRequest,
  type ExplainAccessResponse,
  LackingPart,
  MeshTls,
  PartKind,
  Reach,
  Refusal,
  Satisfaction,
  SourcePhase,
  Verdict,
} from '@mcp/contracts';
import { formatPosition } from '@mcp/events';
import { containerPort, identity, RecordedMesh, serverSpec } from './recorded-mesh.js';
import { refusal, ServedApi } from './served-api.js';

let api: ServedApi;
let mesh: RecordedMesh;

const policyGroup = 'policy.linkerd.io';
const onlyWeb = {
  targetRef: { group: policyGroup, kind: 'Server', name: 'api' },
  requiredAuthenticationRefs: [{ group: '', kind: 'ServiceAccount', name: 'web' }],
};
const webIdentity = 'web.shop.serviceaccount.identity.linkerd.cluster.local';

beforeEach(async () => {
  api = await (await ServedApi.start()).ready();
  mesh = await RecordedMesh.of(api);
  await mesh.namespace('shop');
  await mesh.workload('shop', 'web', { 'web-1': '10.0.0.7' }, { serviceAccount: 'web' });
  await mesh.workload('shop', 'job', { 'job-1': '10.0.0.8' }, { serviceAccount: 'job', kind: 'CronJob' });
  await mesh.workload(
    'shop',
    'api',
    { 'api-1': '10.0.0.9' },
    { ports: [containerPort('http', 8080)], serviceAccount: 'api' },
  );
  await mesh.policy('Server', 'shop', 'api', serverSpec('api', 8080));
  await mesh.policy('AuthorizationPolicy', 'shop', 'only-web', onlyWeb);
  await mesh.service('shop', 'api', {
    selector: { app: 'api' },
    ports: [
      { name: 'web', number: 80, protocol: 'TCP', targetPort: 'http' },
      { name: 'dns', number: 53, protocol: 'UDP', targetPort: 53 },
    ],
  });
});
afterEach(() => api.close());

type Asked = Partial<{
  client: Partial<NonNullable<ExplainAccessRequest['client']>>;
  target: Partial<NonNullable<ExplainAccessRequest['target']>>;
  request: Partial<NonNullable<ExplainAccessRequest['request']>>;
  at: string;
  pageBytes: number;
  pageToken: string;
}>;

const workload = (name: string, kind = 'Deployment', namespace = 'shop') => ({ namespace, kind, name });
const web = { workload: workload('web') };
const apiPort = { workload: workload('api'), port: 8080 };

/** As of all that is recorded, unless it says otherwise. */
async function explain({
  client = web,
  target = apiPort,
  request,
  at,
  pageBytes = 0,
  pageToken = '',
}: Asked): Promise<ExplainAccessResponse> {
  const asked = {
    client: { workload: undefined, serviceAccount: undefined, identity: '', address: '', ...client },
    target: { workload: undefined, service: undefined, port: 0, portName: '', ...target },
    request: request && { bytes: false, http: undefined, ...request },
    at: at ?? (pageToken === '' ? formatPosition(await api.log.head()) : ''),
    pageBytes,
    pageToken,
  };
  return new Promise((resolve, reject) => {
    api.policies.explainAccess(asked, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

const get = (path: string) => ({ http: { method: 'GET', path, headers: [] } });
const server = { ref: { $case: 'object', object: { kind: 'Server', namespace: 'shop', name: 'api' } } };
const policy = {
  ref: { $case: 'object', object: { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'only-web' } },
};
const builtIn = (name: string) => ({ ref: { $case: 'builtIn', builtIn: name } });

describe('ExplainAccess', () => {
  it('names the setting that the identity of the client is missing for', async () => {
    await mesh.observe('ControlPlane', { ...identity('linkerd', 'linkerd'), configured: [] });
    const { answers } = await explain({ request: get('/cart') });
    const codes = answers.flatMap(({ parts }) =>
      parts.map(({ decision }) =>
        decision?.unknown.map(({ code, message }) => [code, message.split(':')[0]]),
      ),
    );
    expect(codes).toEqual([
      [
        [
          'CLIENT_IDENTITY_UNKNOWN',
          'it is not known whether the client arrives over mesh TLS, or as whom, and a rule asks for it',
        ],
        ['SETTING_UNREAD', 'the trust domain is not known'],
        ['SETTING_UNREAD', "the control plane's namespace is not known"],
      ],
    ]);
  });

  it('says which side has no pods to be asked about', async () => {
    await mesh.workload('shop', 'idle', {});
    const idle = { workload: workload('idle') };
    const ends = [
      { client: idle },
      { target: { ...idle, port: 8080 } },
      { client: idle, target: { ...idle, port: 8080 } },
    ];
    const told = await Promise.all(ends.map(explain));
    expect(told.map(({ summary, answers }) => [summary, answers])).toEqual([
      ['shop/Deployment/idle at port 8080 of shop/Deployment/api: the client has no pods', []],
      ['shop/Deployment/web at port 8080 of shop/Deployment/idle: the target has no pods there', []],
      [
        'shop/Deployment/idle at port 8080 of shop/Deployment/idle: neither the client nor the target has pods there',
        [],
      ],
    ]);
  });

  it('says who is admitted, by which rule, and what the others lack', async () => {
    const { answers, summary, basis, notReached } = await explain({ request: get('/cart') });

    expect(summary).toBe(
      'shop/Deployment/web at port 8080 of shop/Deployment/api, asking for GET /cart: allowed by AuthorizationPolicy shop/only-web',
    );
    expect(notReached).toEqual([]);
    expect(answers).toEqual([
      {
        client: {
          pods: { workload: workload('web'), count: 1, names: ['web-1'] },
          tls: MeshTls.MESH_TLS_ESTABLISHED,
          identity: webIdentity,
          addresses: ['10.0.0.7'],
          because: 'MESH_TLS',
          message: 'both have the proxy, and the port bypasses neither',
        },
        target: {
          pods: [{ workload: workload('api'), count: 1, names: ['api-1'] }],
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
              server,
              proxyProtocol: 'HTTP/2',
              route: builtIn('default'),
              authorizedBy: policy,
              creditedAnyOf: [policy],
              satisfied: [policy],
              rateLimit: '',
              unknown: [],
              message: 'allowed by AuthorizationPolicy shop/only-web',
            },
            example: undefined,
            mayBeEmpty: false,
            reasons: {
              candidates: [
                { authorization: policy, satisfied: Satisfaction.SATISFACTION_YES, lacks: [] },
                {
                  authorization: builtIn('localhost'),
                  satisfied: Satisfaction.SATISFACTION_NO,
                  lacks: [
                    {
                      part: LackingPart.LACKING_PART_NETWORK,
                      wanted: ['127.0.0.1/32', '::1/128'],
                      given: '10.0.0.7',
                      message: 'network 127.0.0.1/32 or ::1/128: client is at 10.0.0.7',
                    },
                  ],
                },
              ],
              ignored: [],
              overruled: [],
              unusedRoutes: [],
              more: 0,
            },
          },
        ],
        moreParts: 0,
      },
    ]);
    expect(basis).toMatchObject({ position: expect.stringMatching(/\./), recordedAt: expect.any(Date) });
    expect(basis?.sources.find(({ kind }) => kind === 'Pod')).toMatchObject({
      phase: SourcePhase.SOURCE_PHASE_LIVE,
    });
    expect(basis?.collector).toEqual({ atWork: false, lastSeen: undefined });
  });

  it('names what a client lacks that is denied', async () => {
    const { answers } = await explain({ client: { workload: workload('job', '') }, request: get('/') });
    expect(answers[0]?.parts[0]).toMatchObject({
      decision: {
        verdict: Verdict.VERDICT_DENY,
        refusal: Refusal.REFUSAL_UNAUTHORIZED,
        message: 'denied: no authorization at Server shop/api admits the client',
      },
      reasons: {
        candidates: [
          {
            authorization: policy,
            lacks: [
              {
                part: LackingPart.LACKING_PART_IDENTITY,
                wanted: [webIdentity],
                given: 'job.shop.serviceaccount.identity.linkerd.cluster.local',
                message: `identity ${webIdentity}: client is job.shop.serviceaccount.identity.linkerd.cluster.local`,
              },
            ],
          },
          { authorization: builtIn('localhost') },
        ],
      },
    });
  });

  it('answers about all that a port serves where no request is named, with an example of each part', async () => {
    const { answers, summary } = await explain({});
    expect(summary).toBe(
      'shop/Deployment/web at port 8080 of shop/Deployment/api: may use all that is served: allowed by AuthorizationPolicy shop/only-web',
    );
    expect(answers).toMatchObject([
      {
        reach: Reach.REACH_ALL,
        parts: [
          {
            kind: PartKind.PART_KIND_ROUTE,
            decision: { route: builtIn('default') },
            example: { path: expect.stringMatching(/^\//) },
          },
        ],
      },
    ]);
  });

  it('follows a Service to the port of its pods', async () => {
    const service = { namespace: 'shop', name: 'api' };
    const byName = await explain({ target: { service, portName: 'web' } });
    const byNumber = await explain({ target: { service, port: 80 } });
    expect(byName.answers).toEqual(byNumber.answers);
    expect(byNumber.answers).toMatchObject([
      { target: { port: 8080, declared: true }, reach: Reach.REACH_ALL },
    ]);
  });

  it('answers a Service mid-rollout once for each port, and names the pods that it does not lead to', async () => {
    await mesh.workload(
      'shop',
      'api',
      { 'api-2': '10.0.1.1', 'api-3': '10.0.1.2' },
      {
        ports: [containerPort('http', 9090)],
      },
    );
    await mesh.workload('shop', 'api', { 'api-4': '10.0.1.3' }, { ports: [containerPort('admin', 1)] });
    const { answers, summary, notReached } = await explain({
      target: { service: { namespace: 'shop', name: 'api' }, port: 80 },
    });
    expect(answers).toMatchObject([
      { target: { port: 8080, pods: [{ count: 1, names: ['api-1'] }] }, reach: Reach.REACH_ALL },
      { target: { port: 9090, pods: [{ count: 2, names: ['api-2', 'api-3'] }] }, reach: Reach.REACH_ALL },
    ]);
    expect(answers).toHaveLength(2);
    expect(notReached).toEqual([{ workload: workload('api'), count: 1, names: ['api-4'] }]);
    expect(summary).toBe(
      'shop/Deployment/web at port 80 of Service shop/api: pods differ. ' +
        'may use all that is served: allowed by AuthorizationPolicy shop/only-web. ' +
        'may use all that is served: allowed by the default all-unauthenticated',
    );
  });

  it('tells pods of the client apart that are answered differently, and merges those that are not', async () => {
    await mesh.workload(
      'shop',
      'web',
      { 'web-2': '10.0.0.17', 'web-3': '10.0.0.18' },
      { serviceAccount: 'web', meshed: false },
    );
    const { answers } = await explain({ request: get('/') });
    expect(answers.map(({ client, parts }) => [client, parts[0]?.decision?.verdict])).toMatchObject([
      [{ pods: { names: ['web-1'] }, because: 'MESH_TLS' }, Verdict.VERDICT_ALLOW],
      [
        {
          pods: { count: 2, names: ['web-2', 'web-3'] },
          tls: MeshTls.MESH_TLS_NONE,
          addresses: ['10.0.0.17', '10.0.0.18'],
          because: 'CLIENT_NOT_MESHED',
        },
        Verdict.VERDICT_DENY,
      ],
    ]);
  });

  it.each([
    ['a service account', { serviceAccount: { namespace: 'shop', name: 'web' } }, Verdict.VERDICT_ALLOW],
    ['an identity', { identity: webIdentity }, Verdict.VERDICT_ALLOW],
    ['an identity at an address', { identity: webIdentity, address: 'FE80::0:1' }, Verdict.VERDICT_ALLOW],
    ['a SPIFFE id', { identity: 'spiffe://root/web' }, Verdict.VERDICT_DENY],
    ['plain TCP from an address', { address: '::ffff:10.0.0.7' }, Verdict.VERDICT_DENY],
  ])('takes %s for a client', async (_, client, verdict) => {
    const { answers } = await explain({ client, request: get('/') });
    expect(answers.map(({ parts }) => parts[0]?.decision?.verdict)).toEqual([verdict]);
  });

  describe('where a rule asks for the network of the client', () => {
    beforeEach(() =>
      mesh.policy('ServerAuthorization', 'shop', 'web-of-the-cluster', {
        server: { name: 'api' },
        client: {
          networks: [],
          unauthenticated: false,
          meshTLS: { unauthenticatedTLS: false, identities: [], serviceAccounts: [{ name: 'web' }] },
        },
      }),
    );

    const decisions = async (client: Asked['client'] & object) => {
      const { answers } = await explain({ client, request: get('/') });
      return answers.map(({ client: seen, parts: [part] }) => ({
        pods: seen?.pods?.names,
        addresses: seen?.addresses,
        verdict: part?.decision?.verdict,
        unknown: part?.decision?.unknown,
      }));
    };

    it('asks a service account by the addresses of the pods that run as it', async () => {
      await mesh.workload('shop', 'cart', { 'cart-1': '192.0.2.7' }, { serviceAccount: 'web' });
      await mesh.policy('AuthorizationPolicy', 'shop', 'only-web', {
        ...onlyWeb,
        requiredAuthenticationRefs: [{ group: '', kind: 'ServiceAccount', name: 'nobody' }],
      });
      expect(await decisions({ serviceAccount: { namespace: 'shop', name: 'web' } })).toEqual([
        { pods: ['cart-1'], addresses: ['192.0.2.7'], verdict: Verdict.VERDICT_DENY, unknown: [] },
        { pods: ['web-1'], addresses: ['10.0.0.7'], verdict: Verdict.VERDICT_ALLOW, unknown: [] },
      ]);
    });

    it('says which field to fill in where no address is known', async () => {
      await mesh.policy('AuthorizationPolicy', 'shop', 'only-web', {
        ...onlyWeb,
        requiredAuthenticationRefs: [{ group: '', kind: 'ServiceAccount', name: 'nobody' }],
      });
      expect(await decisions({ identity: webIdentity })).toEqual([
        {
          pods: undefined,
          addresses: [],
          verdict: Verdict.VERDICT_UNKNOWN,
          unknown: [
            {
              code: 'CLIENT_ADDRESS_UNKNOWN',
              message:
                'the address of the client is not known, and a rule asks for it: say it in client.address',
            },
          ],
        },
      ]);
    });
  });

  it('does not take a host that is not said for one that is not sent', async () => {
    await mesh.policy(
      'HTTPRoute',
      'shop',
      'shop',
      {
        parentRefs: [{ group: policyGroup, kind: 'Server', name: 'api' }],
        hostnames: ['shop.test'],
        rules: [{ matches: [], filters: [], backendRefs: [] }],
      },
      {
        conditions: [
          {
            type: 'Accepted',
            status: 'True',
            reason: 'Accepted',
            parent: { group: policyGroup, kind: 'Server', namespace: 'shop', name: 'api' },
            controllerName: 'linkerd.io/policy-controller',
          },
        ],
      },
    );
    const withHost = (name: string, value: string) => ({
      http: { method: 'GET', path: '/', headers: [{ name, value }] },
    });
    const refusals = [get('/'), withHost('Host', 'shop.test'), withHost(':authority', 'other.test')].map(
      async (request) => {
        const { answers } = await explain({ request });
        const { verdict, refusal: why, unknown = [] } = answers[0]?.parts[0]?.decision ?? {};
        return [verdict, why, unknown.map(({ code, message }) => `${code}: ${message}`)];
      },
    );
    expect(await Promise.all(refusals)).toEqual([
      [
        Verdict.VERDICT_UNKNOWN,
        Refusal.REFUSAL_UNSPECIFIED,
        [
          'REQUEST_NOT_DECIDED: which route takes the request hangs on its host: say it among the headers, as host',
        ],
      ],
      [Verdict.VERDICT_ALLOW, Refusal.REFUSAL_UNSPECIFIED, []],
      [Verdict.VERDICT_DENY, Refusal.REFUSAL_ROUTE_NOT_FOUND, []],
    ]);
  });

  it('gives every number of a workload an answer, and says whether it is declared', async () => {
    const { answers } = await explain({ target: { workload: workload('api'), port: 9 } });
    expect(answers).toMatchObject([{ target: { port: 9, declared: false }, reach: Reach.REACH_ALL }]);
  });

  it('is unknown where the kind that decides is not followed, and names it', async () => {
    await mesh.source('AuthorizationPolicy', 'stale');
    const { answers } = await explain({
      client: { workload: workload('job', 'CronJob') },
      request: get('/'),
    });
    expect(answers[0]?.parts[0]?.decision).toMatchObject({
      verdict: Verdict.VERDICT_UNKNOWN,
      unknown: [{ code: 'KIND_NOT_LIVE', message: 'AuthorizationPolicy: contact to its source is lost' }],
    });
  });

  it('is unknown where nothing is looked at', async () => {
    await mesh.scope(['shop']);
    const outside = await explain({ target: { workload: workload('db', 'Deployment', 'bank'), port: 1 } });
    expect(outside.answers).toMatchObject([
      {
        reach: Reach.REACH_UNKNOWN,
        parts: [
          {
            kind: PartKind.PART_KIND_EVERYTHING,
            decision: { verdict: Verdict.VERDICT_UNKNOWN, unknown: [{ code: 'NAMESPACE_OUT_OF_SCOPE' }] },
          },
        ],
      },
    ]);
    const stranger = await explain({ client: { workload: workload('web', 'Deployment', 'bank') } });
    expect(stranger.answers).toMatchObject([
      { client: { tls: MeshTls.MESH_TLS_UNKNOWN, because: 'NOT_KNOWN' }, reach: Reach.REACH_UNKNOWN },
    ]);
  });

  it('tells once of pods that a Service may lead to, since what they are is not known', async () => {
    for (const name of ['one', 'two'])
      await mesh.observe('Pod', {
        ...identity('shop', name),
        shape: 'not in the log',
        ips: [],
        phase: 'Running',
        ready: true,
      });
    const { answers } = await explain({
      target: { service: { namespace: 'shop', name: 'api' }, port: 80 },
    });
    expect(answers).toMatchObject([
      { target: { pods: [{ names: ['api-1'] }], port: 8080 }, reach: Reach.REACH_ALL },
      {
        target: {
          pods: [
            { workload: { name: 'one' }, count: 1 },
            { workload: { name: 'two' }, count: 1 },
          ],
        },
        reach: Reach.REACH_UNKNOWN,
        parts: [
          {
            decision: {
              unknown: [
                {
                  code: 'POD_SHAPE_UNKNOWN',
                  message:
                    'whether Service shop/api leads to them is not known: they are of a shape that the log does not have',
                },
              ],
            },
          },
        ],
      },
    ]);
    expect(answers).toHaveLength(2);
  });

  it('answers as of a position, before and after', async () => {
    const before = await explain({});
    await mesh.policy('AuthorizationPolicy', 'shop', 'only-web', {
      ...onlyWeb,
      requiredAuthenticationRefs: [],
    });
    const asked = { client: { address: '10.9.9.9' }, at: before.basis?.position ?? '' };
    expect((await explain(asked)).answers).toMatchObject([{ reach: Reach.REACH_NONE }]);
    expect((await explain({ ...asked, at: '' })).answers).toMatchObject([{ reach: Reach.REACH_ALL }]);
    expect((await explain(asked)).basis).toEqual(before.basis);
  });
});

describe('ExplainAccess gives its answers by pages', () => {
  /** Two ways in which pods of the client arrive, and three parts of the port in each. */
  beforeEach(async () => {
    await mesh.policy('Server', 'shop', 'api', serverSpec('api', 8080, { proxyProtocol: 'unknown' }));
    await mesh.workload('shop', 'web', { 'web-2': '10.0.0.17' }, { serviceAccount: 'web', meshed: false });
  });

  const inShort = ({ answers }: ExplainAccessResponse) =>
    answers.map(({ client, parts, moreParts }) => ({
      pods: client?.pods?.names,
      parts: parts.map(({ kind, reasons }) => [kind, reasons?.candidates.length]),
      moreParts,
    }));

  it('that are of one position, and together the whole answer', async () => {
    const whole = await explain({});
    const pages = [await explain({ pageBytes: 1 })];
    await mesh.policy('AuthorizationPolicy', 'shop', 'later', onlyWeb);
    for (let token = pages[0]?.nextPageToken; token; token = pages.at(-1)?.nextPageToken)
      pages.push(await explain({ pageBytes: 1, pageToken: token }));
    expect(pages.map(inShort)).toEqual([
      [{ pods: ['web-1'], parts: [[PartKind.PART_KIND_ROUTE, 2]], moreParts: 0 }],
      [{ pods: ['web-1'], parts: [[PartKind.PART_KIND_CONNECTION, 2]], moreParts: 0 }],
      [{ pods: ['web-2'], parts: [[PartKind.PART_KIND_ROUTE, 2]], moreParts: 0 }],
      [{ pods: ['web-2'], parts: [[PartKind.PART_KIND_CONNECTION, 2]], moreParts: 0 }],
    ]);
    expect(pages.flatMap(({ answers }) => answers.flatMap(({ parts }) => parts))).toEqual(
      whole.answers.flatMap(({ parts }) => parts),
    );
    expect(new Set(pages.map(({ summary, basis }) => `${summary} ${basis?.position}`)).size).toBe(1);
  });

  it('with as much on each as fits', async () => {
    const whole = await explain({});
    const first = await explain({ pageBytes: 1_500 });
    expect([inShort(whole), whole.nextPageToken]).toEqual([
      ['web-1', 'web-2'].map((pod) => ({
        pods: [pod],
        parts: [
          [PartKind.PART_KIND_ROUTE, 2],
          [PartKind.PART_KIND_CONNECTION, 2],
        ],
        moreParts: 0,
      })),
      '',
    ]);
    expect(inShort(first)).toEqual(inShort(whole).slice(0, 1));
  });

  it('and refuses the token of another question', async () => {
    const { nextPageToken: pageToken } = await explain({ pageBytes: 1 });
    expect(await refusal(explain({ pageBytes: 1, pageToken, request: get('/') }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: { BadRequest: { fieldViolations: [{ field: 'page_token' }] } },
    });
  });
});

describe('ExplainAccess refuses', () => {
  it.each<[string, Asked, string, string, string]>([
    ['a client that is none', { client: {} }, 'client', 'INVALID_REQUEST', 'must be exactly one of'],
    ['two clients', { client: { ...web, identity: 'a' } }, 'client', 'INVALID_REQUEST', 'must be exactly'],
    [
      'a wildcard',
      { client: { identity: '*.a' } },
      'client.identity',
      'INVALID_REQUEST',
      'must be one identity',
    ],
    [
      'a bad SPIFFE id',
      { client: { identity: 'spiffe://' } },
      'client.identity',
      'INVALID_REQUEST',
      'must be one',
    ],
    [
      'a network',
      { client: { address: '10.0.0.0/8' } },
      'client.address',
      'INVALID_REQUEST',
      'must be an IPv4',
    ],
    [
      'a zone',
      { client: { address: 'fe80::1%eth0' } },
      'client.address',
      'INVALID_REQUEST',
      'must be an IPv4',
    ],
    [
      'no port',
      { target: { workload: workload('api') } },
      'target.port',
      'INVALID_REQUEST',
      'exactly one of',
    ],
    [
      'port 65536',
      { target: { ...apiPort, port: 65_536 } },
      'target.port',
      'INVALID_REQUEST',
      'must be between',
    ],
    [
      'two targets',
      { target: { ...apiPort, service: workload('api') } },
      'target',
      'INVALID_REQUEST',
      'must be',
    ],
    [
      'a relative path',
      { request: get('cart') },
      'request.http.path',
      'INVALID_REQUEST',
      'must begin with a slash',
    ],
    [
      'bytes as HTTP',
      { request: { ...get('/'), bytes: true } },
      'request.bytes',
      'INVALID_REQUEST',
      'excludes http',
    ],
    [
      'a bad header',
      { request: { http: { method: 'GET', path: '/', headers: [{ name: 'a b', value: '' }] } } },
      'request.http.headers.0.name',
      'INVALID_REQUEST',
      'must be the name of an HTTP header',
    ],
    [
      'a header without a name',
      { request: { http: { method: 'GET', path: '/', headers: [{ name: '', value: '' }] } } },
      'request.http.headers.0.name',
      'INVALID_REQUEST',
      'must be the name of an HTTP header',
    ],
    [
      'too many headers',
      { request: { http: { ...get('/').http, headers: Array(101).fill({ name: 'a', value: '' }) } } },
      'request.http.headers',
      'INVALID_REQUEST',
      'must be at most 100 headers',
    ],
    [
      'a namespace that is not there',
      { client: { workload: workload('web', '', 'shopp') } },
      'client.workload.namespace',
      'NAMESPACE_NOT_FOUND',
      'there is no namespace shopp; there is shop',
    ],
    [
      'a workload that is not there',
      { target: { workload: workload('apis'), port: 1 } },
      'target.workload',
      'WORKLOAD_NOT_FOUND',
      'there is no Deployment shop/apis; there is ',
    ],
    [
      'a Service that is not there',
      { target: { service: { namespace: 'shop', name: 'ap' }, port: 80 } },
      'target.service',
      'SERVICE_NOT_FOUND',
      'there is no Service shop/ap; there is shop/api',
    ],
    [
      'a port that the Service does not have',
      { target: { service: { namespace: 'shop', name: 'api' }, port: 8080 } },
      'target.port',
      'SERVICE_PORT_NOT_FOUND',
      'there is no TCP port of Service shop/api that is 8080; there is 80 (web)',
    ],
    [
      'a port of the Service that is UDP',
      { target: { service: { namespace: 'shop', name: 'api' }, port: 53 } },
      'target.port',
      'SERVICE_PORT_NOT_FOUND',
      'port 53 of Service shop/api is UDP, which policy does not act on; there is 80 (web)',
    ],
    [
      'a name that no port of the workload has',
      { target: { workload: workload('api'), portName: 'grpcx' } },
      'target.port_name',
      'WORKLOAD_PORT_NOT_FOUND',
      'there is no TCP port of shop/Deployment/api that is named grpcx; there is http',
    ],
    [
      'a client that is a Service',
      { client: { workload: workload('web', 'Service') } },
      'client.workload.kind',
      'INVALID_REQUEST',
      'a Service is no workload: one that is called is a target by target.service',
    ],
    [
      'a service account that is not there',
      { client: { serviceAccount: { namespace: 'shop', name: 'w' } } },
      'client.service_account',
      'SERVICE_ACCOUNT_NOT_FOUND',
      'there is no ServiceAccount shop/w; there is shop/web, shop/api, shop/job',
    ],
  ])('%s', async (_, asked, field, reason, description) => {
    expect(await refusal(explain(asked))).toMatchObject({
      code: reason === 'INVALID_REQUEST' ? status.INVALID_ARGUMENT : status.NOT_FOUND,
      details: {
        ErrorInfo: { reason },
        BadRequest: { fieldViolations: [{ field, description: expect.stringContaining(description) }] },
      },
    });
  });

  it('a name that two kinds have, and says which', async () => {
    await mesh.workload('shop', 'web', { 'web-0': '10.0.0.70' }, { kind: 'StatefulSet' });
    expect(await refusal(explain({ client: { workload: workload('web', '') } }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: {
        BadRequest: {
          fieldViolations: [
            {
              field: 'client.workload.kind',
              description: 'shop/web is the name of Deployment and StatefulSet: say which',
            },
          ],
        },
      },
    });
  });

  it('to say that a workload is not there while pods are not followed', async () => {
    await mesh.source('Pod', 'stale');
    expect(await refusal(explain({ client: { workload: workload('new') } }))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: { ErrorInfo: { reason: 'SOURCE_NOT_LIVE', metadata: { subject: 'Pod' } } },
    });
  });

  it('a Service that selects nothing by itself', async () => {
    await mesh.service('shop', 'outside', { ports: [{ number: 80, protocol: 'TCP', targetPort: 80 }] });
    const asked = { target: { service: { namespace: 'shop', name: 'outside' }, port: 80 } };
    expect(await refusal(explain(asked))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: { ErrorInfo: { reason: 'SERVICE_WITHOUT_SELECTOR' } },
    });
  });

  it('a Service that leads out of the mesh, and says so', async () => {
    await mesh.service('shop', 'outside', { type: 'ExternalName', externalName: 'db.example.com' });
    const asked = { target: { service: { namespace: 'shop', name: 'outside' }, port: 80 } };
    expect(await refusal(explain(asked))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      message: 'Service shop/outside is an ExternalName and leads out of the mesh, to db.example.com',
      details: { ErrorInfo: { reason: 'SERVICE_WITHOUT_SELECTOR' } },
    });
  });

  it('a position that is none of this log', async () => {
    expect(await refusal(explain({ at: 'other.1.' }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: { BadRequest: { fieldViolations: [{ field: 'at' }] } },
    });
  });
});
