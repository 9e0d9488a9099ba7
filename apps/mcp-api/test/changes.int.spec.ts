import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { Phase, SourcePhase, type Change, type ListChangesRequest } from '@mcp/contracts';
import { changeSubject, formatPosition } from '@mcp/events';
import fc from 'fast-check';
import { policyJson, refusal, ServedApi } from './served-api.js';

let api: ServedApi;

beforeEach(async () => {
  api = await (await ServedApi.start()).ready();
  await api.namespacesAre('live');
  await api.addNamespace('shop');
  await api.addNamespace('bank');
});
afterEach(() => api.close());

/** Asks for a policy, and answers the id of the change. */
async function ask(namespace: string, server: string): Promise<string> {
  return (await api.apply({ namespace, jsonSpec: policyJson(server) })).changeId;
}

async function reject(changeId: string): Promise<void> {
  const data = { revision: 1, status: 422, message: 'no' };
  await api.record(changeSubject(changeId), 'ChangeRejected', data);
}

const head = async () => formatPosition(await api.log.head());
const ids = (changes: readonly Change[]) => changes.map(({ id }) => id);

async function pages(request: Partial<ListChangesRequest>): Promise<readonly (readonly string[])[]> {
  const told: (readonly string[])[] = [];
  for (let pageToken = ''; ;) {
    const { changes, nextPageToken } = await api.listChanges({ ...request, pageToken });
    told.push(ids(changes));
    if (nextPageToken === '') return told;
    pageToken = nextPageToken;
  }
}

describe('ListChanges', () => {
  it('answers the newest first, with what the answer is true of', async () => {
    const first = await ask('shop', 'a');
    await reject(first);
    const second = await ask('shop', 'b');
    const atLeast = await head();
    const answer = await api.listChanges({ atLeast });

    expect(answer).toMatchObject({
      basis: {
        position: atLeast,
        sources: [{ kind: 'Namespace', phase: SourcePhase.SOURCE_PHASE_LIVE }],
        collector: { atWork: false },
      },
      changes: [
        { id: second, phase: Phase.PHASE_REQUESTED, revision: 2, replaces: first, position: atLeast },
        { id: first, phase: Phase.PHASE_REJECTED, revision: 1, replaces: '', problem: { code: 'REJECTED' } },
      ],
      nextPageToken: '',
      noLongerHeld: 0,
    });
    expect(answer.completeAfter).toBe(undefined);
    expect(answer.basis?.recordedAt).toEqual(answer.changes[0]?.history[0]?.recordedAt);
    expect(answer.changes).toEqual([await api.getChange(second), await api.getChange(first)]);
  });

  it('answers only what is asked for', async () => {
    const rejected = await ask('shop', 'a');
    await reject(rejected);
    const open = await ask('bank', 'a');
    await head().then((atLeast) => api.listChanges({ atLeast }));
    const object = { kind: 'AuthorizationPolicy', namespace: 'bank', name: 'web' };
    const list = async (request: Partial<ListChangesRequest>) =>
      ids((await api.listChanges(request)).changes);

    expect(await list({ actor: 'anonymous' })).toEqual([open, rejected]);
    expect(await list({ actor: 'ada' })).toEqual([]);
    expect(await list({ object })).toEqual([open]);
    expect(await list({ namespaces: ['shop'] })).toEqual([rejected]);
    expect(await list({ phases: [Phase.PHASE_REJECTED, Phase.PHASE_APPLIED] })).toEqual([rejected]);
    expect(await list({ openOnly: true })).toEqual([open]);
    const at = (await api.getChange(open)).history[0]!.recordedAt!;
    expect(await list({ since: new Date(at.getTime() + 1) })).toEqual([]);
    expect(await list({ until: new Date(at.getTime() + 1) })).toEqual([open, rejected]);
  });

  it('answers in pages the whole list of one position, whatever is asked for meanwhile', async () => {
    const before: string[] = [];
    for (const server of ['a', 'b', 'c', 'd', 'e']) before.unshift(await ask('shop', server));
    const atLeast = await head();
    const { nextPageToken, basis, changes } = await api.listChanges({ pageSize: 2, atLeast });
    await reject(before[4]!);
    const late = await ask('shop', 'f');
    expect(ids((await api.listChanges({ atLeast: await head() })).changes)).toContain(late);

    const rest = await api.listChanges({ pageToken: nextPageToken });
    expect([ids(changes), ids(rest.changes)]).toEqual([before.slice(0, 2), before.slice(2)]);
    expect(rest.basis?.position).toBe(basis?.position);
    expect(rest.changes.at(-1)).toMatchObject({ id: before[4], phase: Phase.PHASE_REQUESTED });
    expect(rest.nextPageToken).toBe('');
  });

  it('answers the same list in pages of any size', async () => {
    for (const server of ['a', 'b', 'c', 'd', 'e', 'f']) await ask('shop', server);
    const { changes } = await api.listChanges({ atLeast: await head() });
    const one = (bytes: number) => fc.oneof(fc.constant(0), fc.integer({ min: 1, max: bytes }));
    await fc.assert(
      fc.asyncProperty(one(7), one(2_000), async (pageSize, pageBytes) => {
        const told = await pages({ pageSize, pageBytes });
        expect(told.flat()).toEqual(ids(changes));
        expect(told.every(({ length }) => length > 0 && (pageSize === 0 || length <= pageSize))).toBe(true);
      }),
      { numRuns: 20 },
    );
    expect(await pages({ pageBytes: 1 })).toEqual(ids(changes).map((id) => [id]));
  });

  it('answers of a past position, and of a past time', async () => {
    const first = await ask('shop', 'a');
    const at = await head();
    const { recordedAt } = (await api.listChanges({ atLeast: at })).basis!;
    for (let now = recordedAt!.getTime(); now <= recordedAt!.getTime(); now = Date.now());
    await reject(first);
    const second = await ask('shop', 'b');
    await api.listChanges({ atLeast: await head() });

    const requested = { id: first, phase: Phase.PHASE_REQUESTED };
    for (const moment of [{ at }, { atTime: recordedAt }]) {
      const { basis, changes } = await api.listChanges(moment);
      expect({ basis, changes }).toMatchObject({ basis: { position: at, recordedAt }, changes: [requested] });
      expect(changes).toHaveLength(1);
      expect(await api.getChange(first, moment)).toMatchObject({ ...requested, position: at });
      expect(await refusal(api.getChange(second, moment))).toMatchObject({ code: status.NOT_FOUND });
    }
    expect((await api.listChanges({ atTime: new Date(0) })).changes).toEqual([]);
  });

  it.each<[string, Partial<ListChangesRequest>, string]>([
    ['a position that is none', { at: 'yesterday' }, 'at'],
    ['a position of another log', { at: 'other.3.0123456789abcdef' }, 'at'],
    ['a time beside a position', { at: 'log.1.00', atTime: new Date(1) }, 'at_time'],
    ['a position to wait for beside a time', { atTime: new Date(1), atLeast: 'log.1.00' }, 'at_least'],
    [
      'a kind that nobody can change',
      { object: { kind: 'Pod', namespace: 'shop', name: 'web' } },
      'object.kind',
    ],
    [
      'an object without a name',
      { object: { kind: 'AuthorizationPolicy', namespace: 'shop', name: '' } },
      'object.name',
    ],
    ['a namespace that is no DNS label', { namespaces: ['a.b'] }, 'namespaces'],
    ['a phase that there is not', { phases: [Phase.PHASE_UNSPECIFIED] }, 'phases'],
    ['an end before the beginning', { since: new Date(2), until: new Date(1) }, 'until'],
    ['an actor as long as a book', { actor: 'x'.repeat(1_025) }, 'actor'],
    ['too large a page', { pageSize: 1_001 }, 'page_size'],
    ['too many bytes', { pageBytes: 4 * 1024 * 1024 }, 'page_bytes'],
    ['a page token that is none', { pageToken: 'next' }, 'page_token'],
  ])('refuses %s, and names the field', async (_what, request, field) => {
    const { code, details } = await refusal(api.listChanges(request));
    const { BadRequest } = details as { BadRequest?: { fieldViolations: { field: string }[] } };
    expect([code, BadRequest?.fieldViolations.map((violation) => violation.field)]).toEqual([
      status.INVALID_ARGUMENT,
      [field],
    ]);
  });

  it('refuses a page token of another question', async () => {
    await ask('shop', 'a');
    await ask('shop', 'b');
    const { nextPageToken } = await api.listChanges({ pageSize: 1, atLeast: await head() });
    expect(await refusal(api.listChanges({ openOnly: true, pageToken: nextPageToken }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      message: expect.stringContaining('page_token: belongs to another question'),
    });
  });
});
