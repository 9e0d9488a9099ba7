import {
  type ClientSeen,
  edgeProtocols,
  formatClientSeen,
  formatWorkloadRef,
  type PolicySeen,
} from '@mcp/mesh';
import type { LedgerRecord } from '@mcp/traffic';

type DayRecord = Extract<LedgerRecord, readonly ['day', ...unknown[]]>;
type RowRecord = Extract<LedgerRecord, readonly ['row', ...unknown[]]>;

/** Records of the ledger as columns of numbers and what they stand for, since many objects are slow to send to a thread. */
export interface PackedCallers {
  readonly days: readonly DayRecord[];
  readonly workloads: readonly RowRecord[1][];
  readonly clients: readonly ClientSeen[];
  /** The first is none. */
  readonly routes: readonly (PolicySeen | undefined)[];
  /** In the order of `column`, for each row. */
  readonly rows: Uint32Array;
  /** Of one row after the other. */
  readonly cells: Float64Array;
}

const column = { workload: 0, client: 1, port: 2, protocol: 3, route: 4, cells: 5, size: 6 } as const;

/** Packs records one by one. */
export class CallerColumns {
  readonly #days: DayRecord[] = [];
  readonly #rows: number[] = [];
  readonly #cells: (readonly number[])[] = [];
  readonly #workloads = new Places<RowRecord[1]>();
  readonly #clients = new Places<ClientSeen>();
  readonly #routes = new Places<PolicySeen | undefined>();

  constructor() {
    this.#routes.of('', undefined);
  }

  add(record: LedgerRecord): void {
    if (record[0] === 'day') {
      this.#days.push(record);
      return;
    }
    const [, workload, { client, port, protocol, route }, cells] = record;
    this.#rows.push(
      this.#workloads.of(formatWorkloadRef(workload), workload),
      this.#clients.of(formatClientSeen(client), client),
      port,
      edgeProtocols.indexOf(protocol),
      route === undefined ? 0 : this.#routes.of(`${route.group}:${route.kind}:${route.name}`, route),
      cells.length,
    );
    this.#cells.push(cells);
  }

  packed(): PackedCallers {
    const cells = new Float64Array(this.#cells.reduce((sum, { length }) => sum + length, 0));
    let end = 0;
    for (const some of this.#cells) {
      cells.set(some, end);
      end += some.length;
    }
    return {
      days: this.#days,
      workloads: this.#workloads.all,
      clients: this.#clients.all,
      routes: this.#routes.all,
      rows: Uint32Array.from(this.#rows),
      cells,
    };
  }
}

/** What was packed. */
export function* unpackedCallers(packed: PackedCallers): Generator<LedgerRecord> {
  const { workloads, clients, routes, rows, cells } = packed;
  yield* packed.days;
  let end = 0;
  for (let at = 0; at < rows.length; at += column.size) {
    const workload = workloads[rows[at + column.workload] ?? 0];
    const client = clients[rows[at + column.client] ?? 0];
    const protocol = edgeProtocols[rows[at + column.protocol] ?? 0];
    const port = rows[at + column.port];
    if (workload === undefined || client === undefined || protocol === undefined || port === undefined)
      throw new Error('a row stands for nothing');
    const route = routes[rows[at + column.route] ?? 0];
    const begin = end;
    end += rows[at + column.cells] ?? 0;
    const caller = { client, port, protocol, ...(route !== undefined && { route }) };
    yield ['row', workload, caller, Array.from(cells.subarray(begin, end))];
  }
}

/** Values of which equal ones have one place. */
class Places<Value> {
  readonly all: Value[] = [];
  readonly #places = new Map<string, number>();

  /** `key`: the same for equal values. */
  of(key: string, value: Value): number {
    let place = this.#places.get(key);
    if (place === undefined) {
      this.#places.set(key, (place = this.all.length));
      this.all.push(value);
    }
    return place;
  }
}
