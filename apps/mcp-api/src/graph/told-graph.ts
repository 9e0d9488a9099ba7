import type { Located } from '@mcp/graph';
import { type EncodedRates, sampleOf, seenThroughPoll } from '../traffic/edge-rates.js';
import { RateBulletin } from '../traffic/rate-bulletin.js';
import { nothingTold, RateNews, type ToldRates } from '../traffic/told-rates.js';
import type { EncodedEntity } from './encoded-entity.js';
import { deltaMessage, openingMessage, type PlaceInTime } from './graph-messages.js';
import { largestPageBytes } from './graph-pages.js';
import { namespaceFilter } from './namespace-filter.js';
import { snapshotChunks } from './snapshot-chunks.js';

/** With the rates too; those of no poll where none is known. */
export interface TrafficTold {
  readonly rates: EncodedRates | undefined;
}

/** What brings a watcher from what it was told to another graph: nothing where it has it. */
export interface GraphNews {
  readonly messages: readonly Uint8Array[];
  /** What it was told once it has the messages. */
  readonly told: ToldGraph;
}

/** The graph as one watcher was told it. It does not change. */
export class ToldGraph {
  constructor(
    private readonly before:
      | { readonly entities: ReadonlyMap<string, EncodedEntity>; readonly rates: ToldRates }
      | { readonly resyncReason: string },
  ) {}

  /** A reason says why all is told first to one that may have something; empty for one that has nothing. */
  static nothing(resyncReason: string): ToldGraph {
    return new ToldGraph({ resyncReason });
  }

  async tell(
    graph: readonly EncodedEntity[],
    at: PlaceInTime,
    traffic: TrafficTold | undefined,
  ): Promise<GraphNews> {
    if ('resyncReason' in this.before) return wholeNews(graph, at, traffic, this.before.resyncReason);
    const { entities: before, rates } = this.before;
    const entities = byKeys(graph);
    const upserted = graph.filter((entity) => !equal(before.get(entity.key), entity));
    const removed = [...before.values()].filter(({ key }) => !entities.has(key));
    if (sizeOf(upserted, removed) > largestPageBytes)
      return wholeNews(graph, at, traffic, 'more has changed than fits a message');
    const delta = upserted.length + removed.length === 0 ? [] : [deltaMessage({ upserted, removed }, at)];
    const told = ratesAfter(rates, graph, traffic);
    return {
      messages: [...delta, ...(traffic ? bulletinOf(told, traffic).news(everything) : [])],
      told: new ToldGraph({ entities, rates: told }),
    };
  }
}

async function wholeNews(
  graph: readonly EncodedEntity[],
  at: PlaceInTime,
  traffic: TrafficTold | undefined,
  resyncReason: string,
): Promise<GraphNews> {
  const rates = ratesAfter(nothingTold, graph, traffic);
  return {
    messages: [
      openingMessage(resyncReason),
      ...(await snapshotChunks(graph, at)),
      ...(traffic ? bulletinOf(rates, traffic).whole(everything) : []),
    ],
    told: new ToldGraph({ entities: byKeys(graph), rates }),
  };
}

function ratesAfter(
  before: ToldRates,
  graph: readonly EncodedEntity[],
  traffic: TrafficTold | undefined,
): ToldRates {
  const poll = traffic?.rates?.poll;
  const news = new RateNews(before);
  for (const { key, namespaces, entity } of graph) {
    const sample = entity.kind === 'Edge' && poll ? sampleOf(entity, poll) : undefined;
    if (sample !== undefined) news.edge({ key, namespaces }, sample);
  }
  return news.told();
}

function bulletinOf(rates: ToldRates, { rates: encoded }: TrafficTold): RateBulletin {
  return new RateBulletin(rates, encoded && seenThroughPoll(encoded.poll));
}

function byKeys(graph: readonly EncodedEntity[]): ReadonlyMap<string, EncodedEntity> {
  return new Map(graph.map((entity) => [entity.key, entity]));
}

const everything = namespaceFilter([]);

function equal(a: EncodedEntity | undefined, b: EncodedEntity): boolean {
  return a !== undefined && (a === b || Buffer.compare(a.bytes, b.bytes) === 0);
}

function sizeOf(upserted: readonly EncodedEntity[], removed: readonly Located[]): number {
  const added = upserted.reduce((sum, { bytes }) => sum + bytes.byteLength, 0);
  return removed.reduce((sum, { key }) => sum + key.length, added);
}
