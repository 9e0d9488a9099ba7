import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiResource } from './api-resource.js';
import type { ClusterConnection } from './cluster-connection.js';
import { MirroringHandler, pictureOf, type Picture } from '../test/mirroring-handler.js';
import { Reflector, type ReflectorOptions } from './reflector.js';

/** A collection of small objects, each holding one `value`, on an API server that can be lost and made to forget. */
export interface ReflectedCollection {
  readonly connection: ClusterConnection;
  readonly resource: ApiResource;
  readonly slim: ReflectorOptions<string>['slim'];
  /** Two namespaces that exist. */
  readonly namespaces: readonly [string, string];
  put(namespace: string, name: string, value: string): Promise<void>;
  delete(namespace: string, name: string): Promise<void>;
  /** A fresh list, by another way than the reflector's. */
  picture(): Promise<Picture>;
  /** Breaks the connections of `connection` and refuses new ones; writing and `picture` go on. */
  loseContact(): void;
  regainContact(): void;
  /** Makes the server forget its history. Contact is lost meanwhile. */
  forgetHistory(): Promise<void>;
  close(): Promise<void>;
}

/** What must hold between any API server and a reflector. */
export function reflectorContract(server: string, factory: () => Promise<ReflectedCollection>): void {
  describe(`a reflector of ${server}`, () => {
    let collection: ReflectedCollection;
    const stop = new AbortController();
    const running: Promise<void>[] = [];
    let ends: AbortController[] = [];

    beforeAll(async () => {
      collection = await factory();
      for (const name of ['a', 'b', 'c', 'd', 'e']) await collection.put(collection.namespaces[0], name, '1');
      await collection.put(collection.namespaces[1], 'a', '1');
    }, 120_000);
    afterEach(async () => {
      collection.regainContact();
      for (const end of ends) end.abort();
      ends = [];
      await Promise.all(running.splice(0));
    });
    afterAll(async () => {
      stop.abort();
      await collection.close();
    });

    function start(options: Partial<ReflectorOptions<string>> = {}) {
      const handler = (options.handler as MirroringHandler | undefined) ?? new MirroringHandler();
      const reflector = new Reflector<string>({
        connection: collection.connection,
        resource: collection.resource,
        namespaces: 'all',
        slim: collection.slim,
        timing: { pageSize: 2, backoff: { minMs: 50, maxMs: 500 }, idleMs: 5_000 },
        ...options,
        handler,
      });
      const end = new AbortController();
      ends.push(end);
      const done = reflector.run(end.signal);
      running.push(done);
      return { reflector, handler, end, done };
    }

    /** The consumer's own picture, built only of what it was told, and the reflector's store both equal the server's list. */
    async function expectEqualToServer({ reflector, handler }: ReturnType<typeof start>) {
      const fresh = await collection.picture();
      await handler.until(() => JSON.stringify(handler.picture()) === JSON.stringify(fresh));
      expect(handler.picture()).toEqual(fresh);
      expect(pictureOf(reflector.objects())).toEqual(fresh);
    }

    const live = (started: ReturnType<typeof start>) =>
      started.handler.until(() => started.reflector.state.phase === 'live');

    it('tells everything there is once, from several pages, and then is live', async () => {
      const started = start();
      await live(started);
      await expectEqualToServer(started);
      expect(started.handler.told.map(([what]) => what)).toEqual(['syncing', 'replaced', 'live']);
      expect(started.reflector.lastContactAt).toBeGreaterThan(Date.now() - 60_000);
    });

    it('tells each thing that happens, in order and once', async () => {
      const [namespace] = collection.namespaces;
      const started = start();
      await live(started);
      started.handler.told.length = 0;
      await collection.put(namespace, 'passing', '1');
      await collection.put(namespace, 'passing', '2');
      await collection.delete(namespace, 'passing');
      await collection.put(namespace, 'passing', '3');
      await collection.delete(namespace, 'passing');
      await started.handler.until(() => started.handler.told.length >= 5);
      expect(started.handler.told).toEqual([
        ['added', `${namespace}/passing`, '1'],
        ['updated', `${namespace}/passing`, '2'],
        ['deleted', `${namespace}/passing`, '2'],
        ['added', `${namespace}/passing`, '3'],
        ['deleted', `${namespace}/passing`, '3'],
      ]);
      await expectEqualToServer(started);
    });

    it('catches up with what happened while contact was lost', async () => {
      const [namespace] = collection.namespaces;
      await collection.put(namespace, 'again', 'old');
      await collection.put(namespace, 'going', '1');
      const started = start();
      await live(started);
      started.handler.told.length = 0;
      collection.loseContact();
      await started.handler.until(() => started.reflector.state.phase === 'stale');
      await changeOneOfEach(namespace);
      collection.regainContact();
      await live(started);
      await expectEqualToServer(started);
      const told = started.handler.told.filter(([what]) => what !== 'stale' && what !== 'live');
      expect(told.filter(([, name]) => name === `${namespace}/again`)).toEqual([
        ['deleted', `${namespace}/again`, 'old'],
        ['added', `${namespace}/again`, 'new'],
      ]);
      expect(told.some(([what]) => what === 'replaced')).toBe(false);
    }, 60_000);

    it('lists again when history is lost, and tells late what was deleted or re-created meanwhile', async () => {
      const [namespace] = collection.namespaces;
      await collection.put(namespace, 'again', 'old');
      await collection.put(namespace, 'going', '1');
      const started = start();
      await live(started);
      started.handler.told.length = 0;
      collection.loseContact();
      await started.handler.until(() => started.reflector.state.phase === 'stale');
      await changeOneOfEach(namespace);
      await collection.forgetHistory();
      collection.regainContact();
      await started.handler.until(() => started.handler.told.some(([what]) => what === 'replaced'));
      await live(started);
      await expectEqualToServer(started);
      expect(started.handler.deletedLate).toEqual([`${namespace}/again old`, `${namespace}/going 1`]);
    }, 120_000);

    async function changeOneOfEach(namespace: string) {
      await collection.put(namespace, 'a', `changed ${Math.random()}`);
      await collection.put(namespace, `born-${Date.now()}`, '1');
      await collection.delete(namespace, 'going');
      await collection.delete(namespace, 'again');
      await collection.put(namespace, 'again', 'new');
    }

    it('goes on when the consumer throws, and counts it', async () => {
      const [namespace] = collection.namespaces;
      const thrown: unknown[] = [];
      const handler = new MirroringHandler();
      const failing = Object.assign(Object.create(handler) as MirroringHandler, {
        added: () => {
          throw new Error('not today');
        },
      });
      const started = start({ handler: failing, onHandlerError: (error) => thrown.push(error) });
      await live({ ...started, handler });
      await collection.put(namespace, 'unlucky', '1');
      await collection.put(namespace, 'unlucky', '2');
      await handler.until(() => handler.told.some(([what]) => what === 'updated'));
      expect(handler.told.at(-1)).toEqual(['updated', `${namespace}/unlucky`, '2']);
      expect(thrown).toEqual([new Error('not today')]);
      expect(started.reflector.handlerErrors).toBe(1);
      expect(pictureOf(started.reflector.objects())).toEqual(await collection.picture());
    });

    it('with several namespaces tells the first content when all of them were listed', async () => {
      const started = start({ namespaces: collection.namespaces });
      await live(started);
      await expectEqualToServer(started);
      expect(started.handler.told.filter(([what]) => what === 'replaced')).toHaveLength(1);
      const elsewhere = start({ namespaces: [collection.namespaces[1]] });
      await live(elsewhere);
      expect(elsewhere.handler.picture()).toEqual(
        (await collection.picture()).filter(([name]) => name.startsWith(`${collection.namespaces[1]}/`)),
      );
    });

    it('tells nothing more once stopped, be it live or waiting for contact', async () => {
      const [namespace] = collection.namespaces;
      const watching = start();
      const waiting = start();
      await live(watching);
      await live(waiting);
      watching.end.abort();
      await watching.done;
      collection.loseContact();
      await waiting.handler.until(() => waiting.reflector.state.phase === 'stale');
      waiting.end.abort();
      await waiting.done;
      collection.regainContact();
      const told = [watching.handler.told.length, waiting.handler.told.length];
      await collection.put(namespace, 'after', String(Math.random()));
      const witness = start();
      await live(witness);
      await expectEqualToServer(witness);
      expect([watching.handler.told.length, waiting.handler.told.length]).toEqual(told);
      expect(watching.handler.told.at(-1)).toEqual(['stopped', 'stopped']);
      expect(waiting.reflector.state.phase).toBe('stopped');
    }, 60_000);
  });
}
