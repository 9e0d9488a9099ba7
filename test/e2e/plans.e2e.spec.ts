import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  ApplyPlanRequest,
  type ApplyPlanResponse,
  Phase,
  type Plan,
  PlanChangeRequest,
  type PlanChangeResponse,
  PlannedAction,
  PlanUndoRequest,
  type PlanUndoResponse,
} from '@mcp/contracts';
import { refusal } from '../../apps/mcp-api/test/served-api.js';
import { answerOf } from './answer-of.js';
import { eventually } from './eventually.js';
import { RealMesh } from './real-mesh.js';
import { namespace, webServer } from './shop.js';

let mesh: RealMesh;

beforeAll(async () => {
  mesh = await RealMesh.open();
  await mesh.create(namespace('shop'), webServer);
  await mesh.startApps();
}, 120_000);
afterAll(() => mesh.close(), 30_000);

const policy = (server: string) =>
  `{apiVersion: policy.linkerd.io/v1alpha1, kind: AuthorizationPolicy, metadata: {name: web, namespace: shop}, spec: {targetRef: {group: policy.linkerd.io, kind: Server, name: ${server}}, requiredAuthenticationRefs: []}}`;
const resource = ['authorizationpolicies.policy.linkerd.io', '-n', 'shop', 'web'];
const targetNow = () =>
  mesh.kubectl('get', ...resource, '--ignore-not-found', '-o', 'jsonpath={.spec.targetRef.name}');
const uidNow = () => mesh.kubectl('get', ...resource, '-o', 'jsonpath={.metadata.uid}');

async function planOf(yaml: string): Promise<Plan> {
  const request = PlanChangeRequest.fromPartial({ yaml, reason: 'the end-to-end test' });
  const { plan } = await answerOf<PlanChangeResponse>((done) =>
    mesh.plans.planChange(request, mesh.caller, mesh.soon(), done),
  );
  return plan!;
}

async function undoOf(changeId: string): Promise<Plan> {
  const request = PlanUndoRequest.fromPartial({ changeId });
  const { plan } = await answerOf<PlanUndoResponse>((done) =>
    mesh.plans.planUndo(request, mesh.caller, mesh.soon(), done),
  );
  return plan!;
}

function apply({ id, impactsToAccept }: Plan): Promise<ApplyPlanResponse> {
  const request = ApplyPlanRequest.fromPartial({
    planId: id,
    acceptImpact: impactsToAccept.map(({ code }) => code),
  });
  return answerOf((done) => mesh.plans.applyPlan(request, mesh.caller, mesh.soon(), done));
}

async function done(plan: Plan): Promise<string> {
  const { changeId } = await apply(plan);
  await mesh.reaches(changeId, Phase.PHASE_CONVERGED);
  return changeId;
}

const edit = (server: string) =>
  mesh.kubectl(
    'patch',
    ...resource,
    '--type=merge',
    '-p',
    JSON.stringify({ spec: { targetRef: { name: server } } }),
  );

it('a plan changes nothing, and is applied as it was planned; its undo deletes what it made, and is undone in turn', async () => {
  const plan = await planOf(policy('web-http'));
  expect(plan.objects).toMatchObject([{ action: PlannedAction.PLANNED_ACTION_CREATE, uid: '' }]);
  expect(await targetNow()).toBe('');
  const changeId = await done(plan);
  expect(changeId).toBe(plan.id);
  expect(await targetNow()).toBe('web-http');

  const undo = await undoOf(changeId);
  expect(undo.objects).toMatchObject([{ action: PlannedAction.PLANNED_ACTION_DELETE, uid: await uidNow() }]);
  const undone = await done(undo);
  expect(await targetNow()).toBe('');
  expect(await mesh.change(changeId)).toMatchObject({ phase: Phase.PHASE_UNDONE, undoneBy: undone });

  await done(await undoOf(undone));
  expect(await targetNow()).toBe('web-http');
});

it('a plan is refused when somebody edited its object meanwhile, with both versions', async () => {
  const plan = await planOf(policy('other'));
  const [before] = plan.objects;
  await mesh.kubectl('annotate', ...resource, 'example.com/note=seen');
  const refused = await refusal(apply(plan));
  expect(refused).toMatchObject({
    code: status.ABORTED,
    details: { ErrorInfo: { reason: 'PLAN_OUTDATED' } },
  });
  expect(refused.message).toContain(`was at resourceVersion ${before!.resourceVersion}`);
  expect(await targetNow()).toBe('web-http');
});

it('an undo restores what there was, and is refused with the three versions when the object was edited since', async () => {
  const changeId = await done(await planOf(policy('other')));
  expect(await targetNow()).toBe('other');
  await done(await undoOf(changeId));
  expect(await targetNow()).toBe('web-http');

  const again = await done(await planOf(policy('other')));
  await edit('by-hand');
  const refused = await eventually(
    () => refusal(undoOf(again)),
    ({ details }) => JSON.stringify(details).includes('by-hand'),
  );
  expect(refused).toMatchObject({
    code: status.FAILED_PRECONDITION,
    details: {
      ErrorInfo: {
        reason: 'UNDO_CONFLICT',
        metadata: {
          before: expect.stringContaining('"web-http"'),
          as_changed: expect.stringContaining('"other"'),
          now: expect.stringContaining('"by-hand"'),
        },
      },
    },
  });
  expect(await targetNow()).toBe('by-hand');
});
