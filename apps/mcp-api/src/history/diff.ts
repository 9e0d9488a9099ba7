import {
  type AnswerBasis,
  DiffKind,
  type DiffResponse,
  EntityChange,
  ReachChange,
  type CollectorPresence,
  Verdict as ToldVerdict,
} from '@mcp/contracts';
import type { EventLog } from '@mcp/event-log';
import { formatPosition } from '@mcp/events';
import { changesBetween, type MeshGraph, type SeenEntity, seenSource } from '@mcp/graph';
import { invalidRequest } from '@mcp/grpc';
import type { VisibleNamespaces } from '@mcp/mesh';
import { type KnownCaller, PolicyIndex, Standing, type Verdict } from '@mcp/policy';
import type { FoldedState } from '@mcp/projections';
import { mapInSlices, resultInSlices } from '@mcp/runtime';
import { seenClient } from '@mcp/traffic';
import { toTime } from '../graph/graph-messages.js';
import { largestPageBytes } from '../graph/graph-pages.js';
import type { PastGraphs } from '../graph/past-graphs.js';
import { seenEntities } from '../graph/seen-graph.js';
import { sourcesOf } from '../graph/sources.js';
import type { LedgerAtPosition } from '../policy-answers/ledger-at.js';
import { questionKey } from '../policy-answers/thread/page-token.js';
import { positionFrom, withPositionOf } from '../position-from.js';
import { verdictToProto } from '../to-proto/decision.to-proto.js';
import { seenCallerToProto } from '../to-proto/denial.to-proto.js';
import { entityChangeToProto } from '../to-proto/entity-change.to-proto.js';
import { formatPlace, parsePlace } from '../traffic/page-place.js';

/** A position, or a time; neither: now. */
export interface AskedMoment {
  readonly position: string;
  readonly time: Date | undefined;
}

export interface DiffQuestion {
  readonly from: AskedMoment;
  readonly to: AskedMoment;
  /** Empty: all. */
  readonly namespaces: readonly string[];
  /** 0: as much as fits. */
  readonly pageBytes: number;
  readonly pageToken: string;
}

interface Asked {
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly visible: VisibleNamespaces;
}

/** All of an answer, before it is cut into pages. */
interface WholeDiff {
  readonly first: Pick<DiffResponse, 'from' | 'to' | 'added' | 'removed' | 'changed' | 'callers'>;
  readonly changes: readonly EntityChange[];
  readonly reach: readonly ReachChange[];
}

/** Answers that someone is paging through. */
const kept = 4;

/** A tag and a length. */
const overheadBytes = 5;

/** Answers what is different between two moments of the mesh. */
export class Diff {
  /** By the two positions and the namespaces, the one used last at the end. */
  readonly #kept = new Map<string, Promise<WholeDiff>>();

  constructor(
    private readonly log: Pick<EventLog, 'head' | 'positionAt'>,
    private readonly graphs: PastGraphs,
    private readonly ledgers: LedgerAtPosition,
    private readonly collector: { readonly presence: CollectorPresence },
  ) {}

  /** Fails with INVALID_REQUEST, and as `PastGraphs.at` does for each moment. */
  async page(
    { pageBytes, pageToken, ...asked }: DiffQuestion,
    visible: VisibleNamespaces,
    signal: AbortSignal,
  ): Promise<DiffResponse> {
    const question = questionKey([asked, visible.key]);
    const place = parsePlace(pageToken, question, isPlace);
    const from = place?.[0] ?? (await this.#positionOf('from', asked.from));
    const to = place?.[1] ?? (await this.#positionOf('to', asked.to));
    if (sequenceOf(from, 'from') > sequenceOf(to, 'to'))
      throw invalidRequest([{ field: 'from', description: 'must not be later than to' }]);
    const whole = await this.#whole(from, to, { namespaces: asked.namespaces, visible }, signal);
    const start = place?.[2] ?? 0;
    const { changes, reach, next } = cut(whole, start, pageBytes === 0 ? largestPageBytes : pageBytes);
    return {
      ...(start === 0 ? whole.first : { ...whole.first, added: 0, removed: 0, changed: 0, callers: 0 }),
      ...{ changes, reach },
      nextPageToken: next === undefined ? '' : formatPlace(question, [from, to, next]),
    };
  }

  async #positionOf(field: 'from' | 'to', { position, time }: AskedMoment): Promise<string> {
    if (position !== '') return position;
    if (time === undefined) return formatPosition(await this.log.head());
    return withPositionOf(`${field}_time`, async () =>
      formatPosition(await this.log.positionAt(time.getTime())),
    );
  }

  async #whole(from: string, to: string, asked: Asked, signal: AbortSignal): Promise<WholeDiff> {
    const key = JSON.stringify([from, to, asked.namespaces, asked.visible.key]);
    const known = this.#kept.get(key);
    const whole = known ?? this.#compare(from, to, asked, signal);
    this.#kept.delete(key);
    this.#kept.set(key, whole);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= kept) break;
      this.#kept.delete(oldest);
    }
    try {
      return await whole;
    } catch (error) {
      if (this.#kept.get(key) === whole) this.#kept.delete(key);
      // it was given up by who asked first
      if (known !== undefined && !signal.aborted) return this.#whole(from, to, asked, signal);
      throw error;
    }
  }

  async #compare(from: string, to: string, asked: Asked, signal: AbortSignal): Promise<WholeDiff> {
    const before = await this.graphs.at(from, 'from', signal);
    const after = await this.graphs.at(to, 'to', signal);
    const found = await resultInSlices(
      changesBetween(await entitiesOf(before, asked), await entitiesOf(after, asked)),
    );
    const changes = await mapInSlices(found, entityChangeToProto);
    const reach = await this.#reach(before.state, after.state, to, asked, signal);
    const counted = (kind: DiffKind) => changes.filter(({ what }) => what === kind).length;
    return {
      first: {
        from: this.#basis(before, asked.visible),
        to: this.#basis(after, asked.visible),
        added: counted(DiffKind.DIFF_KIND_ADDED),
        removed: counted(DiffKind.DIFF_KIND_REMOVED),
        changed: counted(DiffKind.DIFF_KIND_CHANGED),
        callers: reach.length,
      },
      changes,
      reach,
    };
  }

  async #reach(
    before: MeshGraph,
    after: MeshGraph,
    to: string,
    { namespaces, visible }: Asked,
    signal: AbortSignal,
  ): Promise<readonly ReachChange[]> {
    const callers = await this.ledgers.at(
      to,
      'to',
      (ledger) =>
        [...ledger.rows()].flatMap(({ workload, port, protocol, client, route, lastAt }) =>
          visible.has(workload.namespace) &&
          (namespaces.length === 0 || namespaces.includes(workload.namespace))
            ? [{ workload, port, protocol, client, lastAt, ...(route && { route }) }]
            : [],
        ),
      signal,
    );
    const [was, is] = [before, after].map((graph) => new Standing(new PolicyIndex(graph.meshView())));
    const told = await mapInSlices(callers, (caller) =>
      reachChange(caller, [was?.on(caller), is?.on(caller)], visible),
    );
    return asOne(told.filter((change) => change !== undefined));
  }

  #basis({ state, position, recordedAt }: FoldedState<MeshGraph>, visible: VisibleNamespaces): AnswerBasis {
    return {
      position: formatPosition(position),
      recordedAt: toTime({ position: '', recordedAt }),
      sources: sourcesOf(state.meshWide()).sources.map((source) => seenSource(source, visible)),
      collector: this.collector.presence,
    };
  }
}

/** Undefined where policy decides about the caller as it did. */
function reachChange(
  { workload, port, client, lastAt }: KnownCaller & { readonly lastAt: number },
  [before, after]: readonly [Verdict | undefined, Verdict | undefined],
  visible: VisibleNamespaces,
): ReachChange | undefined {
  if (before === after) return undefined;
  return {
    client: seenCallerToProto(seenClient(client, visible)),
    ...{ workload, port },
    before: told(before),
    after: told(after),
    lastSeen: new Date(lastAt),
  };
}

/** Those that are told alike are one: a caller by several routes, or several that may not be seen. It was seen when the last of them was. */
function asOne(changes: readonly ReachChange[]): readonly ReachChange[] {
  const alike = new Map<string, ReachChange>();
  for (const change of changes) {
    const key = JSON.stringify({ ...change, lastSeen: undefined });
    const other = alike.get(key);
    const isLater = (change.lastSeen?.getTime() ?? 0) > (other?.lastSeen?.getTime() ?? 0);
    if (other === undefined || isLater) alike.set(key, change);
  }
  return [...alike.values()];
}

async function entitiesOf(
  { state }: FoldedState<MeshGraph>,
  { namespaces, visible }: Asked,
): Promise<readonly SeenEntity[]> {
  const seen = await seenEntities([...state.entities()], visible);
  return seen.filter(
    ({ namespaces: names }) =>
      namespaces.length === 0 || names.length === 0 || names.some((name) => namespaces.includes(name)),
  );
}

function told(verdict: Verdict | undefined): ToldVerdict {
  return verdict === undefined ? ToldVerdict.VERDICT_UNSPECIFIED : verdictToProto[verdict];
}

/** As many as fit from a place on, one at least; and where the next page begins. */
function cut(
  { changes, reach }: WholeDiff,
  start: number,
  bytes: number,
): { readonly changes: EntityChange[]; readonly reach: ReachChange[]; readonly next?: number } {
  let size = 0;
  const total = changes.length + reach.length;
  for (let at = start; at < total; at += 1) {
    const change = changes[at];
    const caller = reach[at - changes.length];
    const message = change
      ? EntityChange.encode(change)
      : ReachChange.encode(caller ?? ReachChange.fromPartial({}));
    size += message.finish().byteLength + overheadBytes;
    if (size > bytes && at > start) return { ...between(start, at), next: at };
  }
  return between(start, total);

  function between(from: number, to: number) {
    const past = (at: number) => Math.max(0, at - changes.length);
    return { changes: changes.slice(from, to), reach: reach.slice(past(from), past(to)) };
  }
}

function isPlace(parts: readonly unknown[]): parts is readonly [string, string, number] {
  return (
    parts.length === 3 &&
    typeof parts[0] === 'string' &&
    typeof parts[1] === 'string' &&
    typeof parts[2] === 'number'
  );
}

function sequenceOf(position: string, field: string): number {
  return positionFrom(position, field).sequence;
}
