import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ImpactCode, Phase, StagingState, type Change, type WatchChangeResponse } from '@mcp/contracts';
import { changeSubject, type AnyRecordedEvent, type ChangeRequest, type RefusedTraffic } from '@mcp/events';
import { setTimeout as sleep } from 'node:timers/promises';
import { as, manifest, only, PlannedMesh, server, workload } from './planned-mesh.js';
import { serverSpec } from './recorded-mesh.js';
import { refusal } from './served-api.js';

const cuts = ImpactCode.IMPACT_CODE_CUTS_LIVE_CALLERS;

let on: PlannedMesh;

beforeEach(async () => {
  on = await PlannedMesh.start({ collector: true, stagedTimes: { lookEveryMs: 20, seenWithinMs: 0 } });
  await on.mesh.telemetry('live');
});
afterEach(() => on.close());

/** As the cluster would: all of it is applied, and the collector sees it. */
async function carriedOut(changeId: string): Promise<void> {
  await changeWhen(changeId, ({ parts }) => parts.length > 0);
  const start = { log: await on.served.log.identity(), sequence: 0, digest: '' };
  for await (const batch of on.served.log.read(start))
    for (const event of batch as readonly AnyRecordedEvent[])
      if (event.type === 'ChangeRequested' && event.data.set === changeId) await carryOut(event.data);
}

async function carryOut({ changeId, key, spec, revision }: ChangeRequest): Promise<void> {
  const { kind, namespace, name } = key;
  await on.served.record(changeSubject(changeId), 'ChangeApplied', {
    ...{ revision, uid: `uid-${namespace}-${name}`, resourceVersion: String(revision), modified: true },
  });
  if (spec === undefined) await on.mesh.gone(kind, namespace, name);
  else await on.mesh.policy(kind, namespace, name, spec);
}

/** The time of the whole test is how long it waits. */
async function changeWhen(changeId: string, holds: (change: Change) => boolean): Promise<Change> {
  for (;;) {
    const change = await on.served.getChange(changeId).catch(() => undefined);
    if (change !== undefined && holds(change)) return change;
    await sleep(20);
  }
}

async function withdrawn(changeId: string): Promise<void> {
  const { staging } = await on.served.getChange(changeId);
  if (staging?.state === StagingState.STAGING_STATE_WATCHED)
    await on.withdraw(changeId).catch(() => undefined);
}

function stagedWhen(changeId: string, state: StagingState): Promise<Change> {
  return changeWhen(changeId, ({ staging }) => staging?.state === state);
}

function refused(account: string, what: RefusedTraffic['what']): Promise<void> {
  const now = Date.now();
  return on.mesh.refused({
    ...{ what, client: as(account), firstAt: now, lastAt: now },
    workload: { namespace: 'shop', kind: 'Deployment', name: 'api' },
    server: { group: 'policy.linkerd.io', kind: 'server', name: 'api' },
  });
}

const audited = { staging: { auditSeconds: 1, undoOnDenialsSeconds: 1 } };
const watched = { staging: { auditSeconds: 0, undoOnDenialsSeconds: 3_600 } };
const enforced = (id: string) => `${id}-enforced`;

describe('a staged change', () => {
  it('audits first, then enforces, and is watched until the time is over', async () => {
    const plan = await on.planned({ yaml: only('web', 'report'), ...audited });
    expect(plan.staging).toEqual(audited.staging);
    await on.apply(plan.id);
    expect((await on.served.getChange(plan.id)).staging).toMatchObject({
      state: StagingState.STAGING_STATE_APPLYING,
    });
    await carriedOut(plan.id);
    expect((await stagedWhen(plan.id, StagingState.STAGING_STATE_AUDITING)).staging!.until).toBeDefined();
    expect(await stagedWhen(plan.id, StagingState.STAGING_STATE_ENFORCED)).toMatchObject({
      staging: { by: enforced(plan.id) },
    });
    const enforcement = await on.served.getChange(enforced(plan.id));
    expect(enforcement).toMatchObject({
      enforces: plan.id,
      parts: [{ object: { kind: 'Server', name: 'api' }, revision: 2 }],
    });
    await carriedOut(enforced(plan.id));
    await stagedWhen(enforced(plan.id), StagingState.STAGING_STATE_PASSED);
    expect(await on.served.getChange(plan.id)).toMatchObject({ phase: Phase.PHASE_CONVERGED });
  });

  it('is told to who watches it for longer than its changes take', async () => {
    const plan = await on.planned({ yaml: only('web', 'report'), ...watched });
    await on.apply(plan.id);
    const watch = on.served.changes.watchChange({ changeId: plan.id, followDrift: true });
    watch.on('error', () => undefined);
    const states: StagingState[] = [];
    await carriedOut(plan.id);
    for await (const { change } of watch as AsyncIterable<WatchChangeResponse>) {
      states.push(change!.staging!.state);
      if (states.at(-1) === StagingState.STAGING_STATE_STOPPED) break;
      if (states.at(-1) === StagingState.STAGING_STATE_WATCHED) await withdrawn(plan.id);
    }
    expect(states.slice(-2)).toEqual([
      StagingState.STAGING_STATE_WATCHED,
      StagingState.STAGING_STATE_STOPPED,
    ]);
  });

  it('is not planned where its enforcing would take a field from others', async () => {
    on.conflictsOf = ({ spec }) =>
      spec !== undefined && 'accessPolicy' in spec && spec.accessPolicy === 'deny'
        ? [{ manager: 'kubectl', field: 'spec.accessPolicy' }]
        : [];
    expect(await refusal(on.planned({ yaml: only('web', 'report'), ...audited }))).toMatchObject({
      message: expect.stringContaining('spec.accessPolicy of kubectl; have them change or give up these'),
    });
  });

  it('stops in its audit where that shows a caller whom it would cut off', async () => {
    const plan = await on.planned({ yaml: only('web', 'report'), ...audited });
    await on.apply(plan.id);
    await carriedOut(plan.id);
    await refused('api', 'audited');
    await on.served.shown();
    // not in the ledger yet: nothing may follow
    await sleep(1_500);
    await stagedWhen(plan.id, StagingState.STAGING_STATE_AUDITING);
    await on.mesh.usage(workload, Date.now(), [
      { client: as('web'), allowed: 60 },
      { client: as('report'), allowed: 2 },
      { client: as('api'), allowed: 1 },
    ]);
    const stopped = await stagedWhen(plan.id, StagingState.STAGING_STATE_STOPPED);
    expect(stopped.staging!.problem).toMatchObject({
      code: 'PLAN_OUTDATED',
      message: expect.stringContaining('CUTS_LIVE_CALLERS is new'),
    });
  });

  it('is undone, the audit with it, when it denies a caller that had been let in', async () => {
    const plan = await on.planned({
      yaml: only('web'),
      staging: { ...audited.staging, undoOnDenialsSeconds: 60 },
    });
    await on.apply(plan.id, cuts);
    await carriedOut(plan.id);
    await stagedWhen(plan.id, StagingState.STAGING_STATE_ENFORCED);
    await carriedOut(enforced(plan.id));
    await stagedWhen(enforced(plan.id), StagingState.STAGING_STATE_WATCHED);
    await refused('report', 'denied');
    const undo = await changeWhen(`${plan.id}-undone`, ({ parts }) => parts.length === 3);
    expect(undo.undoes).toBe(plan.id);
    expect(undo.reason).toContain(`it denied identity:${as('report').identity} at port 8080 of ${workload}`);
    await carriedOut(undo.id);
    await changeWhen(plan.id, ({ phase }) => phase === Phase.PHASE_UNDONE);
    expect(await on.served.getChange(enforced(plan.id))).toMatchObject({
      staging: { state: StagingState.STAGING_STATE_UNDONE, by: undo.id },
    });
  });

  it('is undone when what there is can be told again, if that cannot be told at the time of the denial', async () => {
    const plan = await on.planned({ yaml: only('web'), ...watched });
    await on.apply(plan.id, cuts);
    await carriedOut(plan.id);
    await stagedWhen(plan.id, StagingState.STAGING_STATE_WATCHED);
    await on.mesh.source('Server', 'stale');
    await refused('report', 'denied');
    await on.served.shown();
    await sleep(500);
    await stagedWhen(plan.id, StagingState.STAGING_STATE_WATCHED);
    await on.mesh.source('Server', 'live');
    expect((await changeWhen(`${plan.id}-undone`, ({ parts }) => parts.length > 0)).undoes).toBe(plan.id);
  });

  it('is not undone by denials of strangers, or by those that its undo would not end', async () => {
    // a Server that was there before keeps the report out, and this change has no part in it
    await on.mesh.policy('Server', 'shop', 'api', serverSpec('api', 8080, { proxyProtocol: 'HTTP/1' }));
    const yaml = manifest('MeshTLSAuthentication', 'others', `{identities: [${as('nobody').identity}]}`);
    const plan = await on.planned({ yaml, ...watched });
    await on.apply(plan.id);
    await carriedOut(plan.id);
    await refused('report', 'denied');
    await refused('stranger', 'denied');
    await on.served.shown();
    await sleep(500);
    await stagedWhen(plan.id, StagingState.STAGING_STATE_WATCHED);
    expect(await refusal(on.served.getChange(`${plan.id}-undone`))).toMatchObject({ code: 5 });
  });

  it('is watched no more when somebody changed an object of it', async () => {
    const plan = await on.planned({ yaml: only('web', 'report'), ...watched });
    await on.apply(plan.id);
    await carriedOut(plan.id);
    const other = await on.planned({ yaml: server('all-authenticated') });
    await on.apply(other.id);
    expect((await stagedWhen(plan.id, StagingState.STAGING_STATE_STOPPED)).staging!.problem!.code).toBe(
      'OVERTAKEN',
    );
  });
});

describe('the plan of a staged change', () => {
  const reason = async (request: Parameters<PlannedMesh['planned']>[0]): Promise<unknown> => {
    const { details } = await refusal(on.planned(request));
    return details['ErrorInfo'];
  };

  it('has to have accepted what enforcing comes to, before the audit begins', async () => {
    const plan = await on.planned({ yaml: only('web'), ...audited });
    expect(plan.impactsToAccept).toMatchObject([{ code: cuts }]);
    expect(await refusal(on.apply(plan.id))).toMatchObject({
      details: { ErrorInfo: { reason: 'IMPACT_NOT_ACCEPTED' } },
    });
  });

  it('is refused where nothing audits, where auditing would open, and where traffic is not seen', async () => {
    expect(await reason({ yaml: server('all-authenticated'), ...audited })).toMatchObject({
      reason: 'NOTHING_TO_AUDIT',
    });
    await on.mesh.policy('Server', 'shop', 'api', serverSpec('api', 8080, { proxyProtocol: 'HTTP/1' }));
    on.live.set('Server/shop/api', { uid: 'u-1', resourceVersion: '7', spec: undefined, others: [] });
    expect(await reason({ yaml: only('web'), ...audited })).toMatchObject({ reason: 'AUDIT_WOULD_OPEN' });
    await on.mesh.telemetry('gap', 'Prometheus does not answer');
    expect(await reason({ yaml: only('web'), ...watched })).toMatchObject({ reason: 'TRAFFIC_NOT_SEEN' });
  });

  it.each([
    [{ auditSeconds: 8 * 24 * 3_600 }, 'staging.audit_seconds'],
    [{ undoOnDenialsSeconds: 25 * 3_600 }, 'staging.undo_on_denials_seconds'],
  ])('is refused where a time is too long: %j', async (staging, field) => {
    const more = { staging: { auditSeconds: 0, undoOnDenialsSeconds: 0, ...staging } };
    expect(await refusal(on.planned({ yaml: only('web'), ...more }))).toMatchObject({
      details: { BadRequest: { fieldViolations: [{ field }] } },
    });
  });
});
