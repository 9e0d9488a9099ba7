import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status, type ClientReadableStream } from '@grpc/grpc-js';
import { Drift, Durability, Phase, type Change, type WatchChangeResponse } from '@mcp/contracts';
import type { DryRunReply, LiveState } from '@mcp/desired-state';
import { dryRunTopic, OutcomeUnknown, type Append, type EventLog } from '@mcp/event-log';
import { changeSubject, objectSubject, type RecordedEvent } from '@mcp/events';
import { logWith, policyJson, refusal, ServedApi } from './served-api.js';

let api: ServedApi;

beforeEach(async () => {
  api = await (await ServedApi.start()).ready();
  await api.namespacesAre('live');
  await api.addNamespace('shop');
});
afterEach(() => api.close());

async function recorded(): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of api.log.read({ log: await api.log.identity(), sequence: 0, digest: '' })) {
    events.push(...batch.filter(({ type }) => !type.endsWith('Observed') && type !== 'SourceStateChanged'));
  }
  return events;
}

const types = async () => (await recorded()).map(({ type }) => type);

async function* watched(stream: ClientReadableStream<WatchChangeResponse>): AsyncGenerator<Change> {
  for await (const { change } of stream as AsyncIterable<WatchChangeResponse>) yield change!;
}

describe('ApplyAuthorizationPolicy', () => {
  it('records what is asked for, and says that the apply is pending', async () => {
    const answer = await api.apply({ reason: 'ticket 7' });

    expect(answer).toMatchObject({
      accepted: true,
      revision: 1,
      duplicate: false,
      durability: Durability.DURABILITY_SYNCED,
      message:
        'AuthorizationPolicy/shop/web as revision 1 is recorded; the apply is pending, WatchChange tells when it is done',
    });
    expect(await recorded()).toMatchObject([
      {
        type: 'ChangeRequested',
        subject: `change/${answer.changeId}`,
        actor: { name: 'anonymous', provenBy: 'none', from: '127.0.0.1' },
        reason: 'ticket 7',
        correlation: answer.changeId,
        data: {
          revision: 1,
          key: { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' },
          spec: { targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'web' } },
        },
      },
      { type: 'DesiredStateSet', subject: 'desired/AuthorizationPolicy/shop/web' },
    ]);
  });

  it('takes the typed form for the same thing', async () => {
    const first = await api.apply({ jsonSpec: policyJson('web') });
    const targetRef = { group: 'policy.linkerd.io', kind: 'Server', name: 'web', namespace: '' };
    const second = await api.apply({ spec: { targetRef, requiredAuthenticationRefs: [] } });

    expect(second).toMatchObject({ accepted: true, changeId: first.changeId, revision: 1 });
    expect(await types()).toEqual(['ChangeRequested', 'DesiredStateSet']);
  });

  it('records once what is sent twice with one key', async () => {
    const request = { idempotencyKey: 'key-1', expectedRevision: 0 };
    const [first, second] = await Promise.all([api.apply(request), api.apply(request)]);
    const third = await api.apply(request);

    expect([first, second, third].map(({ changeId, revision }) => [changeId, revision])).toEqual(
      Array.from({ length: 3 }, () => [first.changeId, 1]),
    );
    expect([first, second, third].filter(({ duplicate }) => duplicate)).toHaveLength(2);
    expect(await types()).toEqual(['ChangeRequested', 'DesiredStateSet']);
  });

  it('says that another reason for the same request is not kept', async () => {
    const first = await api.apply({ idempotencyKey: 'key-1', reason: 'ticket 7' });
    const same = await api.apply({ idempotencyKey: 'key-1', reason: 'ticket 7' });
    const other = await api.apply({ idempotencyKey: 'key-1', reason: 'ticket 8' });

    expect(other).toEqual({
      ...same,
      message: `${same.message}; the reason that was given first stands`,
    });
    expect((await api.getChange(first.changeId)).reason).toBe('ticket 7');
  });

  it('refuses a key that was used for something else, and names the first change', async () => {
    const first = await api.apply({ idempotencyKey: 'key-1' });
    const other = api.apply({ idempotencyKey: 'key-1', jsonSpec: policyJson('cart') });

    expect(await refusal(other)).toMatchObject({
      code: status.ALREADY_EXISTS,
      message: expect.stringContaining(first.changeId),
      details: { ErrorInfo: { reason: 'KEY_REUSED', metadata: { first_change: first.changeId } } },
    });
    expect(await types()).toEqual(['ChangeRequested', 'DesiredStateSet']);
  });

  it('counts revisions, and refuses one that was seen too long ago', async () => {
    await api.apply({ expectedRevision: 0 });
    const second = await api.apply({ expectedRevision: 1, jsonSpec: policyJson('cart') });
    const stale = api.apply({ expectedRevision: 1, jsonSpec: policyJson('late') });

    expect(second.revision).toBe(2);
    expect(await refusal(stale)).toMatchObject({
      code: status.ABORTED,
      details: { ErrorInfo: { reason: 'REVISION_MISMATCH', metadata: { revision: '2' } } },
    });
    expect((await types()).length).toBe(4);
  });

  it('gives each of many that ask at once a revision of its own', async () => {
    const answers = await Promise.all(
      Array.from({ length: 4 }, (_, number) => api.apply({ jsonSpec: policyJson(`server-${number}`) })),
    );
    expect(answers.map(({ revision }) => revision).sort()).toEqual([1, 2, 3, 4]);
  });

  it('refuses a namespace that the cluster does not have', async () => {
    expect(await refusal(api.apply({ namespace: 'nowhere' }))).toMatchObject({
      code: status.NOT_FOUND,
      details: {
        ErrorInfo: { reason: 'NAMESPACE_NOT_FOUND', metadata: { namespace: 'nowhere' } },
        BadRequest: {
          fieldViolations: [
            { field: 'namespace', description: 'the cluster has no namespace nowhere; create it first' },
          ],
        },
      },
    });
    expect(await types()).toEqual([]);
  });

  it.each([
    ['an apply', false],
    ['a dry run', true],
  ])('refuses %s where the mesh is read from manifests, and gives what to commit', async (_what, dryRun) => {
    await api.record('source', 'SourceIdentified', { source: 'manifests', id: '/mesh' });
    const manifest = {
      apiVersion: 'policy.linkerd.io/v1alpha1',
      kind: 'AuthorizationPolicy',
      metadata: { name: 'web', namespace: 'not-in-the-manifests' },
      spec: JSON.parse(policyJson('web')) as unknown,
    };
    const { code, message, details } = await refusal(
      api.apply({ namespace: 'not-in-the-manifests', dryRun }),
    );

    expect([code, message.slice(0, message.indexOf('\n'))]).toEqual([
      status.FAILED_PRECONDITION,
      'the mesh is read from manifests in /mesh, which nothing is applied to; commit it there instead:',
    ]);
    expect(JSON.parse(message.slice(message.indexOf('\n')))).toEqual(manifest);
    expect(details).toMatchObject({
      ErrorInfo: { reason: 'NOT_A_CLUSTER', metadata: { manifest: JSON.stringify(manifest) } },
      PreconditionFailure: {
        violations: [{ type: 'NOT_A_CLUSTER', subject: 'AuthorizationPolicy/not-in-the-manifests/web' }],
      },
    });
    expect(await types()).toEqual(['SourceIdentified']);
  });

  it('does not guess about a namespace while the list of namespaces is not live', async () => {
    await api.namespacesAre('stale');
    expect(await refusal(api.apply({ namespace: 'nowhere' }))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: {
        ErrorInfo: { reason: 'SOURCE_NOT_LIVE' },
        PreconditionFailure: { violations: [{ type: 'SOURCE_NOT_LIVE', subject: 'Namespace' }] },
        RetryInfo: {},
      },
    });
    expect(await api.apply({})).toMatchObject({ accepted: true });
  });

  it.each([
    ['JSON that is none', { jsonSpec: '{"targetRef":' }, 'json_spec'],
    ['a spec of the wrong type', { jsonSpec: '[]' }, 'json_spec'],
    [
      'a field of the wrong type',
      { jsonSpec: '{"targetRef":{"kind":7,"name":"web"},"requiredAuthenticationRefs":[]}' },
      'json_spec.targetRef.kind',
    ],
    [
      'an unknown field',
      { jsonSpec: policyJson('web').replace('{', '{"requiredAuthentications":[],') },
      'json_spec.requiredAuthentications',
    ],
    [
      'a reference to a foreign kind',
      {
        spec: {
          targetRef: { group: '', kind: 'Pod', name: 'web', namespace: '' },
          requiredAuthenticationRefs: [],
        },
      },
      'spec.target_ref.kind',
    ],
    ['neither form of a spec', { jsonSpec: '' }, 'json_spec'],
    ['a missing name', { name: '' }, 'name'],
    ['a name of 300 characters', { name: 'a'.repeat(300) }, 'name'],
    ['a name that is no DNS name', { name: 'Web_1' }, 'name'],
    ['a namespace that is no DNS label', { namespace: 'a.b' }, 'namespace'],
    ['a key that cannot be written down', { idempotencyKey: 'a b\n' }, 'idempotency_key'],
    ['a reason as long as a book', { reason: 'x'.repeat(1_025) }, 'reason'],
    ['a reason that is read backwards', { reason: 'ticket \u202e7' }, 'reason'],
    ['a reason that writes over its line', { reason: 'ticket 7\u001b[1A' }, 'reason'],
  ])('refuses %s, names the field and records nothing', async (_what, request, field) => {
    const { code, details } = await refusal(api.apply(request));
    const violations = (details as { BadRequest?: { fieldViolations: { field: string }[] } }).BadRequest
      ?.fieldViolations;
    expect({ code, fields: [...new Set(violations?.map((violation) => violation.field))] }).toEqual({
      code: status.INVALID_ARGUMENT,
      fields: [field],
    });
    expect(await types()).toEqual([]);
  });
});

describe('an apply of which the log does not tell whether it is recorded', () => {
  const unsure = (failures: number, recording: boolean) => {
    let left = failures;
    return (log: EventLog): EventLog =>
      logWith(log, {
        append: async (append: Append) => {
          if (left === 0) return log.append(append);
          left -= 1;
          if (recording) await log.append(append);
          throw new OutcomeUnknown(new Error('cut'));
        },
      });
  };

  async function restart(wrapLog: (log: EventLog) => EventLog): Promise<void> {
    await api.close();
    api = await (await ServedApi.start({ wrapLog })).ready();
    await api.namespacesAre('live');
    await api.addNamespace('shop');
  }

  it('is repeated and recorded once', async () => {
    await restart(unsure(1, true));
    const answer = await api.apply({});

    expect(answer).toMatchObject({ accepted: true, revision: 1 });
    expect(await types()).toEqual(['ChangeRequested', 'DesiredStateSet']);
  });

  it('is the caller’s to repeat with the same key, when it stays so', async () => {
    await restart(unsure(3, false));
    expect(await refusal(api.apply({ idempotencyKey: 'key-1' }))).toMatchObject({
      code: status.UNAVAILABLE,
      message: expect.stringContaining('send the same request again with the same idempotency key'),
      details: { ErrorInfo: { reason: 'OUTCOME_UNKNOWN' }, RetryInfo: { retryDelay: { seconds: 1 } } },
    });
    expect(await api.apply({ idempotencyKey: 'key-1' })).toMatchObject({ accepted: true, revision: 1 });
  });
});

describe('a dry run', () => {
  async function answering(reply: DryRunReply): Promise<() => void> {
    const stop = new AbortController();
    void api.board.serve(dryRunTopic, async () => reply, stop.signal);
    await Promise.resolve();
    return () => stop.abort();
  }

  it('says what would happen, and records nothing', async () => {
    const stop = await answering({ plan: 'create', answer: { answer: 'accepted' } });
    expect(await api.apply({ dryRun: true })).toMatchObject({
      accepted: false,
      message:
        'the API server would create AuthorizationPolicy/shop/web; nothing was changed, this was a dry run',
      changeId: '',
    });
    stop();
    expect(await types()).toEqual([]);
  });

  const live: LiveState = { uid: 'u-1', resourceVersion: '7', spec: undefined, others: [] };
  it.each<[string, DryRunReply, string]>([
    [
      'the API server would refuse',
      { plan: 'update', live, answer: { answer: 'rejected', status: 422, message: 'no such server' } },
      'DRY_RUN_REJECTED',
    ],
    [
      'would take fields from others',
      {
        plan: 'update',
        live,
        answer: { answer: 'conflict', conflicts: [{ manager: 'helm', field: 'spec.targetRef' }] },
      },
      'DRY_RUN_CONFLICTED',
    ],
    [
      'we would not try',
      { plan: 'refuse', code: 'GITOPS_OWNED', message: 'Argo CD owns it', manifest: 'kind: x' },
      'DRY_RUN_REFUSED',
    ],
  ])('of what %s is refused', async (_what, reply, reason) => {
    const stop = await answering(reply);
    expect(await refusal(api.apply({ dryRun: true }))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: {
        ErrorInfo: { reason },
        PreconditionFailure: { violations: [{ type: reason, subject: 'AuthorizationPolicy/shop/web' }] },
      },
    });
    stop();
  });

  it('that is refused tells what to commit instead', async () => {
    const message = 'Argo CD owns it; commit it there instead';
    const stop = await answering({ plan: 'refuse', code: 'GITOPS_OWNED', message, manifest: 'kind: x' });
    expect(await refusal(api.apply({ dryRun: true }))).toMatchObject({ message: `${message}:\nkind: x` });
    stop();
  });

  it('that is refused leaves out a manifest that is too long for the headers of an answer', async () => {
    const message = 'Argo CD owns it; commit it there instead';
    const manifest = 'x'.repeat(60_000);
    const stop = await answering({ plan: 'refuse', code: 'GITOPS_OWNED', message, manifest });
    const { message: told, details } = await refusal(api.apply({ dryRun: true }));
    expect(told).toBe(`${message} (its manifest is too long for this answer: commit what was asked for)`);
    expect(details).toMatchObject({ ErrorInfo: { metadata: { refusal: 'GITOPS_OWNED' } } });
    expect(details).not.toHaveProperty('ErrorInfo.metadata.manifest');
    stop();
  });

  it('cannot be answered while there is no reconciler, and says when one was last seen', async () => {
    expect(await refusal(api.apply({ dryRun: true }))).toMatchObject({
      code: status.UNAVAILABLE,
      message: expect.stringContaining('none was ever seen'),
      details: { ErrorInfo: { reason: 'NO_RESPONDER' }, RetryInfo: {} },
    });
  });

  it('is refused for what the apply would be refused for', async () => {
    await api.apply({});
    expect(await refusal(api.apply({ dryRun: true, expectedRevision: 0 }))).toMatchObject({
      code: status.ABORTED,
    });
  });
});

describe('a change', () => {
  async function converge(changeId: string): Promise<void> {
    await api.record(changeSubject(changeId), 'DryRunPassed', { revision: 1 });
    await api.record(changeSubject(changeId), 'ChangeApplied', {
      revision: 1,
      uid: 'u',
      resourceVersion: '7',
      modified: true,
    });
    await observe(changeId, 'web');
  }

  async function observe(changeId: string, server: string): Promise<void> {
    const state = {
      namespace: 'shop',
      name: 'web',
      uid: 'u',
      createdAt: 1,
      labels: {},
      spec: {
        targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: server },
        requiredAuthenticationRefs: [],
      },
      fieldOwners: [],
      change: { id: changeId, revision: 1 },
      conditions: [],
    };
    await api.record(objectSubject('AuthorizationPolicy', state), 'AuthorizationPolicyObserved', state);
  }

  it('is told of as soon as its answer says, with what proves its phase', async () => {
    const { changeId, position } = await api.apply({});
    const change = await api.getChange(changeId, { atLeast: position });

    expect(change).toMatchObject({
      id: changeId,
      object: { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' },
      revision: 1,
      phase: Phase.PHASE_REQUESTED,
      history: [{ phase: Phase.PHASE_REQUESTED, eventType: 'ChangeRequested' }],
      actor: 'anonymous',
      actorProvenBy: 'none',
      calledFrom: '127.0.0.1',
    });
  });

  it('is watched until it has converged, each phase once and in order', async () => {
    const { changeId } = await api.apply({});
    const phases: Phase[] = [];
    let drift = Drift.DRIFT_UNSPECIFIED;
    let last: Change | undefined;
    for await (const change of watched(api.changes.watchChange({ changeId, followDrift: false }))) {
      if (phases.length === 0) await converge(changeId);
      phases.push(change.phase);
      drift = change.drift;
      last = change;
    }

    expect(phases[0]).toBe(Phase.PHASE_REQUESTED);
    expect(phases.at(-1)).toBe(Phase.PHASE_CONVERGED);
    expect([...phases].sort()).toEqual(phases);
    expect(drift).toBe(Drift.DRIFT_NONE);
    expect(last?.history.map(({ phase }) => phase)).toEqual([1, 2, 3, 4]);
  });

  it('is watched beyond that where drift is to be followed', async () => {
    const { changeId } = await api.apply({});
    await converge(changeId);
    const stream = api.changes.watchChange({ changeId, followDrift: true });
    stream.on('error', () => undefined);
    const seen: string[] = [];
    for await (const { phase, drift } of watched(stream)) {
      seen.push(`${phase} ${drift}`);
      if (drift === Drift.DRIFT_NONE) await observe('', 'other');
      if (drift === Drift.DRIFT_DRIFTED) break;
    }
    stream.cancel();

    expect(seen.at(-1)).toBe('4 3');
  });

  it('cannot be asked for as of a position of another log', async () => {
    const { changeId } = await api.apply({});
    expect(await refusal(api.getChange(changeId, { atLeast: 'other.1.0123456789abcdef' }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      message: expect.stringContaining('leave at_least empty to begin anew'),
      details: { BadRequest: { fieldViolations: [{ field: 'at_least' }] } },
    });
  });

  it('that there is none of is not found', async () => {
    expect(await refusal(api.getChange('nothing'))).toMatchObject({
      code: status.NOT_FOUND,
      details: { ErrorInfo: { reason: 'CHANGE_NOT_FOUND', metadata: { change_id: 'nothing' } } },
    });
  });
});

it('a caller may ask for so many changes a minute, dry runs included, and is told when to come again', async () => {
  const limited = await (await ServedApi.start({ changesPerMinute: 2 })).ready();
  try {
    await limited.apply({ name: 'one' }).catch(() => undefined);
    await limited.apply({ name: 'two', dryRun: true }).catch(() => undefined);
    expect(await refusal(limited.apply({ name: 'three' }))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      message: expect.stringContaining('2 changes a minute'),
      details: { ErrorInfo: { reason: 'TOO_MANY_CHANGES' }, RetryInfo: { retryDelay: expect.anything() } },
    });
    expect((await limited.getGraph()).position).not.toBe('');
  } finally {
    await limited.close();
  }
});
