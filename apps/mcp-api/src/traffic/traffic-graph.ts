import type { CollectorPresence, TrafficBasis } from '@mcp/contracts';
import { formatPosition } from '@mcp/events';
import { type MeshGraph, seenEntity } from '@mcp/graph';
import { VisibleNamespaces } from '@mcp/mesh';
import type { FoldedState } from '@mcp/projections';
import type { Following } from '../following.js';
import { toTime } from '../graph/graph-messages.js';
import { stepInSlices } from '@mcp/runtime';
import type { PastGraphs } from '../graph/past-graphs.js';
import { sourcesOf } from '../graph/sources.js';
import { seenThroughPoll } from './edge-rates.js';
import type { NewestPoll } from './newest-poll.js';

/** The graph at one place, for answers about traffic. To be read at once: where it is the one of now, the next event may change it. */
export interface TrafficGraph {
  readonly graph: MeshGraph;
  readonly basis: TrafficBasis;
}

/** Gives the graph of now, or of a position, with what an answer made of it is true of. */
export class TrafficGraphs {
  constructor(
    private readonly following: Following<MeshGraph>,
    private readonly pasts: PastGraphs,
    private readonly newest: NewestPoll,
    private readonly collector: { readonly presence: CollectorPresence },
  ) {}

  /** The graph is whole, whatever may be seen; what the answer stands on is told without what may not. */
  async now(visible = VisibleNamespaces.all): Promise<TrafficGraph> {
    await stepInSlices(this.following.now.state.derive());
    return this.#with(this.following.now, true, visible);
  }

  /** `at` empty: now. Fails as `PastGraphs.at` does. */
  async at(at: string, visible: VisibleNamespaces, signal: AbortSignal): Promise<TrafficGraph> {
    return at === '' ? this.now(visible) : this.#with(await this.pasts.at(at, 'at', signal), false, visible);
  }

  #with(
    { state, position, recordedAt }: FoldedState<MeshGraph>,
    now: boolean,
    visible: VisibleNamespaces,
  ): TrafficGraph {
    const meshWide = [...state.meshWide()].flatMap((entity) => seenEntity(entity, visible) ?? []);
    const { sources, telemetry } = sourcesOf(meshWide);
    const poll = now ? this.newest.current : undefined;
    const basis = {
      position: formatPosition(position),
      recordedAt: toTime({ position: '', recordedAt }),
      sources,
      collector: this.collector.presence,
    };
    return { graph: state, basis: { basis, telemetry, seen: poll && seenThroughPoll(poll) } };
  }
}
