import { formatEdgeId } from '@mcp/mesh';
import type { Call } from './calls.js';
import { keyOf } from './calls.js';
import type { Figures } from './figures.js';
import type { LeftOutReason, ScrapedWorkload } from './measured-edges.js';
import type { Measuring } from './measuring.js';
import { inTurns } from './measuring.js';
import type { PartialTelemetry } from './partial-telemetry.js';
import type { Place } from './places.js';
import type { RefusedClients, ServedClient } from './server-rows.js';
import { refusedClients, servedClients } from './server-rows.js';

/**
 * Makes edges of what servers' proxies tell, but only of clients that no client's proxy tells of: those without mesh TLS, of other
 * clusters, gateways, external workloads, and those whose proxies are not scraped. Pauses between some of the rows.
 */
export function* takeServerRows(
  measuring: Measuring,
  workloads: ReadonlyMap<string, ScrapedWorkload>,
  partial: PartialTelemetry,
): Generator<void> {
  const served = yield* servedClients(measuring);
  const refused = yield* refusedClients(measuring);
  const edges = new ServedEdges(measuring, workloads, partial, refused);
  yield* inTurns(measuring.calls, (call) => {
    edges.notePlain(call);
  });
  yield* inTurns(served, (client) => {
    const source = edges.sourceOf(client);
    if (typeof source === 'string') measuring.leftOut.add(source, client.claim, client.rows);
    else measuring.calls.of(source, client.server, client.port).server = client.telling;
  });
}

/** Rates of two ends that are scraped at different times are the same where they differ by no more. */
const tolerated = 1.2;

class ServedEdges {
  /** What clients' proxies sent to a port without TLS. */
  readonly #plain = new Map<number, Figures[]>();
  readonly #clientsUnread: boolean;
  /** The workloads that run as an identity. */
  readonly #running = new Map<string, readonly Place[]>();

  constructor(
    private readonly measuring: Measuring,
    private readonly workloads: ReadonlyMap<string, ScrapedWorkload>,
    private readonly partial: PartialTelemetry,
    private readonly refused: RefusedClients,
  ) {
    this.#clientsUnread =
      measuring.reading.incomplete !== undefined || measuring.lacks('requests', 'connections');
  }

  notePlain({ client, destination, port }: Call): void {
    const figures = client?.answering;
    if (figures?.hasPlain !== true) return;
    const key = keyOf(destination, port);
    const known = this.#plain.get(key);
    if (known === undefined) this.#plain.set(key, [figures]);
    else known.push(figures);
  }

  /** Where the calls of a client come from, or why they make no edge. */
  sourceOf(served: ServedClient): Place | LeftOutReason {
    const { places } = this.measuring;
    switch (served.client.kind) {
      case 'unmeshed':
        if (this.#toldPlain(served)) return 'told-by-client';
        // a client with a proxy may call in plaintext too
        return this.#clientsUnread ? 'clients-unread' : places.of({ kind: 'unmeshed' });
      case 'unidentified':
        return places.unknown('unidentified');
      case 'identity':
        return this.#sourceProving(served.client.identity, served);
    }
  }

  #sourceProving(identity: string, served: ServedClient): Place | LeftOutReason {
    const { places, calls } = this.measuring;
    const clients = this.#clientsOf(identity);
    const told: Call[] = [];
    // proxies that have told of it and do not answer any more
    const gone: Call[] = [];
    for (const client of clients) {
      const call = calls.find(client, served.server, served.port);
      if (call?.client !== undefined) (call.client.answering === undefined ? gone : told).push(call);
    }
    if (told.length > 0) {
      this.#compare(identity, served, told, clients.length === 1);
      return 'told-by-client';
    }
    const proven = places.of({ kind: 'identity', identity });
    const [onlyGone, ...othersGone] = gone;
    if (onlyGone !== undefined) return othersGone.length === 0 ? onlyGone.source : proven;
    const scraped = clients.map(({ text }) => this.workloads.get(text));
    if (this.#clientsUnread && scraped.some((workload) => workload !== undefined)) return 'clients-unread';
    // all of them would have told of it: it is someone of another cluster who proves the same identity, or nobody any more
    if (clients.length > 0 && scraped.every(isSettled))
      return served.telling.answering?.moved === true ? proven : 'idle-client';
    const [client, ...others] = clients;
    return client === undefined || others.length > 0 ? proven : client;
  }

  #clientsOf(identity: string): readonly Place[] {
    let clients = this.#running.get(identity);
    if (clients === undefined) {
      const { directory, places } = this.measuring;
      clients = directory.workloadsRunningAs(identity).map((workload) => places.ofWorkload(workload));
      this.#running.set(identity, clients);
    }
    return clients;
  }

  #compare(identity: string, served: ServedClient, told: readonly Call[], onlyOne: boolean): void {
    let sum = 0;
    let byClients: number | undefined;
    let warming = served.telling.warming;
    for (const { client } of told) {
      const rate = client?.answering?.answeredByMesh;
      if (rate !== undefined) byClients = sum += rate;
      warming ||= client?.warming === true;
    }
    const byServer = served.telling.answering?.answered;
    const partial = this.partial.note(
      () =>
        formatEdgeId({
          source: { kind: 'identity', identity },
          destination: served.server.end,
          port: served.port,
        }),
      {
        byClients,
        byServer,
        warming,
        refused: this.refused.get(served.server, served.port, served.client) === true,
      },
    );
    if (!partial) return;
    for (const call of told) {
      call.partial = true;
      if (onlyOne && byServer !== undefined && byServer > sum) call.more = served.telling.answering;
    }
  }

  /** Whether clients' proxies have sent as much without TLS as the server got. */
  #toldPlain({ server, port, telling }: ServedClient): boolean {
    const told = this.#plain.get(keyOf(server, port)) ?? [];
    const got = telling.answering;
    if (told.length === 0 || got === undefined) return false;
    const sum = (of: 'answered' | 'connected'): number =>
      told.reduce((total, figures) => total + figures.plain[of], 0);
    return got.http
      ? (got.answered ?? 0) <= tolerated * sum('answered')
      : got.connected <= tolerated * sum('connected');
  }
}

/** All of its proxies were scraped, for a whole window. */
function isSettled(workload: ScrapedWorkload | undefined): boolean {
  return workload !== undefined && workload.proxiesSeen === workload.meshedPods && workload.warming === 0;
}
