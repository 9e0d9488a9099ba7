import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  CallerKind,
  Effect,
  type Impact,
  Judgement,
  SimulateChangeRequest,
  type SimulateChangeResponse,
  Verdict,
} from '@mcp/contracts';
import { formatPosition } from '@mcp/events';
import { containerPort, RecordedMesh, serverSpec } from './recorded-mesh.js';
import { refusal, ServedApi } from './served-api.js';

const dayMs = 24 * 3_600_000;
const api = 'shop/Deployment/api';
const identityOf = (account: string) => `${account}.shop.serviceaccount.identity.linkerd.cluster.local`;
const as = (account: string) => ({ kind: 'identity', identity: identityOf(account) }) as const;

let served: ServedApi;
let mesh: RecordedMesh;
let now: number;

beforeEach(async () => {
  now = Date.now();
  served = await (await ServedApi.start()).ready();
  mesh = await RecordedMesh.of(served);
  await mesh.controlPlane({ probeNetworks: ['0.0.0.0/0', '::/0'] });
  await mesh.namespace('shop');
  await mesh.workload('shop', 'web', { 'web-1': '10.0.0.7' }, { serviceAccount: 'web' });
  await mesh.workload('shop', 'report', { 'report-1': '10.0.0.8' }, { serviceAccount: 'report' });
  await mesh.workload(
    'shop',
    'api',
    { 'api-1': '10.0.0.9' },
    {
      serviceAccount: 'api',
      ports: [containerPort('http', 8080)],
      probes: [{ container: 'main', init: false, port: 8080, path: '/ready' }],
    },
  );
  await mesh.policy(
    'Server',
    'shop',
    'api',
    serverSpec('api', 8080, { proxyProtocol: 'HTTP/1', accessPolicy: 'all-unauthenticated' }),
  );
  const yesterday = [{ client: as('web'), allowed: 40 }, { client: as('report') }];
  await mesh.usage(api, now - dayMs, yesterday, { observedMs: dayMs });
  await mesh.usage(api, now, [
    { client: as('web'), allowed: 60, denied: 2 },
    { client: as('report'), allowed: 2 },
    { client: { kind: 'unmeshed' }, allowed: 7 },
  ]);
});
afterEach(() => served.close());

const position = async () => formatPosition(await served.log.head());

async function simulate(asked: Partial<SimulateChangeRequest>): Promise<SimulateChangeResponse> {
  const at = asked.pageToken === undefined ? await position() : '';
  const request = SimulateChangeRequest.fromPartial({ at, ...asked });
  return new Promise((resolve, reject) => {
    served.policies.simulateChange(request, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

const manifest = (kind: string, name: string, spec: string, version = 'v1alpha1') =>
  `apiVersion: policy.linkerd.io/${version}
kind: ${kind}
metadata: {name: ${name}, namespace: shop}
spec: ${spec}
---
`;
const server = (accessPolicy: string) =>
  manifest(
    'Server',
    'api',
    `{podSelector: {matchLabels: {app: api}}, port: 8080, proxyProtocol: HTTP/1, accessPolicy: ${accessPolicy}}`,
    'v1beta3',
  );
const policy = (name: string, target: string, client: string) =>
  manifest(
    'AuthorizationPolicy',
    name,
    `{targetRef: {group: policy.linkerd.io, ${target}}, requiredAuthenticationRefs: [{${client}}]}`,
  );
const onlyWeb =
  server('deny') + policy('only-web', 'kind: Server, name: api', 'kind: ServiceAccount, name: web');
const onlyReads =
  onlyWeb +
  manifest(
    'HTTPRoute',
    'read',
    '{parentRefs: [{group: policy.linkerd.io, kind: Server, name: api}], rules: [{matches: [{path: {value: /read}}]}]}',
    'v1beta3',
  );
const onlyNear =
  server('deny') +
  manifest('NetworkAuthentication', 'near', '{networks: [{cidr: 10.0.0.7/32}]}') +
  policy(
    'near',
    'kind: Server, name: api',
    'group: policy.linkerd.io, kind: NetworkAuthentication, name: near',
  );

/** A caller in a word, and what becomes of it. */
function inShort({ client, effect, unseenProbe, pods }: Impact) {
  const kind = client?.kind === CallerKind.CALLER_KIND_UNMESHED ? 'unmeshed' : 'unidentified';
  const name = client?.identity.split('.')[0];
  const codes = pods.flatMap(({ unknown }) => unknown.map(({ code }) => code));
  return [unseenProbe ? 'probe' : name === '' ? kind : name, effect, ...codes];
}

describe('SimulateChange', () => {
  it('names exactly the callers that a policy cuts, how often they called, and when last', async () => {
    await mesh.usage(api, now - 9 * dayMs, [{ client: as('web'), allowed: 5 }]);
    const answer = await simulate({ yaml: onlyWeb });
    expect(answer.impacts.map(inShort)).toEqual([
      ['unmeshed', Effect.EFFECT_CUT],
      ['report', Effect.EFFECT_CUT],
      ['web', Effect.EFFECT_RULE_CHANGED],
    ]);
    const [, report, web] = answer.impacts;
    const today = new Date(now).toISOString().slice(0, 10);
    const yesterday = new Date(now - dayMs).toISOString().slice(0, 10);
    expect(report).toMatchObject({
      workload: { namespace: 'shop', kind: 'Deployment', name: 'api' },
      port: 8080,
      client: { identity: identityOf('report'), kind: CallerKind.CALLER_KIND_IDENTITY },
      clientWorkloads: [{ namespace: 'shop', kind: 'Deployment', name: 'report' }],
      route: { group: '', kind: 'default', name: 'default' },
      firstSeen: new Date(now - dayMs),
      lastSeen: new Date(now),
      allowed: 3,
      denied: 0,
      days: [
        { day: yesterday, allowed: 1, denied: 0 },
        { day: today, allowed: 2, denied: 0 },
      ],
      pods: [
        {
          effect: Effect.EFFECT_CUT,
          pods: 1,
          before: [{ verdict: Verdict.VERDICT_ALLOW }],
          after: [{ verdict: Verdict.VERDICT_DENY, message: expect.stringContaining('Server shop/api') }],
          unknown: [],
        },
      ],
    });
    expect([web?.allowed, web?.denied, web?.days.map(({ day }) => day)]).toEqual([
      105,
      2,
      [yesterday, today],
    ]);
    expect(answer.counts).toEqual([
      { effect: Effect.EFFECT_CUT, callers: 2, unseenProbes: 0, allowed: 10 },
      { effect: Effect.EFFECT_RULE_CHANGED, callers: 1, unseenProbes: 0, allowed: 105 },
      { effect: Effect.EFFECT_UNCHANGED, callers: 1, unseenProbes: 1, allowed: 0 },
    ]);
    expect(answer.summary).toContain('2 would lose access (let in 10 times before)');
    expect(answer.manifests.map(({ object, judgement }) => [object?.name, judgement])).toEqual([
      ['api', Judgement.JUDGEMENT_ADMITTED],
      ['only-web', Judgement.JUDGEMENT_ADMITTED],
    ]);
    expect(answer.blindSpots.map(({ code }) => code)).toContain('NO_ADDRESS_NO_PATH');
    expect([answer.basis?.position, answer.nextPageToken]).toEqual([await position(), '']);
  });

  it('says that it is not known of whom a path decides, and that the probe is cut', async () => {
    const { impacts } = await simulate({ yaml: onlyReads });
    expect(impacts.map(inShort)).toEqual([
      ['probe', Effect.EFFECT_CUT],
      ['unmeshed', Effect.EFFECT_CUT],
      ['report', Effect.EFFECT_CUT],
      ['web', Effect.EFFECT_UNKNOWN, 'REQUEST_UNKNOWN'],
    ]);
    expect(impacts[0]).toMatchObject({ allowed: 0, firstSeen: undefined, lastSeen: undefined, days: [] });
  });

  it('tells a probe that telemetry has seen as a caller like others', async () => {
    const probe = { group: '', kind: 'default', name: 'probe' };
    await mesh.usage(api, now, [{ client: { kind: 'unmeshed' }, route: probe, allowed: 5 }]);
    const { impacts } = await simulate({ yaml: onlyReads });
    expect(impacts.filter(({ route }) => route?.name === 'probe')).toMatchObject([
      { effect: Effect.EFFECT_CUT, unseenProbe: false, allowed: 5 },
    ]);
  });

  it('says that it is not known of whom an address decides that telemetry does not tell', async () => {
    const { impacts } = await simulate({ yaml: onlyNear });
    expect(impacts.map(inShort)).toEqual([
      ['report', Effect.EFFECT_CUT],
      ['unmeshed', Effect.EFFECT_UNKNOWN, 'CLIENT_ADDRESS_UNKNOWN'],
      ['web', Effect.EFFECT_RULE_CHANGED],
    ]);
  });

  it('tells nobody of whom nothing changes, but where that is asked for', async () => {
    const same = await simulate({ yaml: server('all-unauthenticated') });
    expect([same.impacts, same.coverage]).toEqual([[], []]);
    expect(same.counts).toEqual([
      { effect: Effect.EFFECT_UNCHANGED, callers: 4, unseenProbes: 1, allowed: 110 },
    ]);
    expect(same.summary).toContain('No known caller would be decided about otherwise.');
    const whole = await simulate({ yaml: server('all-unauthenticated'), includeUnchanged: true });
    expect(whole.impacts.map(inShort)).toEqual(
      ['probe', 'web', 'unmeshed', 'report'].map((name) => [name, Effect.EFFECT_UNCHANGED]),
    );
  });

  it('opens by what is deleted', async () => {
    await mesh.policy('Server', 'shop', 'api', serverSpec('api', 8080, { proxyProtocol: 'HTTP/1' }));
    const deleted = { kind: 'Server', namespace: 'shop', name: 'api' };
    const { impacts } = await simulate({ delete: [deleted] });
    expect(impacts.map(inShort)).toEqual([
      ['web', Effect.EFFECT_OPENED],
      ['unmeshed', Effect.EFFECT_OPENED],
      ['report', Effect.EFFECT_OPENED],
      ['probe', Effect.EFFECT_RULE_CHANGED],
    ]);
  });

  it('is about the namespaces that are asked about, and names those that are not looked at', async () => {
    await mesh.namespace('bank');
    const { impacts, counts } = await simulate({ yaml: onlyWeb, namespaces: ['bank'] });
    expect([impacts, counts]).toEqual([[], []]);
    expect((await refusal(simulate({ yaml: onlyWeb, namespaces: ['gone'] }))).code).toBe(status.NOT_FOUND);
    await mesh.scope(['shop']);
    const scoped = await simulate({ yaml: onlyWeb, namespaces: ['shop', 'bank'] });
    expect([scoped.outOfScope, scoped.impacts.length]).toEqual([['bank'], 3]);
  });

  it('counts the callers of what is gone, and does not tell them', async () => {
    await mesh.usage('shop/Job/gone', now, [{ client: as('web') }, { client: as('report') }]);
    const { callersOfGone, impacts } = await simulate({ yaml: onlyWeb });
    expect([callersOfGone, impacts.length]).toEqual([2, 3]);
    await mesh.source('Pod', 'stale');
    const unsure = await simulate({ yaml: onlyWeb });
    expect(unsure.callersOfGone).toBe(0);
    expect(unsure.impacts.flatMap(({ pods }) => pods[0]?.unknown[0]?.code ?? [])).toContain(
      'WORKLOAD_UNKNOWN',
    );
  });

  it('tells what lint would say anew, and no more', async () => {
    await mesh.policy('Server', 'shop', 'idle', serverSpec('nobody', 81));
    const lonely = manifest(
      'Server',
      'lonely',
      '{podSelector: {matchLabels: {app: nobody}}, port: 80}',
      'v1beta3',
    );
    const { newFindings, goneFindings } = await simulate({ yaml: lonely });
    expect([newFindings.map(({ code }) => code), goneFindings]).toEqual([['LNK101'], []]);
    await mesh.policy('Server', 'shop', 'lonely', serverSpec('nobody', 80));
    const deleted = await simulate({ delete: [{ kind: 'Server', namespace: 'shop', name: 'lonely' }] });
    expect([deleted.newFindings, deleted.goneFindings.map(({ code }) => code)]).toEqual([[], ['LNK101']]);
  });
});

describe('whether all callers are known', () => {
  const coverage = async () =>
    (await simulate({ yaml: onlyWeb })).coverage.map(({ workload, impactKnown, code, observedMs }) => [
      workload?.name,
      impactKnown,
      code,
      observedMs,
    ]);

  it('is so after a day of looking', async () => {
    expect(await coverage()).toEqual([['api', true, '', dayMs]]);
    expect((await simulate({ yaml: onlyWeb })).summary).not.toContain('others may call');
  });

  it.each([
    ['less of the day was observed', 'LESS_THAN_A_DAY', { observedMs: dayMs - 60_000 }, 0, dayMs - 60_000],
    ['some callers were too many', 'CALLERS_LEFT_OUT', { observedMs: dayMs, dropped: 3 }, 0, dayMs],
    ['nothing was recorded of late', 'NOT_OBSERVED_OF_LATE', { observedMs: dayMs }, 3 * 3_600_000, dayMs],
  ])('is not so where %s, and what is known is told', async (_, code, yesterday, ago, observedMs) => {
    await served.close();
    served = await (await ServedApi.start()).ready();
    mesh = await RecordedMesh.of(served);
    await mesh.namespace('shop');
    await mesh.workload('shop', 'api', { 'api-1': '10.0.0.9' }, { ports: [containerPort('http', 8080)] });
    const until = now - ago;
    await mesh.usage(api, until - dayMs, [], yesterday);
    await mesh.usage(api, until, [{ client: as('report') }]);
    expect(await coverage()).toEqual([['api', false, code, observedMs]]);
    const { impacts, summary } = await simulate({ yaml: onlyWeb });
    expect(impacts.map(inShort)).toEqual([['report', Effect.EFFECT_CUT]]);
    expect(summary).toContain('Of 1 of the 1 workloads');
  });

  it('is not so of a workload of which nothing was recorded', async () => {
    await mesh.workload('shop', 'new', { 'new-1': '10.0.0.10' }, { labels: { app: 'api' } });
    expect(await coverage()).toEqual([
      ['api', true, '', dayMs],
      ['new', false, 'NEVER_OBSERVED', 0],
    ]);
  });
});

describe('a simulation of another time, and page by page', () => {
  it('is of the mesh and the callers of its position', async () => {
    const before = await position();
    await mesh.usage(api, now, [{ client: as('late'), allowed: 1 }]);
    await mesh.policy('Server', 'shop', 'api', serverSpec('api', 8080, { proxyProtocol: 'HTTP/1' }));
    const past = await simulate({ yaml: onlyWeb, at: before });
    expect(past.impacts.map(inShort).map(([name]) => name)).toEqual(['unmeshed', 'report', 'web']);
    expect(past.basis?.position).toBe(before);
    const present = await simulate({ yaml: onlyWeb });
    expect(present.impacts.map(inShort)).toEqual([['web', Effect.EFFECT_OPENED]]);
  });

  it('is the same in pages, whatever happens meanwhile', async () => {
    const whole = await simulate({ yaml: onlyReads });
    const pages = [await simulate({ yaml: onlyReads, pageBytes: 1 })];
    await mesh.usage(api, now, [{ client: as('late'), allowed: 99 }]);
    for (let last = pages.at(-1); last?.nextPageToken; last = pages.at(-1))
      pages.push(await simulate({ yaml: onlyReads, pageBytes: 1, pageToken: last.nextPageToken }));
    expect(pages.flatMap(({ impacts }) => impacts)).toEqual(whole.impacts);
    expect(pages.flatMap(({ coverage }) => coverage)).toEqual(whole.coverage);
    expect(pages.map(({ manifests }) => manifests.length)).toEqual([3, ...pages.slice(1).map(() => 0)]);
    expect(pages.length).toBeGreaterThan(whole.impacts.length);
    const other = simulate({ yaml: onlyWeb, pageBytes: 1, pageToken: pages[0]?.nextPageToken ?? '' });
    expect((await refusal(other)).message).toContain('belongs to another question');
  });
});

describe('a change that cannot be simulated', () => {
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\n';
  const key = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'only-wed' };

  it.each<[string, Partial<SimulateChangeRequest>, string, string]>([
    ['asks for nothing', {}, 'yaml', 'something must be applied or deleted'],
    ['is no YAML', { yaml: `${onlyWeb}a: [\n` }, 'yaml', 'document 3, line'],
    ['has no manifest', { yaml: '# nothing\n' }, 'yaml', 'no manifest'],
    ['applies what is no policy', { yaml: onlyWeb + pod }, 'yaml', 'Pod shop/p in document 3'],
    [
      'names no namespace',
      { yaml: onlyWeb.replaceAll(', namespace: shop', '') },
      'yaml',
      'metadata.namespace',
    ],
    [
      'deletes what is no policy',
      { delete: [{ ...key, kind: 'Pod' }] },
      'delete[0].kind',
      'Pod is no kind of policy',
    ],
    [
      'applies and deletes one object',
      { yaml: onlyWeb, delete: [{ ...key, name: 'only-web' }] },
      'delete[0]',
      '',
    ],
    ['applies one object twice', { yaml: onlyWeb + onlyWeb }, 'yaml', 'named twice'],
  ])('is refused when it %s', async (_, asked, field, words) => {
    const refused = await refusal(simulate(asked));
    expect(refused).toMatchObject({ details: { ErrorInfo: { reason: 'INVALID_REQUEST' } } });
    expect(refused.details['BadRequest']).toMatchObject({
      fieldViolations: expect.arrayContaining([{ field, description: expect.stringContaining(words) }]),
    });
  });

  it('is refused by what admission would say of its objects', async () => {
    const broken = policy('only-web', 'kind: Pod, name: api', 'kind: ServiceAccount, name: web');
    expect(await refusal(simulate({ yaml: server('deny') + broken }))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: {
        ErrorInfo: { reason: 'CHANGE_NOT_ADMITTED' },
        BadRequest: {
          fieldViolations: [
            {
              field: 'yaml',
              description: expect.stringContaining('AuthorizationPolicy shop/only-web in document 2'),
            },
          ],
        },
      },
    });
  });

  it('names what there is in place of what is to be deleted', async () => {
    await mesh.policy('AuthorizationPolicy', 'shop', 'only-web', {
      targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'api' },
      requiredAuthenticationRefs: [],
    });
    expect(await refusal(simulate({ delete: [key] }))).toMatchObject({
      code: status.NOT_FOUND,
      message: 'there is no AuthorizationPolicy shop/only-wed; there is shop/only-web',
      details: { ErrorInfo: { reason: 'POLICY_NOT_FOUND' } },
    });
    await mesh.source('AuthorizationPolicy', 'stale');
    expect((await refusal(simulate({ delete: [key] }))).details).toMatchObject({
      ErrorInfo: { reason: 'SOURCE_NOT_LIVE' },
    });
  });

  it('is refused in a namespace that is not there, or not looked at', async () => {
    const elsewhere = onlyWeb.replaceAll('namespace: shop', 'namespace: shoq');
    expect(await refusal(simulate({ yaml: elsewhere }))).toMatchObject({
      code: status.NOT_FOUND,
      message: 'there is no namespace shoq; there is shop',
    });
    await mesh.scope(['shop']);
    expect((await refusal(simulate({ yaml: elsewhere }))).details).toMatchObject({
      ErrorInfo: { reason: 'NAMESPACE_OUT_OF_SCOPE' },
    });
  });
});
