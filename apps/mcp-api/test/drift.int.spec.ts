import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  type Change,
  Drift,
  DriftMode,
  ImpactCode,
  ListDriftRequest,
  Phase,
  SetDriftModeRequest,
  type DriftingObject,
  type SetDriftModeResponse,
} from '@mcp/contracts';
import { changeSubject, type AnyRecordedEvent } from '@mcp/events';
import { NotAllowed } from '@mcp/access';
import { OutcomeUnknown } from '@mcp/event-log';
import { VisibleNamespaces, type FieldOwner, type ObjectStates } from '@mcp/mesh';
import { as, clients, PlannedMesh } from './planned-mesh.js';
import { logWith, refusal } from './served-api.js';

const key = { kind: 'MeshTLSAuthentication', namespace: 'shop', name: 'clients' } as const;
const unknown = ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT;
const specOf = (account: string): ObjectStates['MeshTLSAuthentication']['spec'] => ({
  identities: [as(account).identity],
  identityRefs: [],
});
const kubectl: FieldOwner = {
  ...{ manager: 'kubectl-edit', operation: 'Update', at: 1_760_000_000_000 },
  paths: [`spec.identities["${as('report').identity}"]`],
};
const ours: FieldOwner = {
  manager: 'linkerd-mcp',
  operation: 'Apply',
  at: 1_750_000_000_000,
  paths: ['spec'],
};

let on: PlannedMesh;

let visible: VisibleNamespaces;
let mayChange: boolean;
let answers: boolean;

beforeEach(async () => {
  visible = VisibleNamespaces.all;
  mayChange = true;
  answers = true;
  on = await PlannedMesh.start({
    stagedTimes: { lookEveryMs: 20, seenWithinMs: 0 },
    wrapLog: (log) =>
      logWith(log, {
        append: (append) =>
          answers ? log.append(append) : Promise.reject(new OutcomeUnknown(new Error('cut'))),
      }),
    authorizer: {
      mustBeAllowed: async (actor, [deed]) => {
        if (!mayChange && deed !== undefined) throw new NotAllowed(actor, deed, '');
      },
      whereAllowed: () => Promise.resolve(visible),
    },
  });
  const plan = await on.planned({ yaml: clients('web') });
  await on.apply(plan.id, unknown);
  await carriedOut(`${plan.id}-1`, 1);
});
afterEach(() => on.close());

/** As the cluster would. */
async function carriedOut(changeId: string, revision: number, account = 'web'): Promise<void> {
  const resourceVersion = `after-${changeId}`;
  const data = { revision, uid: 'uid-shop-clients', resourceVersion, modified: true };
  await on.served.record(changeSubject(changeId), 'ChangeApplied', data);
  await seen(account);
}

function seen(account: string): Promise<void> {
  return on.mesh.policy(key.kind, 'shop', 'clients', specOf(account), { fieldOwners: [ours, kubectl] });
}

function setMode(mode: DriftMode, more: Partial<SetDriftModeRequest> = {}): Promise<SetDriftModeResponse> {
  const request = SetDriftModeRequest.fromPartial({ object: key, mode, reason: 'agreed', ...more });
  return new Promise((resolve, reject) => {
    on.served.desired.setDriftMode(request, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

function drift(...namespaces: readonly string[]): Promise<readonly DriftingObject[]> {
  const request = ListDriftRequest.fromPartial({ namespaces: [...namespaces] });
  return new Promise((resolve, reject) => {
    on.served.desired.listDrift(request, (error, answer) =>
      error ? reject(error) : resolve(answer.objects),
    );
  });
}

/** The time of the whole test is how long it waits. */
async function driftWhen(holds: (object: DriftingObject) => boolean): Promise<DriftingObject> {
  for (;;) {
    const [object] = await drift();
    if (object !== undefined && holds(object)) return object;
    await sleep(20);
  }
}

async function correction(revision: number): Promise<string> {
  for (;;) {
    const { changes } = await on.served.listChanges({ object: key });
    const change = changes
      .flatMap((one): readonly Change[] => (one.parts.length === 0 ? [one] : one.parts))
      .find((one) => one.revision === revision);
    if (change !== undefined) return change.id;
    await sleep(20);
  }
}

async function denials(): Promise<readonly AnyRecordedEvent[]> {
  const events: AnyRecordedEvent[] = [];
  for await (const batch of on.served.log.read({
    log: await on.served.log.identity(),
    sequence: 0,
    digest: '',
  }))
    events.push(...(batch as readonly AnyRecordedEvent[]));
  return events.filter(({ type }) => type === 'ChangeDenied');
}

describe('drift', () => {
  it('is told by field, with who wrote it and when, as the manifest names it', async () => {
    await on.served.shown();
    expect(await drift()).toEqual([]);
    await seen('report');
    expect(await driftWhen(({ fields }) => fields.length > 0)).toMatchObject({
      object: key,
      drift: Drift.DRIFT_DRIFTED,
      revision: 1,
      mode: DriftMode.DRIFT_MODE_REPORT,
      fields: [
        {
          path: 'spec.identities',
          desired: JSON.stringify([as('web').identity]),
          live: JSON.stringify([as('report').identity]),
          manager: 'kubectl-edit',
          at: new Date(1_760_000_000_000),
        },
      ],
    });
    expect(await drift('bank')).toEqual([]);
  });

  it('is told to who may see the namespace, without the names of others', async () => {
    await on.mesh.namespace('bank');
    await on.mesh.policy(key.kind, 'shop', 'clients', {
      ...specOf('web'),
      identityRefs: [{ group: '', kind: 'Namespace', name: 'bank' }],
    });
    expect((await driftWhen(({ fields }) => fields.length > 0)).fields[0]?.live).toContain('bank');
    visible = VisibleNamespaces.only(['shop']);
    const [told] = await drift();
    expect(told).toMatchObject({ object: key, fields: [{ path: 'spec.identityRefs' }] });
    expect(JSON.stringify(told)).not.toContain('bank');
    visible = VisibleNamespaces.only(['bank']);
    expect(await drift()).toEqual([]);
  });

  it('is told of an object whose newest change was not applied, with why, and with what is edited later', async () => {
    const plan = await on.planned({ yaml: clients('api') });
    await on.apply(plan.id, unknown);
    await on.served.shown();
    expect(await drift()).toEqual([]);
    const changeId = `${plan.id}-1`;
    const rejection = { revision: 2, status: 422, message: 'bank says no' };
    await on.served.record(changeSubject(changeId), 'ChangeRejected', rejection);
    await seen('report');
    const edited = await driftWhen(({ fields }) => fields[0]?.live.includes('report') === true);
    expect(edited).toMatchObject({
      ...{ drift: Drift.DRIFT_PENDING, changeId, notApplied: { code: 'REJECTED', message: 'bank says no' } },
      fields: [{ path: 'spec.identities', desired: JSON.stringify([as('api').identity]) }],
    });
    visible = VisibleNamespaces.only(['shop']);
    expect((await drift())[0]?.notApplied).toMatchObject({ code: 'REJECTED', message: '(hidden)' });
    await seen('api');
    await on.served.shown();
    expect(await drift()).toEqual([]);
  });

  it('is accepted: what is there is desired from then on', async () => {
    await seen('report');
    await on.served.shown();
    const { changeId } = await setMode(DriftMode.DRIFT_MODE_ACCEPT);
    await carriedOut(changeId, 2, 'report');
    await on.served.shown();
    expect(await drift()).toEqual([]);
    expect(await on.served.getChange(changeId)).toMatchObject({ revision: 2, reason: 'agreed' });
  });

  it('is corrected while that is enforced, and given up after three corrections that were overwritten', async () => {
    await setMode(DriftMode.DRIFT_MODE_ENFORCE, { forceFrom: ['kubectl-edit'] });
    for (const revision of [2, 3, 4]) {
      await seen('report');
      const changeId = await correction(revision);
      expect(await on.served.getChange(changeId)).toMatchObject({
        reason: 'enforced: agreed',
        actor: 'anonymous',
      });
      await carriedOut(changeId, revision);
    }
    await seen('report');
    const stopped = await driftWhen((object) => object.stopped !== undefined);
    expect(stopped).toMatchObject({
      drift: Drift.DRIFT_DRIFTED,
      mode: DriftMode.DRIFT_MODE_REPORT,
      stopped: { code: 'FOUGHT' },
    });
    expect(
      (await on.served.measured('mcp_api_stopped_enforcements')).get('mcp_api_stopped_enforcements'),
    ).toBe(1);
    await setMode(DriftMode.DRIFT_MODE_REPORT);
    expect((await driftWhen((object) => object.stopped === undefined)).mode).toBe(
      DriftMode.DRIFT_MODE_REPORT,
    );
  });

  it('says how to find out where the log does not tell whether it has what was said', async () => {
    const plan = await on.planned({ yaml: clients('web').replace('clients', 'others') });
    await on.apply(plan.id, unknown);
    answers = false;
    const said = async (asked: Promise<unknown>) =>
      (await refusal(asked)).message.split('; ').slice(1).join('; ');
    expect(await said(setMode(DriftMode.DRIFT_MODE_REPORT))).toBe(
      'ListDrift tells the mode of MeshTLSAuthentication/shop/clients; set it again',
    );
    expect(await said(on.withdraw(plan.id))).toBe(
      `GetChange tells what became of change ${plan.id}; withdraw it again where it still waits`,
    );
  });

  it('is said nothing about, and no change is withdrawn, by who may not change the object, which is on record', async () => {
    const other = { ...key, name: 'others' };
    const plan = await on.planned({ yaml: clients('web').replace('clients', 'others') });
    await on.apply(plan.id, unknown);
    mayChange = false;
    for (const denied of [setMode(DriftMode.DRIFT_MODE_ENFORCE), on.withdraw(plan.id)])
      expect(await refusal(denied)).toMatchObject({ code: status.PERMISSION_DENIED });
    expect(await denials()).toMatchObject([{ data: { key }, reason: 'agreed' }, { data: { key: other } }]);
    expect((await on.served.getChange(plan.id)).phase).toBe(Phase.PHASE_REQUESTED);
  });

  it.each([
    [
      'an object that nobody asked for',
      { object: { ...key, name: 'other' } },
      status.FAILED_PRECONDITION,
      'NOT_DESIRED',
    ],
    [
      'fields of a GitOps tool',
      { forceFrom: ['argocd-controller'] },
      status.INVALID_ARGUMENT,
      'GITOPS_MANAGER',
    ],
    ['no mode', { mode: DriftMode.DRIFT_MODE_UNSPECIFIED }, status.INVALID_ARGUMENT, 'INVALID_REQUEST'],
    [
      'a manager with a control character',
      { forceFrom: ['a\u0007b'] },
      status.INVALID_ARGUMENT,
      'INVALID_REQUEST',
    ],
  ])('refuses to enforce %s', async (_what, more, code, reason) => {
    expect(await refusal(setMode(DriftMode.DRIFT_MODE_ENFORCE, more))).toMatchObject({
      code,
      details: { ErrorInfo: { reason } },
    });
  });
});
