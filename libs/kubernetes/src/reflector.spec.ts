import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ScriptedApiServer } from '@mcp/testing';
import type { ApiResource } from './api-resource.js';
import { ClusterConnection } from './cluster-connection.js';
import type { KubernetesObject } from './kubernetes-object.js';
import { MirroringHandler, pictureOf, type Picture } from '../test/mirroring-handler.js';
import { reflectorContract } from './reflector.contract.js';
import { Reflector, type ReflectorOptions } from './reflector.js';

const things: ApiResource = { group: '', versions: ['v1'], plural: 'things' };

function valueOf(object: KubernetesObject): string {
  return (object['data'] as { value: string }).value;
}

function pictureAt(server: ScriptedApiServer): Picture {
  return pictureOf(server.objects().map(({ metadata, data }) => ({ ...metadata, value: data.value })));
}

reflectorContract('a scripted API server', async () => {
  const server = await ScriptedApiServer.start();
  const connection = ClusterConnection.toServer(server.url);
  return {
    connection,
    resource: things,
    slim: valueOf,
    namespaces: ['one', 'two'],
    put: async (namespace, name, value) => server.put(namespace, name, value),
    delete: async (namespace, name) => server.remove(namespace, name),
    picture: async () => pictureAt(server),
    loseContact: () => server.refuseConnections(true),
    regainContact: () => server.refuseConnections(false),
    forgetHistory: async () => server.forgetHistory(),
    close: async () => {
      await connection.close();
      await server.stop();
    },
  };
});

describe('a reflector of a server in trouble', () => {
  let server: ScriptedApiServer;
  let connection: ClusterConnection;
  let ends: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    server = await ScriptedApiServer.start();
    connection = ClusterConnection.toServer(server.url);
    for (const name of ['a', 'b', 'c', 'd', 'e']) server.put('one', name, '1');
  });
  afterEach(async () => {
    await Promise.all(ends.map((end) => end()));
    ends = [];
    await connection.close();
    await server.stop();
  });

  function start(options: Partial<ReflectorOptions<string>> = {}) {
    const handler = new MirroringHandler();
    const reflector = new Reflector<string>({
      connection,
      resource: things,
      namespaces: 'all',
      slim: valueOf,
      handler,
      random: () => 1,
      ...options,
      timing: { pageSize: 2, backoff: { minMs: 20, maxMs: 200 }, idleMs: 5_000, ...options.timing },
    });
    const abort = new AbortController();
    const done = reflector.run(abort.signal);
    const end = async () => {
      abort.abort();
      await done;
    };
    ends.push(end);
    const live = () => handler.until(() => reflector.state.phase === 'live');
    const whats = () => handler.told.map(([what]) => what);
    return { reflector, handler, end, live, whats };
  }

  async function expectEqualToServer({ reflector, handler }: ReturnType<typeof start>): Promise<void> {
    await handler.until(() => JSON.stringify(handler.picture()) === JSON.stringify(pictureAt(server)));
    expect(handler.picture()).toEqual(pictureAt(server));
    expect(pictureOf(reflector.objects())).toEqual(pictureAt(server));
  }

  it('waits as long as a busy server asks', async () => {
    server.next('list', { status: 429, headers: { 'retry-after': '1' } });
    const started = start();
    await started.live();
    await expectEqualToServer(started);
    const [first, second] = server.requests;
    expect(second!.atMs - first!.atMs).toBeGreaterThanOrEqual(1_000);
    expect(started.handler.told[1]).toEqual(['stale', 'GET /api/v1/things: scripted 429']);
  });

  it('keeps what it knows through a server error, with the reason', async () => {
    const started = start();
    await started.live();
    server.next('watch', { status: 503, times: 2 });
    server.next('watch', { status: 502, body: '<html>a proxy says no</html>' });
    server.sendBookmark();
    server.endWatches();
    await started.handler.until(() => started.whats().filter((what) => what === 'stale').length === 2);
    server.put('one', 'f', '1');
    await started.live();
    await expectEqualToServer(started);
    expect(started.handler.told).toEqual([
      ['syncing'],
      ['replaced'],
      ['live'],
      ['stale', 'GET /api/v1/things: scripted 503'],
      ['stale', 'GET /api/v1/things: HTTP 502'],
      ['live'],
      ['added', 'one/f', '1'],
    ]);
  });

  it('tells its meter of each list, watch and fault, and of none that it ends itself', async () => {
    const metered: string[] = [];
    const started = start({
      meter: {
        listed: () => metered.push('list'),
        watching: () => metered.push('watch'),
        failed: (fault) => metered.push(fault),
      },
    });
    await started.live();
    server.next('watch', { status: 503 });
    server.sendBookmark();
    server.endWatches();
    await started.handler.until(() => metered.length === 4);
    await started.live();
    server.sendError(410, 'too old');
    await started.handler.until(() => metered.length === 7);
    await started.live();
    expect(started.reflector.size).toBe(5);
    await started.end();
    expect(metered).toEqual(['list', 'watch', 'UNAVAILABLE', 'watch', 'GONE', 'list', 'watch']);
  });

  it('goes on from the last whole event when it is cut within a line', async () => {
    const started = start();
    await started.live();
    server.put('one', 'a', '2');
    await started.handler.until(() => started.whats().includes('updated'));
    server.send('{"type":"DELETED","object":{"metadata":{"name":"b","names');
    server.endWatches();
    await started.handler.until(() => started.whats().includes('stale'));
    await started.live();
    await expectEqualToServer(started);
    expect(started.handler.told.slice(3)).toEqual([
      ['updated', 'one/a', '2'],
      ['stale', 'watch /api/v1/things: cut within a line'],
      ['live'],
    ]);
  });

  it.each([
    ['410 within the watch', () => server.sendError(410, 'too old')],
    ['another error within the watch', () => server.sendError(500, 'etcd event received with PrevKv=nil')],
    ['what is no event', () => server.send('{"type":"SURPRISE","object":{}}\n')],
    ['what is no JSON', () => server.send('<html>\n')],
    [
      '410 in answer to the watch',
      () => {
        server.next('watch', { status: 410 });
        server.endWatches();
      },
    ],
  ])('lists again after %s, and tells late what was deleted', async (_what, happen) => {
    const started = start();
    await started.live();
    // so that there is time for changes that no watch gets to see
    server.next('list', { status: 503 });
    happen();
    await started.handler.until(() => started.whats().includes('stale'));
    server.remove('one', 'b');
    server.remove('one', 'c');
    server.put('one', 'c', 'new');
    await started.handler.until(() => started.whats().filter((what) => what === 'replaced').length === 2);
    await started.live();
    await expectEqualToServer(started);
    expect(started.handler.deletedLate).toEqual(['one/b 1', 'one/c 1']);
    expect(started.whats().filter((what) => what === 'deleted')).toEqual([]);
  });

  it('starts the list anew when the server forgets it between pages, and tells nothing of the part it had', async () => {
    const started = start();
    await started.live();
    server.next('page', { status: 410 });
    server.sendError(410, 'too old');
    await started.handler.until(() => started.whats().filter((what) => what === 'replaced').length === 2);
    await started.live();
    await expectEqualToServer(started);
    expect(started.handler.deletedLate).toEqual([]);
    expect(server.requests.filter(({ kind }) => kind === 'list')).toHaveLength(3);
  });

  it('deletes nothing because of a list that is not complete', async () => {
    const started = start();
    await started.live();
    server.next('list', { status: 200, body: '{"kind":"ThingList","metadata":{},"items":[]}' });
    server.next('list', { status: 200, body: '{"kind":"ThingList","metadata":{"resourceVersion":"99"}' });
    server.next('list', {
      status: 200,
      body: '{"kind":"ThingList","metadata":{"resourceVersion":"99"},"items":[{}]}',
    });
    server.sendError(410, 'too old');
    await started.handler.until(() => started.whats().filter((what) => what === 'replaced').length === 2);
    await started.live();
    await expectEqualToServer(started);
    expect(started.handler.deletedLate).toEqual([]);
  });

  it('follows bookmarks forwards, so that forgotten history does not cost a list, and never backwards', async () => {
    const started = start();
    await started.live();
    server.sendBookmark();
    server.forgetHistory();
    server.sendBookmark('3');
    server.endWatches();
    server.put('one', 'a', '2');
    await started.handler.until(() => started.whats().includes('updated'));
    await expectEqualToServer(started);
    expect(started.whats()).toEqual(['syncing', 'replaced', 'live', 'updated']);
  });

  it('tells an object of another uid as deleted and added, should a server leave out the deletion', async () => {
    const started = start();
    await started.live();
    const [known] = server.objects();
    const metadata = { ...known!.metadata, uid: 'another', resourceVersion: '99' };
    server.send(`${JSON.stringify({ type: 'MODIFIED', object: { metadata, data: { value: '2' } } })}\n`);
    await started.handler.until(() => started.whats().includes('added'));
    expect(started.handler.told.slice(3)).toEqual([
      ['deleted', 'one/a', '1'],
      ['added', 'one/a', '2'],
    ]);
    expect(started.reflector.get('one', 'a')?.uid).toBe('another');
  });

  it('does not hurry when the server ends each watch at once', async () => {
    server.next('watch', { status: 200, body: '', times: 1_000 });
    const started = start();
    await started.handler.until(() => started.whats().includes('stale'));
    await new Promise((resolve) => setTimeout(resolve, 600));
    // pauses of 20, 40, 80, 160, then 200 ms
    expect(server.requests.filter(({ kind }) => kind === 'watch').length).toBeLessThanOrEqual(8);
    expect(started.reflector.state).toEqual({
      phase: 'stale',
      reason: 'watch /api/v1/things: the server ended it at once',
    });
  });

  it('takes a connection on which nothing comes for dead', async () => {
    const started = start({ timing: { idleMs: 300 } });
    await started.live();
    await started.handler.until(() => started.whats().includes('stale'));
    expect(started.handler.told.at(-1)).toEqual([
      'stale',
      'watch /api/v1/things: nothing received for 300 ms',
    ]);
    await started.live();
    await expectEqualToServer(started);
  });

  it('is stale, not wrong, while an object cannot be slimmed', async () => {
    const started = start({
      slim: (object) => {
        const value = valueOf(object);
        if (value === 'bad') throw new Error(`cannot keep ${object.metadata.name}`);
        return value;
      },
    });
    await started.live();
    server.put('one', 'a', 'bad');
    await started.handler.until(() => started.whats().includes('stale'));
    expect(started.reflector.state).toEqual({ phase: 'stale', reason: 'cannot keep a' });
    expect(started.reflector.get('one', 'a')?.value).toBe('1');
    server.put('one', 'a', 'good');
    await started.live();
    await expectEqualToServer(started);
  });

  it('leaves no watch open and asks nothing more once stopped, even during a pause', async () => {
    const watching = start();
    await watching.live();
    await watching.end();
    const pausing = start({ timing: { backoff: { minMs: 100, maxMs: 100 } } });
    await pausing.live();
    server.next('watch', { status: 503, times: 100 });
    server.endWatches();
    await pausing.handler.until(() => pausing.whats().includes('stale'));
    await pausing.end();
    const asked = server.requests.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(server.openWatches).toBe(0);
    expect(server.requests).toHaveLength(asked);
  });
});
