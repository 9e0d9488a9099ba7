import { describe, expect, it } from '@jest/globals';
import { Entity, WatchMeshGraphResponse } from '@mcp/contracts';
import fc from 'fast-check';
import { encodeEntity, type EncodedEntity } from './encoded-entity.js';
import { ToldGraph } from './told-graph.js';

const at = { position: 'log.7', recordedAt: 7 };

const graphs = fc
  .dictionary(fc.constantFrom('bank', 'blog', 'shop'), fc.constantFrom('a', 'b'))
  .map((labels) => Object.entries(labels).map(([name, team]) => namespace(name, team)));

function namespace(name: string, team: string): EncodedEntity {
  const value = { name, labels: { team }, annotations: {} };
  return encodeEntity({ kind: 'Namespace', key: `Namespace/${name}`, namespaces: [name], value } as never);
}

/** What a client has after the messages. */
function after(had: ReadonlyMap<string, Entity>, messages: readonly Uint8Array[]): Map<string, Entity> {
  const has = new Map(had);
  for (const { message } of messages.map((bytes) => WatchMeshGraphResponse.decode(bytes)))
    if (message?.$case === 'snapshot') {
      if (message.snapshot.first) has.clear();
      for (const entity of message.snapshot.entities) has.set(entity.key, entity);
    } else if (message?.$case === 'delta') {
      for (const key of message.delta.removed) expect(has.delete(key)).toBe(true);
      for (const entity of message.delta.upserted) has.set(entity.key, entity);
    }
  return has;
}

const told = (graph: readonly EncodedEntity[]) =>
  new Map(graph.map(({ key, bytes }) => [key, Entity.decode(bytes)]));

describe('what a watcher is told', () => {
  it('brings it from any graph to any other, and is nothing where it has it', () =>
    fc.assert(
      fc.asyncProperty(fc.array(graphs, { minLength: 1 }), async (story) => {
        let had = new Map<string, Entity>();
        let so = ToldGraph.nothing('');
        for (const graph of story) {
          const news = await so.tell(graph, at, undefined);
          had = after(had, news.messages);
          expect(had).toEqual(told(graph));
          const again = graph.map((entity) => ({ ...entity }));
          expect((await news.told.tell(again, at, undefined)).messages).toEqual([]);
          so = news.told;
        }
      }),
    ));

  it('is the same again to one that did not get it', async () => {
    const before = (await ToldGraph.nothing('').tell([namespace('shop', 'a')], at, undefined)).told;
    const next = [namespace('bank', 'a')];
    const { messages } = await before.tell(next, at, undefined);
    expect((await before.tell(next, at, undefined)).messages).toEqual(messages);
    expect(after(told([namespace('shop', 'a')]), messages)).toEqual(told(next));
  });

  it('is all of it where more has changed than fits a message', async () => {
    const large = [namespace('shop', 'a'.repeat(2_000_000)), namespace('bank', 'b'.repeat(2_000_000))];
    const before = (await ToldGraph.nothing('').tell([namespace('blog', 'a')], at, undefined)).told;
    const { messages } = await before.tell(large, at, undefined);
    expect(WatchMeshGraphResponse.decode(messages[0]!).message).toMatchObject({
      snapshot: { first: true, resync: true, resyncReason: 'more has changed than fits a message' },
    });
    expect(after(told([namespace('blog', 'a')]), messages)).toEqual(told(large));
  });
});
