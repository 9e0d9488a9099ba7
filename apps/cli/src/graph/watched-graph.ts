import type { Entity, EdgeRate, WatchMeshGraphResponse } from '@mcp/contracts';
import { numberText, timeText } from '../output/in-words.js';
import type { Paint } from '../output/paint.js';

/** Tells a stream of the graph in lines. Knows which keys there are, and so what is new. */
export class WatchedGraph {
  readonly #keys = new Set<string>();
  #incoming: Set<string> | undefined;

  constructor(private readonly paint: Paint) {}

  linesOf({ message, recordedAt, position }: WatchMeshGraphResponse): readonly string[] {
    const at = this.paint('faint', timeText(recordedAt));
    switch (message?.$case) {
      case 'snapshot': {
        const { first, last, entities, resync, resyncReason } = message.snapshot;
        if (first) this.#incoming = new Set();
        for (const { key } of entities) this.#incoming?.add(key);
        const begins = first && resync ? [`the graph begins anew: ${resyncReason}`] : [];
        return last ? [...begins, `${at} ${this.#replaced()} things at position ${position}`] : begins;
      }
      case 'delta': {
        const { upserted, removed } = message.delta;
        return [
          ...upserted.map((entity) => `${at} ${this.#upserted(entity)}`),
          ...removed.map((key) => `${at} ${this.#removed(key)}`),
        ];
      }
      case 'skipped':
        return [`${message.skipped.deltas} changes were not told one by one; the whole graph follows`];
      case 'rates': {
        const { changed, unknown, seen } = message.rates;
        const asOf = this.paint('faint', timeText(seen?.asOf));
        return [
          ...changed.map((rate) => `${asOf} rate     ${rateText(rate)}`),
          ...unknown.map((key) => `${asOf} rate     ${key}  not known any more`),
        ];
      }
      case 'heartbeat':
      case undefined:
        return [];
    }
  }

  #replaced(): number {
    this.#keys.clear();
    for (const key of this.#incoming ?? []) this.#keys.add(key);
    this.#incoming = undefined;
    return this.#keys.size;
  }

  #upserted({ key, entity }: Entity): string {
    const known = this.#keys.has(key);
    this.#keys.add(key);
    const detail = detailOf(entity);
    const what = known ? this.paint('doubtful', 'changed ') : this.paint('good', 'added   ');
    return `${what} ${key}${detail === '' ? '' : `  ${detail}`}`;
  }

  #removed(key: string): string {
    this.#keys.delete(key);
    return `${this.paint('bad', 'removed ')} ${key}`;
  }
}

/** What a person looks for first in what changed. */
function detailOf(entity: Entity['entity']): string {
  switch (entity?.$case) {
    case 'workload':
      return `${entity.workload.readyPods}/${entity.workload.pods} ready, ${entity.workload.meshedPods} meshed`;
    case 'policyObject': {
      const { desired } = entity.policyObject;
      return desired === undefined ? '' : `change ${desired.changeId}`;
    }
    case 'source':
      return entity.source.reason;
    case 'telemetry':
      return entity.telemetry.reason;
    default:
      return '';
  }
}

function rateText({ edge, sample }: EdgeRate): string {
  const known = [sample?.successPerSecond, sample?.failurePerSecond].filter((rate) => rate !== undefined);
  const sum = known.length === 0 ? undefined : known.reduce((total, rate) => total + rate, 0);
  return `${edge}  ${numberText(sum, '/s')}  p95 ${numberText(sample?.p95Ms, ' ms')}`;
}
