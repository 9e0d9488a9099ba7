import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  ApplyChangeRequest,
  ApplyPlanRequest,
  ImpactCode,
  Phase,
  PlanChangeRequest,
  PlannedAction,
  PlanUndoRequest,
  WithdrawChangeRequest,
  type ApplyPlanResponse,
  type Plan,
  type WithdrawChangeResponse,
} from '@mcp/contracts';
import type { DryRunQuestion, DryRunReply, LiveState } from '@mcp/desired-state';
import { dryRunTopic } from '@mcp/event-log';
import { changeSubject, type AnyRecordedEvent, type EventData } from '@mcp/events';
import { formatResourceKey, type ObjectStates } from '@mcp/mesh';
import { containerPort, RecordedMesh, serverSpec } from './recorded-mesh.js';
import { refusal, ServedApi } from './served-api.js';

const dayMs = 24 * 3_600_000;
const workload = 'shop/Deployment/api';
const as = (account: string) =>
  ({ kind: 'identity', identity: `${account}.shop.serviceaccount.identity.linkerd.cluster.local` }) as const;

let served: ServedApi;
let mesh: RecordedMesh;
let serving: AbortController;
/** What the cluster has, by `formatResourceKey`. */
let live: Map<string, LiveState>;

/** A reconciler of a cluster that would take everything. */
async function answer(question: unknown): Promise<DryRunReply> {
  const { key, spec } = question as DryRunQuestion;
  const there = live.get(formatResourceKey(key));
  if (there === undefined)
    return spec === undefined ? { plan: 'nothing' } : { plan: 'create', answer: { answer: 'accepted' } };
  return { plan: spec === undefined ? 'delete' : 'update', live: there, answer: { answer: 'accepted' } };
}

/** All who call are known of the last two days: web, report, and one without mesh TLS. */
beforeEach(async () => {
  const now = Date.now();
  served = await (await ServedApi.start()).ready();
  mesh = await RecordedMesh.of(served);
  await mesh.namespace('shop');
  for (const [name, ip] of [
    ['web', '10.0.0.7'],
    ['report', '10.0.0.8'],
  ] as const)
    await mesh.workload('shop', name, { [`${name}-1`]: ip }, { serviceAccount: name });
  await mesh.workload(
    'shop',
    'api',
    { 'api-1': '10.0.0.9' },
    { serviceAccount: 'api', ports: [containerPort('http', 8080)] },
  );
  await mesh.usage(workload, now - dayMs, [{ client: as('web'), allowed: 40 }], { observedMs: dayMs });
  await mesh.usage(workload, now, [
    { client: as('web'), allowed: 60 },
    { client: as('report'), allowed: 2 },
  ]);
  live = new Map();
  serving = new AbortController();
  void served.board.serve(dryRunTopic, answer, serving.signal);
});
afterEach(async () => {
  serving.abort();
  await served.close();
});

function planned(request: Partial<PlanChangeRequest>): Promise<Plan> {
  return new Promise((resolve, reject) => {
    served.plans.planChange(PlanChangeRequest.fromPartial(request), (error, made) =>
      error ? reject(error) : resolve(made.plan!),
    );
  });
}

function undoOf(changeId: string): Promise<Plan> {
  return new Promise((resolve, reject) => {
    served.plans.planUndo(PlanUndoRequest.fromPartial({ changeId, reason: 'too strict' }), (error, made) =>
      error ? reject(error) : resolve(made.plan!),
    );
  });
}

function apply(planId: string, ...acceptImpact: ImpactCode[]): Promise<ApplyPlanResponse> {
  return new Promise((resolve, reject) => {
    served.plans.applyPlan(ApplyPlanRequest.fromPartial({ planId, acceptImpact }), (error, accepted) =>
      error ? reject(error) : resolve(accepted),
    );
  });
}

function withdraw(changeId: string): Promise<WithdrawChangeResponse> {
  return new Promise((resolve, reject) => {
    served.changes.withdrawChange(WithdrawChangeRequest.fromPartial({ changeId }), (error, withdrawn) =>
      error ? reject(error) : resolve(withdrawn),
    );
  });
}

const manifest = (kind: string, name: string, spec: string, version = 'v1alpha1') =>
  `{apiVersion: policy.linkerd.io/${version}, kind: ${kind}, metadata: {name: ${name}, namespace: shop}, spec: ${spec}}`;
const server = (accessPolicy: string) =>
  manifest(
    'Server',
    'api',
    `{podSelector: {matchLabels: {app: api}}, port: 8080, proxyProtocol: HTTP/1, accessPolicy: ${accessPolicy}}`,
    'v1beta3',
  );
const clients = (...accounts: readonly string[]) =>
  manifest(
    'MeshTLSAuthentication',
    'clients',
    `{identities: [${accounts.map((account) => as(account).identity).join(', ')}]}`,
  );
const policy = manifest(
  'AuthorizationPolicy',
  'clients',
  '{targetRef: {group: policy.linkerd.io, kind: Server, name: api}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: clients}]}',
);
/** In the order that would cut everybody off for a while. */
const only = (...accounts: readonly string[]) =>
  [server('deny'), policy, clients(...accounts)].join('\n---\n');
const cuts = ImpactCode.IMPACT_CODE_CUTS_LIVE_CALLERS;
const opens = ImpactCode.IMPACT_CODE_OPENS_TO_EVERYONE;
const unknown = ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT;

async function recorded(): Promise<AnyRecordedEvent[]> {
  const events: AnyRecordedEvent[] = [];
  for await (const batch of served.log.read({
    log: await served.log.identity(),
    sequence: 0,
    digest: '',
  }))
    events.push(...(batch as readonly AnyRecordedEvent[]));
  return events.filter(({ type }) => /^(Change|Desired)/.test(type));
}

describe('a plan', () => {
  it('tells what each object would become, in an order that is safe, and records nothing', async () => {
    const plan = await planned({ yaml: only('web', 'report') });
    expect(plan).toMatchObject({
      impactsToAccept: [],
      risk: 'Low risk: no known caller loses access, and nothing is opened to everyone.',
      objects: ['MeshTLSAuthentication', 'AuthorizationPolicy', 'Server'].map((kind) => ({
        object: { kind },
        action: PlannedAction.PLANNED_ACTION_CREATE,
        revision: 1,
        uid: '',
      })),
    });
    expect(plan.objects[0]!.fields).toEqual([
      { path: 'spec', before: '', after: expect.stringContaining('"identities"') },
    ]);
    expect(plan.expiresAt!.getTime()).toBeGreaterThan(Date.now());
    expect(await recorded()).toEqual([]);
  });

  it('names who would be cut off, and is applied only where that is accepted', async () => {
    const plan = await planned({ yaml: only('web'), reason: 'ticket 7' });
    expect(plan.impactsToAccept).toMatchObject([
      { code: cuts, message: '1 caller that is let in now (2 times so far) would be refused' },
    ]);
    expect(plan.impacts[0]).toMatchObject({ client: { identity: as('report').identity } });
    const refused = await refusal(apply(plan.id));
    expect(refused).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: {
        ErrorInfo: { reason: 'IMPACT_NOT_ACCEPTED', metadata: { impacts: 'CUTS_LIVE_CALLERS' } },
      },
    });
    expect(await recorded()).toEqual([]);

    const accepted = await apply(plan.id, cuts);
    expect(accepted).toMatchObject({ accepted: true, changeId: plan.id, duplicate: false });
    expect(await served.getChange(plan.id, { atLeast: accepted.position })).toMatchObject({
      id: plan.id,
      reason: 'ticket 7',
      acceptedImpact: [cuts],
      plannedAt: expect.any(Date),
      parts: ['MeshTLSAuthentication', 'AuthorizationPolicy', 'Server'].map((kind) => ({ object: { kind } })),
    });
    expect(await apply(plan.id)).toMatchObject({ changeId: plan.id, duplicate: true });
    expect(await recorded()).toHaveLength(7);
  });

  it('names the port that would be open to everyone', async () => {
    await mesh.policy('Server', 'shop', 'api', serverSpec('api', 8080, { proxyProtocol: 'HTTP/1' }));
    live.set('Server/shop/api', { uid: 'u-1', resourceVersion: '7', spec: undefined, others: ['kubectl'] });
    const plan = await planned({ yaml: server('all-unauthenticated') });
    expect(plan.impactsToAccept).toMatchObject([
      { code: opens, message: expect.stringContaining(`at port 8080 of ${workload}`) },
    ]);
    expect(plan.objects).toMatchObject([
      {
        action: PlannedAction.PLANNED_ACTION_UPDATE,
        uid: 'u-1',
        resourceVersion: '7',
        managers: ['kubectl'],
      },
    ]);
    expect((await planned({ yaml: server('all-authenticated') })).impactsToAccept).toEqual([]);
    expect((await planned({ yaml: server('cluster-unauthenticated') })).impactsToAccept).toMatchObject([
      { code: opens },
    ]);
  });

  it('says that its impact is not known where who calls is not', async () => {
    await mesh.workload(
      'shop',
      'new',
      { 'new-1': '10.0.0.10' },
      { serviceAccount: 'new', ports: [containerPort('http', 8080)] },
    );
    const plan = await planned({
      yaml: manifest('Server', 'new', '{podSelector: {matchLabels: {app: new}}, port: 8080}', 'v1beta3'),
    });
    expect(plan.impactsToAccept.map(({ code }) => code)).toContain(unknown);
    expect(plan.risk).toContain('shop/Deployment/new (who calls it was never recorded)');
  });

  it('says that its impact is not known while changes are under way beside it', async () => {
    await apply((await planned({ yaml: policy })).id);
    const guard = { yaml: [server('deny'), clients('web', 'report')].join('\n---\n') };
    const beside = await planned(guard);
    expect(beside.impactsToAccept).toMatchObject([{ code: cuts }, { code: unknown }]);
    expect(beside.risk).toContain('would be refused');
    expect(beside.impactsToAccept[1]!.message).toBe(
      'changes are under way beside it, and what all of them come to is not known: AuthorizationPolicy/shop/clients; it is when they have converged',
    );
    const elsewhere = manifest('Server', 'api', '{podSelector: {}, port: 1}', 'v1beta3');
    await mesh.namespace('bank');
    const plan = await planned({ yaml: elsewhere.replace('namespace: shop', 'namespace: bank') });
    expect(plan.impactsToAccept).toEqual([]);
  });

  it('is refused where admission would refuse it', async () => {
    const reference = '{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: clients}';
    const yaml = manifest(
      'AuthorizationPolicy',
      'both',
      `{targetRef: {group: policy.linkerd.io, kind: Server, name: api}, requiredAuthenticationRefs: [${reference}, ${reference}]}`,
    );
    expect(await refusal(planned({ yaml }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: { BadRequest: { fieldViolations: [{ field: 'yaml' }] } },
    });
  });
});

describe('a plan is outdated', () => {
  const reason = (refused: Awaited<ReturnType<typeof refusal>>) => [
    refused.code,
    (refused.details['ErrorInfo'] as { reason: string } | undefined)?.reason,
  ];

  it('when the object is another', async () => {
    const { id } = await planned({ yaml: clients('web') });
    live.set('MeshTLSAuthentication/shop/clients', {
      ...{ uid: 'u-2', resourceVersion: '8', spec: undefined, others: [] },
    });
    const refused = await refusal(apply(id));
    expect(reason(refused)).toEqual([status.ABORTED, 'PLAN_OUTDATED']);
    expect(refused.message).toContain(
      'MeshTLSAuthentication/shop/clients is at resourceVersion 8 (uid u-2) and was not there',
    );
  });

  it('when somebody else asked for a revision', async () => {
    const { id } = await planned({ yaml: clients('web') });
    await new Promise((resolve, reject) => {
      const request = ApplyChangeRequest.fromPartial({ yaml: clients('report') });
      served.graphs.applyChange(request, (error, accepted) => (error ? reject(error) : resolve(accepted)));
    });
    const refused = await refusal(apply(id));
    expect(reason(refused)).toEqual([status.ABORTED, 'PLAN_OUTDATED']);
    expect(refused.message).toContain('is at revision 1 and was at 0');
  });

  it('when it would come to something else, though that was accepted', async () => {
    const { id } = await planned({ yaml: only('web') });
    await mesh.usage(workload, Date.now(), [
      { client: as('web'), allowed: 60 },
      { client: as('report'), allowed: 2 },
      { client: as('api'), allowed: 1 },
    ]);
    const refused = await refusal(apply(id, cuts));
    expect(reason(refused)).toEqual([status.ABORTED, 'PLAN_OUTDATED']);
    expect(refused.message).toContain('CUTS_LIVE_CALLERS is about others than it was');
    expect(await recorded()).toEqual([]);
  });

  it.each([
    ['late', { expiresAt: 1_000 }, status.FAILED_PRECONDITION, 'PLAN_EXPIRED'],
    [
      "somebody else's",
      { actor: { name: 'eve', provenBy: 'token' } },
      status.PERMISSION_DENIED,
      'PLAN_OF_ANOTHER',
    ],
  ])('when it is %s', async (_what, more, code, why) => {
    const { id } = await planned({ yaml: clients('web') });
    const body = { ...((await served.board.pinned(id)) as object), ...more };
    await served.board.pin({ scope: 'test', id, body, forMs: 60_000 });
    expect(reason(await refusal(apply(id)))).toEqual([code, why]);
  });

  it('or was never made', async () => {
    expect(reason(await refusal(apply('none')))).toEqual([status.NOT_FOUND, 'PLAN_NOT_FOUND']);
  });
});

describe('a change that was applied', () => {
  const key = { kind: 'MeshTLSAuthentication', namespace: 'shop', name: 'clients' } as const;
  const specOf = (account: string): ObjectStates['MeshTLSAuthentication']['spec'] => ({
    identities: [as(account).identity],
    identityRefs: [],
  });
  const seen = (account: string) => mesh.policy(key.kind, 'shop', 'clients', specOf(account));

  async function applied(account: string): Promise<string> {
    const plan = await planned({ yaml: clients(account) });
    const { changes } = await apply(plan.id, unknown);
    const data: EventData<'ChangeApplied'> = {
      ...{ revision: changes[0]!.revision, uid: 'uid-shop-clients', resourceVersion: '9', modified: true },
    };
    await served.record(changeSubject(`${plan.id}-1`), 'ChangeApplied', data);
    await seen(account);
    live.set(formatResourceKey(key), {
      ...{ uid: 'uid-shop-clients', resourceVersion: '9', others: [], spec: specOf(account) },
    });
    return plan.id;
  }

  it('is taken back by a plan of its own: what it made is deleted', async () => {
    const changeId = await applied('web');
    const undo = await undoOf(changeId);
    expect(undo).toMatchObject({
      undoes: changeId,
      objects: [{ object: key, action: PlannedAction.PLANNED_ACTION_DELETE, revision: 2 }],
    });
    const { position, changes } = await apply(undo.id, unknown);
    expect(await served.getChange(undo.id, { atLeast: position })).toMatchObject({ undoes: changeId });
    await served.record(changeSubject(changes[0]!.changeId), 'ChangeApplied', {
      ...{ revision: 2, uid: 'uid-shop-clients', resourceVersion: '9', modified: true },
    });
    await served.shown();
    expect(await served.getChange(changeId)).toMatchObject({
      phase: Phase.PHASE_UNDONE,
      undoneBy: undo.id,
    });
    expect(await refusal(undoOf(changeId))).toMatchObject({
      details: { ErrorInfo: { reason: 'ALREADY_UNDONE' } },
    });
  });

  it('is taken back to what there was before it', async () => {
    await applied('web');
    const second = await applied('report');
    const undo = await undoOf(second);
    expect(undo.objects).toMatchObject([
      {
        action: PlannedAction.PLANNED_ACTION_UPDATE,
        fields: [
          {
            path: 'spec.identities',
            before: JSON.stringify([as('report').identity]),
            after: JSON.stringify([as('web').identity]),
          },
        ],
      },
    ]);
  });

  it('is not taken back where somebody changed the object since, and the three versions are told', async () => {
    await applied('web');
    const second = await applied('report');
    await seen('api');
    const refused = await refusal(undoOf(second));
    expect(refused).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: {
        ErrorInfo: {
          reason: 'UNDO_CONFLICT',
          metadata: {
            before: JSON.stringify({ identities: [as('web').identity] }),
            as_changed: JSON.stringify({ identities: [as('report').identity] }),
            now: JSON.stringify({ identities: [as('api').identity] }),
          },
        },
      },
    });
  });

  it('is not withdrawn any more; one that waits is, and is not undone', async () => {
    const changeId = await applied('web');
    expect(await refusal(withdraw(changeId))).toMatchObject({
      details: { ErrorInfo: { reason: 'NOTHING_WAITS' } },
    });
    const plan = await planned({ yaml: clients('report') });
    await apply(plan.id, unknown);
    expect(await refusal(undoOf(plan.id))).toMatchObject({
      details: { ErrorInfo: { reason: 'NOTHING_APPLIED' } },
    });
    const { position } = await withdraw(plan.id);
    expect(await served.getChange(plan.id, { atLeast: position })).toMatchObject({
      phase: Phase.PHASE_REFUSED,
      parts: [{ problem: { code: 'WITHDRAWN' } }],
    });
  });

  it('whose apply was begun is not withdrawn', async () => {
    const plan = await planned({ yaml: clients('web') });
    await apply(plan.id, unknown);
    await served.record(changeSubject(`${plan.id}-1`), 'ApplyStarted', { revision: 1, plan: 'create' });
    expect(await refusal(withdraw(plan.id))).toMatchObject({
      details: { ErrorInfo: { reason: 'ALREADY_STARTED' } },
    });
  });
});
