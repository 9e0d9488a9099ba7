import { EdgeRate, type SeenThrough } from '@mcp/contracts';
import type { TrafficPoll } from '@mcp/event-log';
import { edgeIdOfKey, hasHiddenEnd, joinedSample, type SeenEdge } from '@mcp/graph';
import type { EdgeSample } from '@mcp/mesh';
import type { EncodedEntity } from '../graph/encoded-entity.js';
import { seenThroughToProto } from '../to-proto/edge.to-proto.js';

/** The rates of one poll, each encoded once, whoever gets it. */
export class EncodedRates {
  readonly #byKey = new Map<string, Uint8Array>();

  constructor(readonly poll: TrafficPoll) {}

  /** Undefined for what is no edge, and where the poll does not tell of it. */
  of({ key, entity }: Pick<EncodedEntity, 'key' | 'entity'>): Uint8Array | undefined {
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const sample = entity.kind === 'Edge' ? sampleOf(entity, this.poll) : undefined;
    if (sample === undefined) return undefined;
    const bytes = EdgeRate.encode({ edge: key, sample }).finish();
    // what a key stands for hangs on who asks
    if (entity.kind === 'Edge' && entity.standsFor !== undefined) return bytes;
    this.#byKey.set(key, bytes);
    return bytes;
  }
}

/** Undefined where the poll does not tell of all that the edge stands for. */
export function sampleOf({ key, value, standsFor }: SeenEdge, poll: TrafficPoll): EdgeSample | undefined {
  const ids = standsFor ?? [edgeIdOfKey(key)];
  const samples = ids.map((id) => poll.edges.get(id));
  return hasHiddenEnd(value) ? joinedSample(samples) : samples[0];
}

export function seenThroughPoll({ at: asOf, ...through }: TrafficPoll): SeenThrough {
  return seenThroughToProto({ asOf, ...through });
}

/**
 * Undefined where neither is known. A proxy has no counter of what never happened: where one of the two is known, the other one is
 * unknown because there was none.
 */
export function requestsPerSecond({ successPerSecond, failurePerSecond }: EdgeSample): number | undefined {
  if (successPerSecond === undefined && failurePerSecond === undefined) return undefined;
  return (successPerSecond ?? 0) + (failurePerSecond ?? 0);
}
