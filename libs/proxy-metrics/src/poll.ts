import { namespaceShards, type QueryTerms, type TrafficQuery } from '@mcp/linkerd';
import { PrometheusFailure, type InstantQueries } from '@mcp/prometheus';
import type { MissingPart, ProxySeen, TrafficPart } from '@mcp/sources';
import { collected } from './collected.js';
import type { PartMemory } from './part-memory.js';
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
  #shards: readonly string[] = [];

  constructor(private readonly setting: PollSetting) {}

  /** The rows of one part; none where one of its queries failed that is no detail. */
  async part<Names, Table, Seen>(
    memory: PartMemory<Names, Table, Seen>,
    table = memory.asks.table(),
  ): Promise<readonly Seen[]> {
    const rows = await this.#rows(memory.asks.queries, memory, table);
    memory.settle();
    return rows;
  }

  /** The rows of a part whose queries stand for themselves: one that fails leaves those of the others. */
  async apart<Names, Table, Seen>(memory: PartMemory<Names, Table, Seen>): Promise<readonly Seen[]> {
    const { queries, table } = memory.asks;
    const rows = await Promise.all(queries.map((query) => this.#rows([query], memory, table())));
    memory.settle();
    return rows.flat();
  }

  /** What the proxies say decides how the rest is asked and read. */
  knowProxies(proxies: readonly ProxySeen[]): void {
    this.#shards = namespaceShards(proxies, this.setting.maxShards);
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

  async #rows<Names, Table, Seen>(
    queries: readonly TrafficQuery<Names, Table>[],
    memory: PartMemory<Names, Table, Seen>,
    table: Table,
  ): Promise<readonly Seen[]> {
    const { part, ...asked } = memory.asks;
    const lost = await Promise.all(
      queries.map(async (query) => ({ query, missing: await this.#ask(query, memory, table) })),
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

  async #ask<Names, Table>(
    query: TrafficQuery<Names, Table>,
    memory: PartMemory<Names, Table, unknown>,
    table: Table,
  ): Promise<MissingPart | undefined> {
    const { part } = memory.asks;
    const circuit = this.setting.circuitOf(query.id);
    const open = circuit.open(this.setting.clockMs);
    if (open !== undefined) return missing(part, query, open, 'not asked for now, after ');
    const lost = await this.setting.turns.take(() =>
      this.#tried(circuit, () => this.#answer(query, memory, table, circuit)),
    );
    return lost === undefined ? undefined : missing(part, query, lost.failure, lost.why);
  }

  async #tried(circuit: QueryCircuit, answer: () => Promise<void>) {
    if (this.#serverLost !== undefined) return { failure: this.#serverLost, why: 'not asked, after ' };
    try {
      await answer();
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

  async #answer<Names, Table>(
    query: TrafficQuery<Names, Table>,
    memory: PartMemory<Names, Table, unknown>,
    table: Table,
    circuit: QueryCircuit,
  ): Promise<void> {
    const ask = (asked: QueryTerms) => this.#instant(query, query.text(asked), memory, table);
    const { terms, clockMs } = this.setting;
    const divisible = this.#shards.length > 1;
    if (!divisible || !circuit.sharded(clockMs)) {
      try {
        await ask(terms);
        return;
      } catch (error) {
        if (!divisible || !(error instanceof PrometheusFailure) || !tooMuch(error)) throw error;
      }
    }
    // one after the other: it was too much for it already
    for (const shard of this.#shards) await ask({ ...terms, matchers: `${shard},${terms.matchers}` });
    if (!circuit.sharded(clockMs)) circuit.shard(clockMs);
  }

  async #instant<Names, Table>(
    query: TrafficQuery<Names, Table>,
    text: string,
    memory: PartMemory<Names, Table, unknown>,
    table: Table,
  ): Promise<void> {
    const { queries, timeMs, signal } = this.setting;
    const rows = memory.rowsOf(query, text);
    const answer = await queries.instant(text, { timeMs, signal }, rows, (note, value) => {
      const reason = note(table, value);
      if (reason !== undefined) this.#reject(`${query.id}: ${reason}`, 1);
    });
    for (const warning of answer.warnings) this.warnings.add(warning);
  }

  #reject(reason: string, rows: number): void {
    if (rows > 0) this.#rejected.set(reason, (this.#rejected.get(reason) ?? 0) + rows);
  }
}

function missing(
  part: TrafficPart,
  { id, counters }: Pick<TrafficQuery<never, never>, 'id' | 'counters'>,
  failure: PrometheusFailure,
  why: string,
): MissingPart {
  return {
    ...{ part, question: id, code: trafficFault(failure), message: `${id}: ${why}${failure.message}` },
    ...(counters !== undefined && { counters }),
  };
}
