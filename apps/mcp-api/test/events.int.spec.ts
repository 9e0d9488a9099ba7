import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import type { ListEventsRequest, LoggedEvent } from '@mcp/contracts';
import { Baseline, formatPosition, type RecordedEvent } from '@mcp/events';
import fc from 'fast-check';
import { policyJson, refusal, ServedApi } from './served-api.js';

let api: ServedApi;

beforeEach(async () => {
  api = await (await ServedApi.start()).ready();
  await api.namespacesAre('live');
  await api.addNamespace('shop');
});
afterEach(() => api.close());

async function inTheLog(): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const batch of api.log.read({ log: await api.log.identity(), sequence: 0, digest: '' }))
    events.push(...batch);
  return events;
}

async function pages(request: Partial<ListEventsRequest>): Promise<readonly (readonly LoggedEvent[])[]> {
  const told: (readonly LoggedEvent[])[] = [];
  for (let pageToken = ''; ;) {
    const { events, nextPageToken } = await api.listEvents({ ...request, pageToken });
    told.push(events);
    if (nextPageToken === '') return told;
    pageToken = nextPageToken;
  }
}

const ids = (events: readonly { readonly id: string }[]) => events.map(({ id }) => id);

/** Asks for a policy, and answers the id of the change. */
async function ask(server: string, reason = ''): Promise<string> {
  return (await api.apply({ jsonSpec: policyJson(server), reason })).changeId;
}

/** The fold knows all that is in the log. */
async function folded(): Promise<void> {
  await api.listChanges({ atLeast: formatPosition(await api.log.head()) });
}

describe('ListEvents', () => {
  it('answers all of the log, the oldest first, as it was recorded', async () => {
    await ask('a', 'ticket 7');
    const logged = await inTheLog();
    const { events, position, nextPageToken, ...beginning } = await api.listEvents();

    expect(ids(events)).toEqual(ids(logged));
    expect(events.map(({ data }) => JSON.parse(data) as unknown)).toEqual(logged.map(({ data }) => data));
    expect({ position, nextPageToken }).toEqual({
      position: formatPosition(await api.log.head()),
      nextPageToken: '',
    });
    expect(beginning).toEqual({
      beginsLate: false,
      oldestPosition: formatPosition(await api.log.oldest()),
      oldestAt: new Date(logged[0]!.recordedAt),
    });
    expect(events.find(({ type }) => type === 'ChangeRequested')).toMatchObject({
      actor: 'anonymous',
      actorProvenBy: 'none',
      calledFrom: '127.0.0.1',
      reason: 'ticket 7',
      subjectVersion: 1,
      recordedAt: new Date(logged.find(({ type }) => type === 'ChangeRequested')!.recordedAt),
      dataBefore: '',
    });
  });

  it('says where a call came from, by its connection and not by what it says', async () => {
    const elsewhere = {
      'x-forwarded-for': '192.0.2.1',
      forwarded: 'for=192.0.2.1',
      'x-real-ip': '192.0.2.1',
    };
    await api.apply({ jsonSpec: policyJson('a') }, elsewhere);
    const { events } = await api.listEvents();
    expect(events.map(({ type, calledFrom }) => [type, calledFrom])).toEqual([
      ['SourceStateChanged', ''],
      ['NamespaceObserved', ''],
      ['ChangeRequested', '127.0.0.1'],
      ['DesiredStateSet', '127.0.0.1'],
    ]);
  });

  it('says what was before, also where that is not among what is asked for', async () => {
    const [first, second] = [await ask('a'), await ask('b')];
    await api.namespacesAre('stale');
    await folded();
    const before = async (request: Partial<ListEventsRequest>) =>
      (await api.listEvents(request)).events.map(({ data, dataBefore }) => [
        JSON.parse(data) as object,
        dataBefore === '' ? undefined : (JSON.parse(dataBefore) as object),
      ]);

    const [asked, askedAnew] = await before({ types: ['DesiredStateSet'] });
    expect(asked).toMatchObject([{ changeId: first }, undefined]);
    expect(askedAnew).toEqual([expect.objectContaining({ changeId: second }), asked![0]]);
    // the first is not read here: it is known of the change
    const [alone] = await pages({ types: ['DesiredStateSet'], pageSize: 1 }).then((all) => all.slice(1));
    expect(JSON.parse(alone![0]!.dataBefore)).toEqual(asked![0]);
    const sources = await before({ subject: 'source-state/Namespace' });
    expect(sources[1]).toMatchObject([{ phase: 'stale' }, { phase: 'live' }]);
  });

  it('answers only what is asked for', async () => {
    const id = await ask('a');
    const list = async (request: Partial<ListEventsRequest>) =>
      (await api.listEvents(request)).events.map(({ type }) => type);
    const asked = ['ChangeRequested', 'DesiredStateSet'];

    expect(await list({ actor: 'anonymous' })).toEqual(asked);
    expect(await list({ actor: 'test' })).toEqual(['SourceStateChanged', 'NamespaceObserved']);
    expect(await list({ subject: `change/${id}` })).toEqual(['ChangeRequested']);
    expect(await list({ subject: 'change/' })).toEqual(['ChangeRequested']);
    expect(await list({ subject: 'chang' })).toEqual([]);
    expect(await list({ types: ['DesiredStateSet', 'NamespaceObserved'] })).toEqual([
      'NamespaceObserved',
      'DesiredStateSet',
    ]);
    const { events } = await api.listEvents();
    expect(await list({ after: events[1]!.position })).toEqual(asked);
  });

  it('answers of a time: from its beginning on, and before its end', async () => {
    await ask('a');
    const recordedAt = (await inTheLog()).at(-1)!.recordedAt;
    while (Date.now() <= recordedAt);
    const late = await ask('b');
    const logged = await inTheLog();
    const time = logged.at(-1)!.recordedAt;
    const list = async (request: Partial<ListEventsRequest>) => ids((await api.listEvents(request)).events);

    expect(late).not.toBe('');
    expect(await list({ since: new Date(time) })).toEqual(ids(logged.slice(-2)));
    expect(await list({ until: new Date(time) })).toEqual(ids(logged.slice(0, -2)));
    expect(await list({ since: new Date(time + 1) })).toEqual([]);
  });

  it('answers in pages of any size what the log was at the first of them, each event once', async () => {
    for (const server of ['a', 'b', 'c', 'd', 'e', 'f']) await ask(server);
    const logged = ids(await inTheLog());
    const one = (most: number) => fc.oneof(fc.constant(0), fc.integer({ min: 1, max: most }));
    await fc.assert(
      fc.asyncProperty(one(9), one(3_000), async (pageSize, pageBytes) => {
        const told = await pages({ pageSize, pageBytes });
        expect(ids(told.flat())).toEqual(logged);
        expect(told.every(({ length }) => length > 0 && (pageSize === 0 || length <= pageSize))).toBe(true);
      }),
      { numRuns: 20 },
    );
    const { events, nextPageToken } = await api.listEvents({ pageSize: 10 });
    await ask('late');
    const rest = await api.listEvents({ pageToken: nextPageToken });
    expect([...ids(events), ...ids(rest.events)]).toEqual(logged);
    expect((await api.listEvents({ after: rest.position })).events).toHaveLength(2);
  });

  it('reads only so much of the log for a page, whatever it finds', async () => {
    const state = { kind: 'Pod', phase: 'live', reason: '' } as const;
    const writes = (from: number) =>
      Array.from({ length: 500 }, (_, index) => ({
        subject: 'source-state/Pod',
        expectedVersion: 'any' as const,
        event: {
          id: `filler-${from + index}`,
          type: 'SourceStateChanged' as const,
          version: 1,
          occurredAt: 1,
          actor: { name: 'test', provenBy: 'component' as const },
          data: state,
        },
      }));
    for (let from = 0; from < 10_500; from += 500) await api.log.append({ writes: writes(from) });
    await ask('a');
    const told = await pages({ types: ['DesiredStateSet'] });
    expect(told.map(({ length }) => length)).toEqual([0, 1]);
  }, 60_000);

  it('says that it begins late where the log was trimmed', async () => {
    await ask('a');
    const baseline = new Baseline();
    const logged = await inTheLog();
    const below = logged.at(-1)!;
    for (const event of logged) baseline.evolve(event);
    await api.log.trim(baseline.position!, baseline.events());
    await ask('b');
    const { events, beginsLate, oldestPosition, oldestAt } = await api.listEvents({ since: new Date(1) });
    expect([oldestPosition, oldestAt]).toEqual([formatPosition(below.position), new Date(below.recordedAt)]);
    expect([events.map(({ type }) => type), beginsLate]).toEqual([
      ['ChangeRequested', 'DesiredStateSet'],
      true,
    ]);
    expect(await refusal(api.listEvents({ until: new Date(1) }))).toMatchObject({
      code: status.OUT_OF_RANGE,
      details: { BadRequest: { fieldViolations: [{ field: 'until' }] } },
    });
  });

  it.each<[string, Partial<ListEventsRequest>, string]>([
    ['a position that is none', { after: 'yesterday' }, 'after'],
    ['a position of another log', { after: 'other.3.0123456789abcdef' }, 'after'],
    ['a position beside a time', { after: 'log.1.00', since: new Date(1) }, 'after'],
    ['an end before the beginning', { since: new Date(2), until: new Date(1) }, 'until'],
    ['a type that there is not', { types: ['PodSeen'] }, 'types'],
    ['an actor as long as a book', { actor: 'x'.repeat(1_025) }, 'actor'],
    ['a subject as long as a book', { subject: 'x'.repeat(4_097) }, 'subject'],
    ['too large a page', { pageSize: 1_001 }, 'page_size'],
    ['too many bytes', { pageBytes: 4 * 1024 * 1024 }, 'page_bytes'],
    ['a page token that is none', { pageToken: 'next' }, 'page_token'],
  ])('refuses %s, and names the field', async (_what, request, field) => {
    const { code, details } = await refusal(api.listEvents(request));
    const { BadRequest } = details as { BadRequest?: { fieldViolations: { field: string }[] } };
    expect([code, BadRequest?.fieldViolations.map((violation) => violation.field)]).toEqual([
      status.INVALID_ARGUMENT,
      [field],
    ]);
  });
});
