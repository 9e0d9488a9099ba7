import type { LedgerEdge } from '@mcp/events';
import type { ClientSeen, EdgeProtocol, PolicySeen, WorkloadRef } from '@mcp/mesh';
import type { Caller } from './caller.js';

/** What one caller did on one day. */
export interface LedgerDay {
  /** `2026-11-22`, of UTC. */
  readonly day: string;
  readonly allowed: number;
  readonly denied: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** In an array of numbers: five a day, in the order of the days. A tenth of what an object for each day would take. */
const cell = { day: 0, allowed: 1, denied: 2, firstAt: 3, lastAt: 4, size: 5 } as const;
const dayMs = 24 * 3_600_000;

/** One caller of one port of a workload, through one route. True until the ledger takes the next event. */
export class LedgerRow implements Caller {
  readonly client: ClientSeen;
  readonly port: number;
  readonly protocol: EdgeProtocol;
  declare readonly route?: PolicySeen;
  /** Replaced and never changed, so that copies stay as they are. */
  #cells: readonly number[];

  constructor(
    readonly workload: WorkloadRef,
    { client, port, protocol, route }: Caller,
    cells: readonly number[] = [],
  ) {
    this.#cells = cells;
    this.client = client;
    this.port = port;
    this.protocol = protocol;
    if (route !== undefined) this.route = route;
  }

  /** Over all days that are remembered, as are the others. */
  get allowed(): number {
    return this.#sum(cell.allowed);
  }

  get denied(): number {
    return this.#sum(cell.denied);
  }

  get firstAt(): number {
    return this.#cells[cell.firstAt] ?? 0;
  }

  get lastAt(): number {
    return this.#cells.at(cell.lastAt - cell.size) ?? 0;
  }

  /** The oldest first; days without any call are not among them. */
  *days(): Generator<LedgerDay> {
    for (let at = 0; at < this.#cells.length; at += cell.size)
      yield {
        day: dayName(this.#cells[at + cell.day] ?? 0),
        allowed: this.#cells[at + cell.allowed] ?? 0,
        denied: this.#cells[at + cell.denied] ?? 0,
        firstAt: this.#cells[at + cell.firstAt] ?? 0,
        lastAt: this.#cells[at + cell.lastAt] ?? 0,
      };
  }

  get isEmpty(): boolean {
    return this.#cells.length === 0;
  }

  /** Takes the place of what there was of that day. */
  set(day: number, { allowed, denied, firstAt, lastAt }: LedgerEdge): void {
    const at = this.#placeOf(day);
    const replaced = this.#cells[at] === day ? cell.size : 0;
    this.#cells = this.#cells.toSpliced(at, replaced, day, allowed, denied, firstAt, lastAt);
  }

  drop(day: number): void {
    const at = this.#placeOf(day);
    if (this.#cells[at] === day) this.#cells = this.#cells.toSpliced(at, cell.size);
  }

  /** For a snapshot: what the constructor takes. It stays as it is. */
  encoded(): readonly [Caller, readonly number[]] {
    const { client, port, protocol, route } = this;
    return [{ client, port, protocol, ...(route !== undefined && { route }) }, this.#cells];
  }

  #sum(what: number): number {
    let sum = 0;
    for (let at = what; at < this.#cells.length; at += cell.size) sum += this.#cells[at] ?? 0;
    return sum;
  }

  /** Events come in the order of days but for the last ones of a day, so this begins at the end. */
  #placeOf(day: number): number {
    let at = this.#cells.length;
    while (at > 0 && (this.#cells[at - cell.size] ?? 0) >= day) at -= cell.size;
    return at;
  }
}

/** Each is asked for again with every row of the day. */
const dayNames = new Map<number, string>();

function dayName(day: number): string {
  let name = dayNames.get(day);
  if (name === undefined) dayNames.set(day, (name = new Date(day * dayMs).toISOString().slice(0, 10)));
  return name;
}

/** Days since 1970. */
export function dayNumber(day: string): number {
  return Date.parse(day) / dayMs;
}
