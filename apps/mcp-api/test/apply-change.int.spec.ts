import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  ApplyChangeRequest,
  type ApplyChangeResponse,
  DeleteObjectRequest,
  type DeleteObjectResponse,
  ImpactCode,
  Phase,
} from '@mcp/contracts';
import { changeSubject, type AnyRecordedEvent } from '@mcp/events';
import { refusal, ServedApi } from './served-api.js';

let api: ServedApi;

beforeEach(async () => {
  api = await (await ServedApi.start()).ready();
  await api.namespacesAre('live');
  await api.addNamespace('shop');
});
afterEach(() => api.close());

/** Nothing is known of the mesh. */
const unknown = [ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT];

type ChangeRequest = Parameters<typeof ApplyChangeRequest.fromPartial>[0];

function applyChange(request: ChangeRequest): Promise<ApplyChangeResponse> {
  return new Promise((resolve, reject) => {
    const whole = ApplyChangeRequest.fromPartial({ acceptImpact: unknown, ...request });
    api.graphs.applyChange(whole, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

function deleteObject(object: typeof policy, more: object = {}): Promise<DeleteObjectResponse> {
  return new Promise((resolve, reject) => {
    const whole = DeleteObjectRequest.fromPartial({ object, acceptImpact: unknown, ...more });
    api.graphs.deleteObject(whole, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

const policy = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'read' };
const clients = { kind: 'MeshTLSAuthentication', namespace: 'shop', name: 'clients' };
const server = { kind: 'Server', namespace: 'shop', name: 'web' };
const manifests = [
  'apiVersion: policy.linkerd.io/v1alpha1\nkind: MeshTLSAuthentication\nmetadata: {name: clients, namespace: shop}\nspec: {identities: ["*"]}',
  'apiVersion: policy.linkerd.io/v1alpha1\nkind: AuthorizationPolicy\nmetadata: {name: read, namespace: shop}\nspec: {targetRef: {group: policy.linkerd.io, kind: Server, name: web}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: clients}]}',
  'apiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: web, namespace: shop}\nspec: {podSelector: {}, port: 80}',
];
const yaml = manifests.join('\n---\n');

/** What is recorded of changes, in order. */
async function recorded(): Promise<string[]> {
  const events: AnyRecordedEvent[] = [];
  for await (const batch of api.log.read({ log: await api.log.identity(), sequence: 0, digest: '' }))
    events.push(...(batch as readonly AnyRecordedEvent[]));
  return events
    .filter(({ type }) => /^(Change|Desired)/.test(type))
    .map(({ subject, type }) => `${type} ${subject}`);
}

describe('ApplyChange', () => {
  it('records what belongs together as one change with parts, in its order', async () => {
    const answer = await applyChange({ yaml, reason: 'ticket 7' });
    const { changeId, position } = answer;
    expect(answer).toMatchObject({
      accepted: true,
      changes: [clients, policy, server].map((object, index) => ({
        changeId: `${changeId}-${index + 1}`,
        object,
        revision: 1,
      })),
    });
    expect((await recorded())[0]).toBe(`ChangeSetRequested change-set/${changeId}`);
    expect(await recorded()).toHaveLength(7);
    const change = await api.getChange(changeId, { atLeast: position });
    expect(change).toMatchObject({
      id: changeId,
      phase: Phase.PHASE_REQUESTED,
      reason: 'ticket 7',
      parts: [
        { object: clients, set: changeId },
        { object: policy, set: changeId },
        { object: server, set: changeId },
      ],
    });
    const { changes } = await api.listChanges({ object: policy });
    expect(changes.map(({ id, parts }) => [id, parts.length])).toEqual([[changeId, 3]]);
  });

  it('is one that was not applied when a part was not', async () => {
    const { changeId } = await applyChange({ yaml });
    await api.record(changeSubject(`${changeId}-2`), 'ChangeRejected', {
      ...{ revision: 1, status: 422, message: 'no' },
    });
    const atLeast = (await applyChange({ yaml, dryRun: false })).position;
    expect(await api.getChange(changeId, { atLeast })).toMatchObject({ phase: Phase.PHASE_REJECTED });
    expect((await api.listChanges({ phases: [Phase.PHASE_REJECTED] })).changes.map(({ id }) => id)).toEqual([
      changeId,
    ]);
  });

  it('deletes what there is to be none of, after the rest', async () => {
    await applyChange({ yaml });
    const { changes } = await applyChange({ yaml: manifests[0]!, delete: [policy, server] });
    expect(changes.map(({ object, revision }) => [object?.kind, revision])).toEqual([
      ['AuthorizationPolicy', 2],
      ['Server', 2],
    ]);
  });

  it('is the same under the same key, and another request under it is refused', async () => {
    const first = await applyChange({ yaml, idempotencyKey: 'key-1' });
    const again = await applyChange({ yaml, idempotencyKey: 'key-1' });
    expect(again).toMatchObject({ changeId: first.changeId, duplicate: true, changes: first.changes });
    const other = await refusal(applyChange({ yaml: manifests[2]!, idempotencyKey: 'key-1' }));
    expect([other.code, other.message]).toEqual([
      status.ALREADY_EXISTS,
      expect.stringContaining('was used for another request'),
    ]);
    expect(await recorded()).toHaveLength(7);
  });

  it.each<[string, ChangeRequest, string, string]>([
    ['nothing', {}, 'yaml', 'must have an object, or delete one'],
    [
      'an object twice',
      { yaml, delete: [server] },
      'yaml',
      'Server/shop/web is there more than once; say once what it is to be',
    ],
    [
      'a part that cannot be read, and says which',
      { yaml: `${manifests[0]!}\n---\n{apiVersion: v1, kind: Pod}` },
      'yaml',
      'document 2: kind: Pod of v1 cannot be changed here',
    ],
    [
      'a revision of what is not changed',
      { yaml: manifests[0]!, expectedRevisions: [{ object: server, revision: 0 }] },
      'expected_revisions',
      'Server/shop/web is not changed by this request',
    ],
    ['a name that is none', { delete: [{ ...server, name: 'Web_1' }] }, 'delete.0.name', ''],
    ['more than one can look through', { delete: Array.from({ length: 51 }, () => server) }, 'delete', '50'],
  ])('refuses %s, and records nothing', async (_what, request, field, told) => {
    const refused = await refusal(applyChange(request));
    expect([refused.code, refused.details]).toMatchObject([
      status.INVALID_ARGUMENT,
      { BadRequest: { fieldViolations: [{ field, description: expect.stringContaining(told) }] } },
    ]);
    expect(await recorded()).toEqual([]);
  });

  it.each([
    ['a kind', `{apiVersion: v1, kind: "\u202edoP"}`],
    ['an annotation', manifests[0]!.replace('metadata: {', 'metadata: {annotations: {"\u202ea": b}, ')],
    ['a field', manifests[0]!.replace('{identities', '{"\u202ea": 1, identities')],
    ['no YAML', '{"\u202ea'],
  ])('does not say back what is read backwards in %s', async (_what, text) => {
    const { code, message, details } = await refusal(applyChange({ yaml: text }));
    expect(code).toBe(status.INVALID_ARGUMENT);
    expect(message + JSON.stringify(details)).not.toContain('\u202e');
  });

  it('records nothing where one of them is refused', async () => {
    const expectedRevisions = [{ object: server, revision: 3 }];
    expect(await refusal(applyChange({ yaml, expectedRevisions }))).toMatchObject({
      code: status.ABORTED,
      details: { ErrorInfo: { reason: 'REVISION_MISMATCH', metadata: { subject: 'Server/shop/web' } } },
    });
    expect(await recorded()).toEqual([]);
  });
});

describe('DeleteObject', () => {
  it('asks that there be no such object', async () => {
    await applyChange({ yaml: manifests[2]! });
    const { changeId, revision, position } = await deleteObject(server, { expectedRevision: 1 });
    expect(revision).toBe(2);
    expect(await api.getChange(changeId, { atLeast: position })).toMatchObject({
      object: server,
      phase: Phase.PHASE_REQUESTED,
    });
  });

  it.each([
    ['no object', undefined, 'object'],
    ['a kind that cannot be changed', { ...policy, kind: 'Pod' }, 'object.kind'],
  ])('refuses %s', async (_what, object, field) => {
    expect(await refusal(deleteObject(object as typeof policy))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: { BadRequest: { fieldViolations: [{ field }] } },
    });
  });

  it('refuses an object that is known not to be there', async () => {
    await api.record('source-state/Server', 'SourceStateChanged', {
      kind: 'Server',
      phase: 'live',
      reason: '',
    });
    expect(await refusal(deleteObject(server))).toMatchObject({
      code: status.NOT_FOUND,
      details: { ErrorInfo: { reason: 'NOTHING_TO_WITHDRAW' } },
    });
  });
});
