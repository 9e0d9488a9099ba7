import { EdgeSeries, GetTrafficResponse, NewestRoutes, SeriesResolution as Resolution } from '@mcp/contracts';
import type { SeriesAnswer, SeriesPoint, SeriesResolution } from '@mcp/event-log';
import {
  edgeIdOfKey,
  edgeKey,
  endsOfKey,
  hasHiddenEnd,
  joinedEdges,
  joinedSample,
  type MeshGraph,
  seenEntity,
  type SeenEdge,
} from '@mcp/graph';
import { CallRefused } from '@mcp/grpc';
import { formatTrafficEnd, type VisibleNamespaces, withoutHidden, type WorkloadRef } from '@mcp/mesh';
import { largestPageBytes } from '../graph/graph-pages.js';
import { findWorkload, mustSee, seenMesh } from '../policy-answers/find-in-mesh.js';
import { questionKey } from '../policy-answers/thread/page-token.js';
import { edgeToProto } from '../to-proto/edge.to-proto.js';
import { holesIn, stepOf, type SeriesStep, type TimeRange } from './holes.js';
import { formatPlace, parsePlace } from './page-place.js';
import type { NewestPoll } from './newest-poll.js';
import { routesOfClient, routesOfEdge } from './newest-routes.js';
import type { Samples } from './samples.js';
import type { TrafficGraphs } from './traffic-graph.js';

export interface SeriesQuestion {
  /** Key of an edge; empty: all edges of the workload. */
  readonly edge: string;
  readonly workload?: WorkloadRef;
  readonly from?: Date;
  readonly to?: Date;
  readonly resolution: Resolution;
  /** 0: as much as fits. */
  readonly pageBytes: number;
  readonly pageToken: string;
}

const hourMs = 3_600_000;

/** Edges whose samples are read at once: some 2 MB for an hour of polls. */
const edgesAtOnce = 64;

/** Answers how much traffic was measured. Answers are encoded. */
export class EdgeSeriesAnswers {
  constructor(
    private readonly graphs: TrafficGraphs,
    private readonly samples: Pick<Samples, 'read'>,
    private readonly newest: Pick<NewestPoll, 'current'>,
    private readonly now: () => number = Date.now,
  ) {}

  /** Edges to and from what may not be seen are told as in the graph: together. Fails with EDGE_NOT_FOUND, as `findWorkload` does, with INVALID_REQUEST for a page token of something else, and with LOG_UNAVAILABLE. */
  async series(question: SeriesQuestion, visible: VisibleNamespaces): Promise<Uint8Array> {
    const { edge, workload, from: begin, to: end, pageBytes, pageToken } = question;
    const asked = questionKey([edge, workload, begin, end, question.resolution, visible.key]);
    const place = parsePlace(pageToken, asked, isPlace);
    const { graph, basis } = await this.graphs.now(visible);
    const { edges, client } =
      workload === undefined ? edgeOf(graph, edge, visible) : edgesOf(graph, workload, visible);
    const routes = place === undefined ? withoutHidden(this.#routesOf(edges, client), visible) : undefined;
    const left = edges.filter(({ key }) => place === undefined || edgeIdOfKey(key) > place[0]);
    const range = place === undefined ? this.#rangeOf(begin, end) : { from: place[1], to: place[2] };
    const resolution = fromProto[question.resolution];
    const bytes = (pageBytes === 0 ? largestPageBytes : pageBytes) - sizeOf(routes);
    const page = await this.#page(left, range, resolution, bytes);
    return GetTrafficResponse.encode({
      basis,
      from: new Date(range.from),
      to: new Date(range.to),
      resolution: page.resolution === undefined ? question.resolution : toProto[page.resolution],
      series: page.series,
      nextPageToken: page.next === undefined ? '' : formatPlace(asked, [page.next, range.from, range.to]),
      damagedPages: page.damagedPages,
      routes,
    }).finish();
  }

  #routesOf(edges: readonly AskedEdge[], client: WorkloadRef | undefined): NewestRoutes | undefined {
    if (client !== undefined) return routesOfClient(this.newest.current, client);
    const [only] = edges;
    return only && routesOfEdge(this.newest.current, only.value);
  }

  #rangeOf(begin: Date | undefined, end: Date | undefined): TimeRange {
    const to = end?.getTime() ?? this.now();
    return { from: begin?.getTime() ?? to - hourMs, to };
  }

  async #page(
    edges: readonly AskedEdge[],
    range: TimeRange,
    resolution: SeriesResolution | undefined,
    bytes: number,
  ): Promise<SeriesPage> {
    const page: GrowingPage = { series: [], resolution: undefined, damagedPages: 0, next: undefined };
    let size = 0;
    for (let start = 0; start < edges.length; start += edgesAtOnce) {
      const some = edges.slice(start, start + edgesAtOnce);
      const answer = await this.#read(some, range, resolution);
      page.resolution = answer.resolution;
      page.damagedPages += answer.damagedPages;
      const step = stepOf(answer.resolution, answer.points.values());
      for (const edge of some) {
        const series = seriesOf(edge, answer.points.get(edge.key) ?? [], range, step);
        size += EdgeSeries.encode(series).finish().byteLength + overheadBytes;
        const last = page.series.at(-1);
        if (size > bytes && last !== undefined) return { ...page, next: edgeIdOfKey(last.key) };
        page.series.push(series);
      }
    }
    return page;
  }

  /** By the key of the edge. */
  async #read(
    edges: readonly AskedEdge[],
    range: TimeRange,
    resolution: SeriesResolution | undefined,
  ): Promise<SeriesAnswer> {
    const points = new Map<string, readonly SeriesPoint[]>();
    let read = { resolution: resolution ?? 'poll', damagedPages: 0 };
    const all = edges.flatMap(({ key, value, standsFor = [edgeIdOfKey(key)] }) =>
      standsFor.map((id) => ({ id, key, isHidden: hasHiddenEnd(value) })),
    );
    for (let start = 0; start < all.length; start += edgesAtOnce) {
      const some = all.slice(start, start + edgesAtOnce);
      const answer = await this.samples.read({
        edges: some.map(({ id }) => id),
        ...range,
        ...(resolution !== undefined && { resolution }),
      });
      read = { ...answer, damagedPages: read.damagedPages + answer.damagedPages };
      for (const { id, key, isHidden } of some) {
        const [known, more] = [points.get(key), answer.points.get(id) ?? []];
        points.set(key, isHidden ? joinedPoints(known, more) : more);
      }
    }
    return { ...read, points };
  }
}

/** A tag and a length. */
const overheadBytes = 5;

interface SeriesPage {
  readonly series: readonly EdgeSeries[];
  /** Undefined where nothing was read. */
  readonly resolution: SeriesResolution | undefined;
  readonly damagedPages: number;
  /** The last edge of the page, where there are more. */
  readonly next: string | undefined;
}

type GrowingPage = { -readonly [K in Exclude<keyof SeriesPage, 'series'>]: SeriesPage[K] } & {
  readonly series: EdgeSeries[];
};

type AskedEdge = Pick<SeenEdge, 'key' | 'value' | 'standsFor'>;

interface Asked {
  /** By key. */
  readonly edges: readonly AskedEdge[];
  /** The workload whose edges they are. */
  readonly client?: WorkloadRef;
}

function sizeOf(routes: NewestRoutes | undefined): number {
  return routes === undefined ? 0 : NewestRoutes.encode(routes).finish().byteLength + overheadBytes;
}

function edgeOf(graph: MeshGraph, key: string, visible: VisibleNamespaces): Asked {
  // what a key stands for is among what its visible end has
  const ids = visible.areAll
    ? [edgeIdOfKey(key)]
    : endsOfKey(key).flatMap((end) => [...graph.facts.edges.at(end)]);
  const edges = seenOf(graph, [...new Set(ids)], visible).filter((edge) => edge.key === key);
  if (edges.length > 0) return { edges };
  const description = `there is no edge ${key}; GetCallGraph and GetMeshGraph tell the keys of those that there are`;
  throw new CallRefused('EDGE_NOT_FOUND', description, { violations: [{ field: 'edge', description }] });
}

/** Those of the log, whether or not their ends are still there; by id. */
function edgesOf(graph: MeshGraph, asked: WorkloadRef, visible: VisibleNamespaces): Asked {
  mustSee(graph.meshView(), visible, asked.namespace, 'workload.namespace');
  const known = knownAt(graph, asked, visible);
  if (known.length > 0) return { edges: known, client: asked };
  const found = findWorkload(seenMesh(graph.meshView(), visible), asked, 'workload');
  return 'outOfScope' in found
    ? { edges: [] }
    : { edges: knownAt(graph, found.ref, visible), client: found.ref };
}

function knownAt(graph: MeshGraph, workload: WorkloadRef, visible: VisibleNamespaces): readonly AskedEdge[] {
  const ids = [...graph.facts.edges.at(formatTrafficEnd({ kind: 'workload', workload }))].sort();
  return seenOf(graph, ids, visible);
}

/** Those that there are, by key. To who does not see all, those whose ends there are, and as the graph shows them. */
function seenOf(graph: MeshGraph, ids: readonly string[], visible: VisibleNamespaces): readonly AskedEdge[] {
  if (!visible.areAll) {
    const seen = ids.flatMap((id) => graph.edge(id) ?? []).map((edge) => seenEntity(edge, visible));
    return joinedEdges(seen.flatMap((edge) => (edge?.kind === 'Edge' ? edge : [])));
  }
  return ids.flatMap((id) => {
    const value = graph.facts.edges.get(id);
    return value === undefined ? [] : { key: edgeKey(id), value };
  });
}

/** Of the times at which all were measured; `known`: what is known of those before, undefined for the first. */
function joinedPoints(
  known: readonly SeriesPoint[] | undefined,
  points: readonly SeriesPoint[],
): readonly SeriesPoint[] {
  const others = known && new Map(known.map((point) => [point.at, point]));
  return points.flatMap((point) => {
    const other = others?.get(point.at);
    if (others !== undefined && other === undefined) return [];
    const both = other === undefined ? [point] : [other, point];
    const sample = joinedSample(both.map((one) => one.sample));
    return sample === undefined
      ? []
      : { at: point.at, polls: Math.min(...both.map(({ polls }) => polls)), sample };
  });
}

function seriesOf(
  { key, value }: AskedEdge,
  known: readonly SeriesPoint[],
  range: TimeRange,
  step: SeriesStep | undefined,
): EdgeSeries {
  return {
    key,
    edge: edgeToProto(value),
    points: known.map(({ at, polls, sample }) => ({ at: new Date(at), polls, sample })),
    holes: holesIn(known, range, step).map(({ from, to }) => ({ from: new Date(from), to: new Date(to) })),
  };
}

/** The last edge of the page before, and the range of the first page. */
function isPlace(parts: readonly unknown[]): parts is readonly [after: string, from: number, to: number] {
  const [after, from, to] = parts;
  return (
    parts.length === 3 &&
    typeof after === 'string' &&
    Number.isSafeInteger(from) &&
    Number.isSafeInteger(to) &&
    Number(from) < Number(to)
  );
}

const fromProto: Readonly<Record<Resolution, SeriesResolution | undefined>> = {
  [Resolution.SERIES_RESOLUTION_UNSPECIFIED]: undefined,
  [Resolution.SERIES_RESOLUTION_POLL]: 'poll',
  [Resolution.SERIES_RESOLUTION_MINUTE]: 'minute',
  [Resolution.SERIES_RESOLUTION_HOUR]: 'hour',
};

const toProto: Readonly<Record<SeriesResolution, Resolution>> = {
  poll: Resolution.SERIES_RESOLUTION_POLL,
  minute: Resolution.SERIES_RESOLUTION_MINUTE,
  hour: Resolution.SERIES_RESOLUTION_HOUR,
};
