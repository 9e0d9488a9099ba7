import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import { everyoneMay } from '@mcp/access';
import type { Change, WatchChangeResponse } from '@mcp/contracts';
import {
  ApplyChangeRequest,
  type ApplyChangeResponse,
  GetChangeResponse,
  ImpactCode,
  ListChangesResponse,
  ListEventsResponse,
  Phase,
  WatchChangeRequest,
  type ListChangesRequest,
} from '@mcp/contracts';
import { changeSubject, formatPosition, type Actor } from '@mcp/events';
import { VisibleNamespaces } from '@mcp/mesh';
import { refusal, ServedApi } from './served-api.js';

const spaces = ['kelp', 'moss', 'fern'] as const;
type Space = (typeof spaces)[number];

let api: ServedApi;
let visible = VisibleNamespaces.all;
let caller: Actor;
/** Ids of changes, by what they are of. */
const alone = new Map<Space, string>();
let ofAll: string;
let head: string;

beforeAll(async () => {
  api = await ServedApi.start({
    authenticator: { authenticate: async () => caller },
    authorizer: { ...everyoneMay, whereAllowed: async () => visible },
    sightTimes: { askEveryMs: 20 },
  });
  as('kelp');
  await api.ready();
  await api.namespacesAre('live');
  for (const space of spaces) await api.addNamespace(space);
  for (const space of spaces) {
    as(space);
    const { changeId } = await applyChange([space]);
    alone.set(space, changeId);
    for (const id of [`${changeId}-1`])
      await api.record(changeSubject(id), 'ChangeConflicted', {
        revision: 1,
        conflicts: [{ manager: 'kubectl', field: `spec.identityRefs[{"namespace":"${space}"}]` }],
      });
  }
  as('moss');
  ({ changeId: ofAll } = await applyChange(spaces));
  await api.record(changeSubject(`${ofAll}-2`), 'ChangeRejected', {
    ...{ revision: 2, status: 422, message: `not in ${spaces.join(' and ')}` },
  });
  head = formatPosition(await api.log.head());
});
afterAll(() => api.close());

function as(space: Space): void {
  caller = { name: `system:serviceaccount:${space}:${space}-bot`, provenBy: 'kubernetes' };
}

function see(seen: readonly string[] | 'all'): void {
  visible = seen === 'all' ? VisibleNamespaces.all : VisibleNamespaces.only(seen);
}

function applyChange(of: readonly Space[]): Promise<ApplyChangeResponse> {
  const yaml = of
    .map(
      (space) =>
        `apiVersion: policy.linkerd.io/v1alpha1\nkind: MeshTLSAuthentication\nmetadata: {name: ${space}-clients, namespace: ${space}}\nspec: {identities: ["*"]}`,
    )
    .join('\n---\n');
  const request = ApplyChangeRequest.fromPartial({
    ...{ yaml, reason: `for ${of.join(' and ')}`, acceptImpact: [ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT] },
  });
  return new Promise((resolve, reject) => {
    api.graphs.applyChange(request, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

const list = (request: Partial<ListChangesRequest> = {}) => api.listChanges({ atLeast: head, ...request });
const ids = ({ changes }: ListChangesResponse) => changes.map(({ id }) => id);
const bytesOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

const seenSets: (readonly Space[])[] = [['kelp'], ['moss'], ['fern'], ['kelp', 'moss'], ['kelp', 'fern']];

describe.each(seenSets.map((seen) => [seen]))('who may list the pods of %j', (seen) => {
  const hidden = spaces.filter((space) => !seen.includes(space));
  const tellsNothing = (bytes: string): void => {
    for (const space of hidden) expect(bytes).not.toContain(space);
  };
  beforeAll(() => see(seen));

  it('is told of the changes there, and no other name', async () => {
    const answer = await list();
    expect(ids(answer)).toEqual([
      ofAll,
      ...spaces
        .filter((space) => seen.includes(space))
        .map((space) => alone.get(space))
        .reverse(),
    ]);
    tellsNothing(bytesOf(ListChangesResponse.encode(answer).finish()));
    for (const change of answer.changes)
      expect(bytesOf(GetChangeResponse.encode({ change }).finish())).toBe(
        bytesOf(GetChangeResponse.encode({ change: await api.getChange(change.id) }).finish()),
      );
  });

  it('is told that a change has parts which are hidden, and how it ended with them', async () => {
    const change = await api.getChange(ofAll);
    expect(change).toMatchObject({
      ...{ phase: Phase.PHASE_REJECTED, partsHidden: true, reason: '(hidden)' },
      actor: seen.includes('moss') ? 'system:serviceaccount:moss:moss-bot' : '(hidden)',
      calledFrom: seen.includes('moss') ? '127.0.0.1' : '',
    });
    expect(change.parts.map(({ object }) => object?.namespace).sort()).toEqual([...seen].sort());
  });

  it('asks in vain for a change of what is hidden, as for one that is not there', async () => {
    const nothing = await refusal(api.getChange('nothing'));
    for (const space of hidden) {
      const id = alone.get(space) ?? '';
      const refused = await refusal(api.getChange(id));
      expect(JSON.stringify(refused).replaceAll(id, 'nothing')).toBe(JSON.stringify(nothing));
      expect(ids(await list({ namespaces: [space] }))).toEqual([]);
      const actor = `system:serviceaccount:${space}:${space}-bot`;
      expect(ids(await list({ actor }))).toEqual([]);
      const object = { kind: 'MeshTLSAuthentication', namespace: space, name: `${space}-clients` };
      expect(ids(await list({ object }))).toEqual([]);
    }
  });

  it('is told of what was recorded there, and no other name', async () => {
    const answer = await api.listEvents();
    tellsNothing(bytesOf(ListEventsResponse.encode(answer).finish()));
    const told = (type: string) => answer.events.filter((event) => event.type === type);
    expect(told('NamespaceObserved').map(({ subject }) => subject.split('/')[2])).toEqual(
      spaces.filter((space) => seen.includes(space)),
    );
    expect(new Set(told('DesiredStateSet').map(({ subject }) => subject.split('/')[2]))).toEqual(
      new Set(seen),
    );
    expect(
      told('ChangeRequested').map(({ actor, calledFrom }) => [actor === '(hidden)', calledFrom]),
    ).toEqual(
      told('ChangeRequested').map(({ correlation }) => {
        const isHidden = correlation.startsWith(ofAll) && !seen.includes('moss');
        return [isHidden, isHidden ? '' : '127.0.0.1'];
      }),
    );
    // of all three, and so of what may not be seen
    expect(told('ChangeSetRequested').map(({ subject }) => subject)).not.toContain(`change-set/${ofAll}`);
    expect(told('ChangeRejected')).toHaveLength(seen.includes('moss') ? 1 : 0);
  });

  it('learns no hidden name from a page token', async () => {
    const { nextPageToken } = await list({ pageSize: 1 });
    tellsNothing(Buffer.from(nextPageToken, 'base64url').toString());
    see('all');
    expect(await refusal(list({ pageSize: 1, pageToken: nextPageToken, atLeast: '' }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
    see(seen);
  });
});

/** The messages of a watch of the change of all; rejects with the status that it ends with. */
async function* watched(): AsyncGenerator<Change> {
  const request = WatchChangeRequest.fromPartial({ changeId: ofAll, followDrift: true });
  for await (const { change } of api.changes.watchChange(request) as AsyncIterable<WatchChangeResponse>)
    if (change !== undefined) yield change;
}

const partsOf = ({ parts }: Change) => parts.map(({ object }) => object?.namespace).sort();

describe('a watcher of a change', () => {
  it('is told of parts when they may be seen, and without them when they may not any more', async () => {
    see(['kelp']);
    const watch = watched();
    const next = async () => (await watch.next()).value as Change;
    expect(partsOf(await next())).toEqual(['kelp']);
    see(['kelp', 'moss']);
    expect(partsOf(await next())).toEqual(['kelp', 'moss']);
    see(['moss']);
    expect(partsOf(await next())).toEqual(['moss']);
    see('all');
    expect(await next()).toMatchObject({ partsHidden: false, reason: 'for kelp and moss and fern' });
    await watch.return(undefined);
  });

  it('is refused when none of it may be seen any more', async () => {
    see(['kelp']);
    const watch = watched();
    await watch.next();
    see(['elsewhere']);
    expect(await refusal(watch.next())).toMatchObject({ code: status.NOT_FOUND });
  });
});
