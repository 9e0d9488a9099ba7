import {
  claimKey,
  claimOf,
  namespaceShards,
  type Labels,
  type PartQueries,
  type QueryTerms,
  type TrafficQuery,
} from '@mcp/linkerd';
import { PrometheusFailure, type InstantQueries } from '@mcp/prometheus';
import type { MissingPart, ProxySeen, TrafficPart } from '@mcp/sources';
import { collected } from './collected.js';
import type { QueryCircuit } from './query-circuit.js';
import { ofServer, tooMuch, trafficFault, trafficUnavailable } from './traffic-fault.js';
import type { Turns } from './turns.js';

/** So many on end, and nothing in between: the server went away, and nobody waits for it forty times. */
const timeoutsOfServer = 6;

/** What a poll is asked with, and what outlives it. */
interface PollSetting {
  readonly queries: InstantQueries;
  readonly turns: Turns;
  readonly terms: QueryTerms;
  /** The one time that all of it is asked at. */
  readonly timeMs: number;
  readonly maxShards: number;
  readonly circuitOf: (query: string) => QueryCircuit;
  /** Of pauses; any zero. */
  readonly clockMs: number;
  readonly signal: AbortSignal;
}

/** One poll: asks part by part, and keeps account of what was lost on the way. */
export class Poll {
  readonly missing: MissingPart[] = [];
  readonly missingDetails: MissingPart[] = [];
  readonly warnings = new Set<string>();

  readonly #rejected = new Map<string, number>();
  readonly #failures: { readonly circuit: QueryCircuit; readonly failure: PrometheusFailure }[] = [];
  #worked = 0;
  #timeoutsOnEnd = 0;
  #serverLost: PrometheusFailure | undefined;
  #displaced: ReadonlySet<string> = new Set();
  #shards: readonly string[] = [];

  constructor(private readonly setting: PollSetting) {}

  /** The rows of one part; none where one of its queries failed that is no detail. */
  async part<Table, Seen>(asked: PartQueries<Table, Seen>, table: Table): Promise<readonly Seen[]> {
    const { part, queries } = asked;
    const lost = await Promise.all(
      queries.map(async (query) => ({ query, missing: await this.#ask(part, query, table) })),
    );
    const missing = lost.flatMap(({ query, missing }) =>
      missing === undefined || query.detail === true ? [] : [missing],
    );
    this.missing.push(...missing);
    if (missing.length > 0) return [];
    this.missingDetails.push(...lost.flatMap(({ missing }) => missing ?? []));
    for (const [reason, rows] of asked.lost?.(table) ?? []) this.#reject(`${part}: ${reason}`, rows);
    return collected(asked.seen(table));
  }

  /** The rows of a part whose queries stand for themselves: one that fails leaves those of the others. */
  async apart<Table, Seen>(asked: PartQueries<Table, Seen>): Promise<readonly Seen[]> {
    const each = asked.queries.map((query) => this.part({ ...asked, queries: [query] }, asked.table()));
    return (await Promise.all(each)).flat();
  }

  /** What the proxies say decides how the rest is asked and read. */
  knowProxies(proxies: readonly ProxySeen[], displaced: ReadonlySet<string>): void {
    this.#shards = namespaceShards(proxies, this.setting.maxShards);
    this.#displaced = displaced;
  }

  /** Fails with `TrafficUnavailable` where nothing that was asked was answered. */
  mustHaveAnswers(): void {
    const [first] = this.#failures;
    if (this.#worked === 0 && first !== undefined) throw trafficUnavailable(first.failure);
  }

  /** Holds failures against their queries. Not to be called where all failed: that was not the fault of one query. */
  settle(): void {
    for (const { circuit, failure } of this.#failures)
      if (!ofServer(failure)) circuit.failed(failure, this.setting.clockMs);
  }

  get rejected(): readonly { readonly reason: string; readonly rows: number }[] {
    return [...this.#rejected].sort().map(([reason, rows]) => ({ reason, rows }));
  }

  async #ask<Table>(
    part: TrafficPart,
    query: TrafficQuery<Table>,
    table: Table,
  ): Promise<MissingPart | undefined> {
    const circuit = this.setting.circuitOf(query.id);
    const open = circuit.open(this.setting.clockMs);
    if (open !== undefined) return missing(part, query, open, 'not asked for now, after ');
    const lost = await this.setting.turns.take(() => this.#tried(query, table, circuit));
    return lost === undefined ? undefined : missing(part, query, lost.failure, lost.why);
  }

  async #tried<Table>(query: TrafficQuery<Table>, table: Table, circuit: QueryCircuit) {
    if (this.#serverLost !== undefined) return { failure: this.#serverLost, why: 'not asked, after ' };
    try {
      await this.#answer(query, table, circuit);
      circuit.worked();
      this.#worked += 1;
      this.#timeoutsOnEnd = 0;
      return undefined;
    } catch (error) {
      this.setting.signal.throwIfAborted();
      if (!(error instanceof PrometheusFailure)) throw error;
      this.#failures.push({ circuit, failure: error });
      this.#timeoutsOnEnd = error.fault === 'TIMEOUT' ? this.#timeoutsOnEnd + 1 : 0;
      if (error.fault === 'UNREACHABLE' || this.#timeoutsOnEnd >= timeoutsOfServer) this.#serverLost = error;
      return { failure: error, why: '' };
    }
  }

  async #answer<Table>(query: TrafficQuery<Table>, table: Table, circuit: QueryCircuit): Promise<void> {
    const { terms, clockMs } = this.setting;
    const divisible = this.#shards.length > 1;
    if (!divisible || !circuit.sharded(clockMs)) {
      try {
        await this.#instant(query, terms, table);
        return;
      } catch (error) {
        if (!divisible || !(error instanceof PrometheusFailure) || !tooMuch(error)) throw error;
      }
    }
    // one after the other: it was too much for it already
    for (const shard of this.#shards)
      await this.#instant(query, { ...terms, matchers: `${shard},${terms.matchers}` }, table);
    if (!circuit.sharded(clockMs)) circuit.shard(clockMs);
  }

  async #instant<Table>(query: TrafficQuery<Table>, terms: QueryTerms, table: Table): Promise<void> {
    const { queries, timeMs, signal } = this.setting;
    const answer = await queries.instant(query.text(terms), { timeMs, signal }, ({ labels, value }) => {
      if (this.#isDisplaced(labels)) return;
      const reason = query.note(table, labels, value);
      if (reason !== undefined) this.#reject(`${query.id}: ${reason}`, 1);
    });
    for (const warning of answer.warnings) this.warnings.add(warning);
  }

  #isDisplaced(labels: Labels): boolean {
    return this.#displaced.size > 0 && this.#displaced.has(claimKey(claimOf(labels)));
  }

  #reject(reason: string, rows: number): void {
    if (rows > 0) this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + rows);
  }
}

function missing(
  part: TrafficPart,
  { id, counters }: Pick<TrafficQuery<never>, 'id' | 'counters'>,
  failure: PrometheusFailure,
  why: string,
): MissingPart {
  return {
    ...{ part, question: id, code: trafficFault(failure), message: `${id}: ${why}${failure.message}` },
    ...(counters !== undefined && { counters }),
  };
}
