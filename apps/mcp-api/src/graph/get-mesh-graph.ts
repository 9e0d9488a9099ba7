import { createHash } from 'node:crypto';
import { type CollectorPresence, GetMeshGraphResponse, TelemetryPhase } from '@mcp/contracts';
import { formatPosition } from '@mcp/events';
import { type SeenEdge, toJsonGraph } from '@mcp/graph';
import { CallRefused, invalidRequest, messageLimitBytes } from '@mcp/grpc';
import { type EncodedRates, requestsPerSecond, sampleOf, seenThroughPoll } from '../traffic/edge-rates.js';
import { encodeEntity } from './encoded-entity.js';
import type { GraphFeed } from './graph-feed.js';
import { toTime } from './graph-messages.js';
import { pageOf, parsePageToken, type FilteredGraph } from './graph-pages.js';
import type { VisibleNamespaces } from '@mcp/mesh';
import { mapInSlices } from '@mcp/runtime';
import type { NamespaceFilter } from './namespace-filter.js';
import type { PastGraphs } from './past-graphs.js';
import { seenGraph } from './seen-graph.js';
import { decoded, sourcesOf } from './sources.js';

export interface GraphQuestion {
  readonly filter: NamespaceFilter;
  /** Empty: now. */
  readonly at: string;
  readonly visible: VisibleNamespaces;
}

/** Graphs that someone is paging through: each is a list of entities that others hold as well. */
const keptGraphs = 16;

/** Answers about the graph, now or at a position. Answers are encoded. */
export class GetMeshGraph {
  /** By position and filter, the one used last at the end. */
  readonly #paged = new Map<string, FilteredGraph>();

  constructor(
    private readonly feed: GraphFeed,
    private readonly pasts: PastGraphs,
    private readonly collector: { readonly presence: CollectorPresence },
    private readonly rates: { readonly current: EncodedRates | undefined },
  ) {}

  /** The JSON form, whole. Fails with ANSWER_TOO_LARGE beyond what clients accept. */
  async json(question: GraphQuestion, signal: AbortSignal): Promise<Uint8Array> {
    const graph = await this.#graph(question, 'at', signal);
    const followed = sourcesOf(decoded(graph.entities));
    const live = followed.telemetry?.phase === TelemetryPhase.TELEMETRY_PHASE_LIVE;
    const poll = question.at === '' && live ? this.rates.current?.poll : undefined;
    const rps = (edge: SeenEdge) => requestsPerSecond((poll && sampleOf(edge, poll)) ?? {});
    const json = toJsonGraph(decoded(graph.entities), rps);
    const answer = GetMeshGraphResponse.encode({
      jsonGraph: JSON.stringify(json),
      position: graph.position,
      recordedAt: toTime(graph),
      ...followed,
      entities: [],
      rates: poll && { seen: seenThroughPoll(poll), rates: [] },
      nextPageToken: '',
      collector: this.collector.presence,
    }).finish();
    if (answer.byteLength <= messageLimitBytes) return answer;
    throw new CallRefused(
      'ANSWER_TOO_LARGE',
      `the graph as JSON has ${answer.byteLength} bytes, a message may have ${messageLimitBytes}: ` +
        'name fewer namespaces in `namespaces`, or ask for GRAPH_FORM_TYPED, which is paged',
      { facts: { bytes: String(answer.byteLength), limit: String(messageLimitBytes) } },
    );
  }

  /** One page of the typed form. All pages of one token's line are of one position. */
  async page(
    question: GraphQuestion & {
      readonly pageBytes: number;
      readonly pageToken: string;
      readonly includeRates: boolean;
    },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const token = parsePageToken(question.pageToken);
    const filterKey = filterKeyOf(question);
    if (token !== undefined && token.filterKey !== filterKey) {
      throw invalidRequest([
        { field: 'page_token', description: 'belongs to other namespaces, or you may see others since' },
      ]);
    }
    if (token !== undefined && question.at !== '' && question.at !== token.position) {
      throw invalidRequest([{ field: 'page_token', description: 'belongs to another position' }]);
    }
    const at = token?.position ?? question.at;
    const field = token === undefined ? 'at' : 'page_token';
    const graph =
      this.#paged.get(pagedKey(at, filterKey)) ?? (await this.#graph({ ...question, at }, field, signal));
    const asked = {
      bytes: question.pageBytes,
      after: token,
      ...(question.includeRates && { rates: this.rates.current ?? ('unknown' as const) }),
    };
    const page = pageOf(graph, asked, this.collector.presence);
    this.#paged.delete(pagedKey(graph.position, filterKey));
    if (!page.last) this.#keep(graph);
    return page.message;
  }

  #keep(graph: FilteredGraph): void {
    this.#paged.set(pagedKey(graph.position, graph.filterKey), graph);
    for (const oldest of this.#paged.keys()) {
      if (this.#paged.size <= keptGraphs) break;
      this.#paged.delete(oldest);
    }
  }

  /** `field`: where the request has the position. */
  async #graph(question: GraphQuestion, field: string, signal: AbortSignal): Promise<FilteredGraph> {
    const { filter, at, visible } = question;
    const graph = await this.#whole(at, filter, field, signal);
    const filterKey = filterKeyOf(question);
    return visible.areAll
      ? { ...graph, filterKey }
      : { ...graph, filterKey, entities: await seenGraph(graph.entities, visible, filter) };
  }

  async #whole(
    at: string,
    filter: NamespaceFilter,
    field: string,
    signal: AbortSignal,
  ): Promise<Omit<FilteredGraph, 'filterKey'>> {
    const { published } = this.feed;
    if (at === '' || at === published.position) {
      const { position, recordedAt } = published;
      return { position, recordedAt, entities: published.entities(filter) };
    }
    const { state, position, recordedAt } = await this.pasts.at(at, field, signal);
    const entities = await mapInSlices(state.entities(filter), encodeEntity);
    return { position: formatPosition(position), recordedAt, entities };
  }
}

/** Equal for graphs through the same filter, to callers who see the same. What they see is only told as a digest: there may be many. */
function filterKeyOf({ filter, visible }: Pick<GraphQuestion, 'filter' | 'visible'>): string {
  if (visible.areAll) return filter.key;
  return `${filter.key} ${createHash('sha256').update(visible.key).digest('base64')}`;
}

function pagedKey(position: string, filterKey: string): string {
  return `${position} ${filterKey}`;
}
