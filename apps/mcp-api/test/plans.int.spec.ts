import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { ApplyChangeRequest, type ApplyPlanResponse, ImpactCode, Phase, PlannedAction } from '@mcp/contracts';
import { changeSubject, parsePosition, type AnyRecordedEvent, type EventData } from '@mcp/events';
import { formatResourceKey, type ObjectStates } from '@mcp/mesh';
import { as, clients, manifest, only, PlannedMesh, policy, server, workload } from './planned-mesh.js';
import { containerPort, type RecordedMesh, serverSpec } from './recorded-mesh.js';
import { refusal, type ServedApi } from './served-api.js';

let on: PlannedMesh;
let served: ServedApi;
let mesh: RecordedMesh;
let live: PlannedMesh['live'];

beforeEach(async () => {
  on = await PlannedMesh.start();
  ({ served, mesh, live } = on);
});
afterEach(() => on.close());

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
    const plan = await on.planned({ yaml: only('web', 'report') });
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
    const plan = await on.planned({ yaml: only('web'), reason: 'ticket 7' });
    expect(plan.impactsToAccept).toMatchObject([
      { code: cuts, message: '1 caller that is let in now (2 times so far) would be refused' },
    ]);
    expect(plan.impacts[0]).toMatchObject({ client: { identity: as('report').identity } });
    const refused = await refusal(on.apply(plan.id));
    expect(refused).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: {
        ErrorInfo: { reason: 'IMPACT_NOT_ACCEPTED', metadata: { impacts: 'CUTS_LIVE_CALLERS' } },
      },
    });
    expect(await recorded()).toEqual([]);

    const accepted = await on.apply(plan.id, cuts);
    expect(accepted).toMatchObject({ accepted: true, changeId: plan.id, duplicate: false });
    expect(await served.getChange(plan.id, { atLeast: accepted.position })).toMatchObject({
      id: plan.id,
      reason: 'ticket 7',
      acceptedImpact: [cuts],
      plannedAt: expect.any(Date),
      parts: ['MeshTLSAuthentication', 'AuthorizationPolicy', 'Server'].map((kind) => ({ object: { kind } })),
    });
    const again = await on.apply(plan.id);
    expect(again).toMatchObject({ changeId: plan.id, duplicate: true });
    // whoever reads at it finds all parts
    const sequenceOf = ({ position }: ApplyPlanResponse) => parsePosition(position)?.sequence;
    expect(sequenceOf(again)).toBeGreaterThanOrEqual(sequenceOf(accepted)!);
    expect(await recorded()).toHaveLength(7);
  });

  it('names the port that would be open to everyone', async () => {
    await mesh.policy('Server', 'shop', 'api', serverSpec('api', 8080, { proxyProtocol: 'HTTP/1' }));
    live.set('Server/shop/api', { uid: 'u-1', resourceVersion: '7', spec: undefined, others: ['kubectl'] });
    const plan = await on.planned({ yaml: server('all-unauthenticated') });
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
    expect((await on.planned({ yaml: server('all-authenticated') })).impactsToAccept).toEqual([]);
    expect((await on.planned({ yaml: server('cluster-unauthenticated') })).impactsToAccept).toMatchObject([
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
    const plan = await on.planned({
      yaml: manifest('Server', 'new', '{podSelector: {matchLabels: {app: new}}, port: 8080}', 'v1beta3'),
    });
    expect(plan.impactsToAccept.map(({ code }) => code)).toContain(unknown);
    expect(plan.risk).toContain('shop/Deployment/new (who calls it was never recorded)');
  });

  it('says that its impact is not known while changes are under way beside it', async () => {
    await on.apply((await on.planned({ yaml: policy })).id);
    const guard = { yaml: [server('deny'), clients('web', 'report')].join('\n---\n') };
    const beside = await on.planned(guard);
    expect(beside.impactsToAccept).toMatchObject([{ code: cuts }, { code: unknown }]);
    expect(beside.risk).toContain('would be refused');
    expect(beside.impactsToAccept[1]!.message).toBe(
      'changes are under way beside it, and what all of them come to is not known: AuthorizationPolicy/shop/clients; it is when they have converged',
    );
    const elsewhere = manifest('Server', 'api', '{podSelector: {}, port: 1}', 'v1beta3');
    await mesh.namespace('bank');
    const plan = await on.planned({ yaml: elsewhere.replace('namespace: shop', 'namespace: bank') });
    expect(plan.impactsToAccept).toEqual([]);
  });

  it('is refused where admission would refuse it', async () => {
    const reference = '{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: clients}';
    const yaml = manifest(
      'AuthorizationPolicy',
      'both',
      `{targetRef: {group: policy.linkerd.io, kind: Server, name: api}, requiredAuthenticationRefs: [${reference}, ${reference}]}`,
    );
    expect(await refusal(on.planned({ yaml }))).toMatchObject({
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
    const { id } = await on.planned({ yaml: clients('web') });
    live.set('MeshTLSAuthentication/shop/clients', {
      ...{ uid: 'u-2', resourceVersion: '8', spec: undefined, others: [] },
    });
    const refused = await refusal(on.apply(id));
    expect(reason(refused)).toEqual([status.ABORTED, 'PLAN_OUTDATED']);
    expect(refused.message).toContain(
      'MeshTLSAuthentication/shop/clients is at resourceVersion 8 (uid u-2) and was not there',
    );
  });

  it('when somebody else asked for a revision', async () => {
    const { id } = await on.planned({ yaml: clients('web') });
    await new Promise((resolve, reject) => {
      const request = ApplyChangeRequest.fromPartial({ yaml: clients('report') });
      served.graphs.applyChange(request, (error, accepted) => (error ? reject(error) : resolve(accepted)));
    });
    const refused = await refusal(on.apply(id));
    expect(reason(refused)).toEqual([status.ABORTED, 'PLAN_OUTDATED']);
    expect(refused.message).toContain('is at revision 1 and was at 0');
  });

  it('when it would come to something else, though that was accepted', async () => {
    const { id } = await on.planned({ yaml: only('web') });
    await mesh.usage(workload, Date.now(), [
      { client: as('web'), allowed: 60 },
      { client: as('report'), allowed: 2 },
      { client: as('api'), allowed: 1 },
    ]);
    const refused = await refusal(on.apply(id, cuts));
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
    const { id } = await on.planned({ yaml: clients('web') });
    const body = { ...((await served.board.pinned(id)) as object), ...more };
    await served.board.pin({ scope: 'test', id, body, forMs: 60_000 });
    expect(reason(await refusal(on.apply(id)))).toEqual([code, why]);
  });

  it('or was never made', async () => {
    expect(reason(await refusal(on.apply('none')))).toEqual([status.NOT_FOUND, 'PLAN_NOT_FOUND']);
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
    const plan = await on.planned({ yaml: clients(account) });
    const { changes } = await on.apply(plan.id, unknown);
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
    const undo = await on.undoOf(changeId);
    expect(undo).toMatchObject({
      undoes: changeId,
      objects: [{ object: key, action: PlannedAction.PLANNED_ACTION_DELETE, revision: 2 }],
    });
    const { position, changes } = await on.apply(undo.id, unknown);
    expect(await served.getChange(undo.id, { atLeast: position })).toMatchObject({ undoes: changeId });
    await served.record(changeSubject(changes[0]!.changeId), 'ChangeApplied', {
      ...{ revision: 2, uid: 'uid-shop-clients', resourceVersion: '9', modified: true },
    });
    await served.shown();
    expect(await served.getChange(changeId)).toMatchObject({
      phase: Phase.PHASE_UNDONE,
      undoneBy: undo.id,
    });
    expect(await refusal(on.undoOf(changeId))).toMatchObject({
      details: { ErrorInfo: { reason: 'ALREADY_UNDONE' } },
    });
  });

  it('is taken back to what there was before it', async () => {
    await applied('web');
    const second = await applied('report');
    const undo = await on.undoOf(second);
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
    const refused = await refusal(on.undoOf(second));
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
    expect(await refusal(on.withdraw(changeId))).toMatchObject({
      details: { ErrorInfo: { reason: 'NOTHING_WAITS' } },
    });
    const plan = await on.planned({ yaml: clients('report') });
    await on.apply(plan.id, unknown);
    expect(await refusal(on.undoOf(plan.id))).toMatchObject({
      details: { ErrorInfo: { reason: 'NOTHING_APPLIED' } },
    });
    const { position } = await on.withdraw(plan.id);
    expect(await served.getChange(plan.id, { atLeast: position })).toMatchObject({
      phase: Phase.PHASE_REFUSED,
      parts: [{ problem: { code: 'WITHDRAWN' } }],
    });
  });

  it('whose apply was begun is not withdrawn', async () => {
    const plan = await on.planned({ yaml: clients('web') });
    await on.apply(plan.id, unknown);
    await served.record(changeSubject(`${plan.id}-1`), 'ApplyStarted', { revision: 1, plan: 'create' });
    expect(await refusal(on.withdraw(plan.id))).toMatchObject({
      details: { ErrorInfo: { reason: 'ALREADY_STARTED' } },
    });
  });
});
