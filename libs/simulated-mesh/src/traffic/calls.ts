import type { ClientSeen } from '@mcp/mesh';
import type { TlsSeen } from '@mcp/sources';

import { answerOf, letsIn, refusalOf } from './answer-status.js';
import { Connection } from './connection.js';
import type { Decided, InboundCounters, OutboundCounters, RouteCounters } from './counters.js';
import type { ProxyDecision } from './decider.js';
import type { BytesExchange, HttpExchange } from './flow.js';
import type { Instance } from './instance.js';
import type { Choice, Lane } from './lane.js';
import type { Progress } from './progress.js';
import type { SimulatedProxy } from './proxy.js';
import { authorizationSeen, routeSeen, serverSeen } from './seen-names.js';

/** Of a request and its answer over HTTP. */
const requestBytes = 400;
const answerBytes = 1_800;

/** A request on a port that is not taken for HTTP. */
const requestAsBytes = { sentBytes: requestBytes, receivedBytes: answerBytes, kept: false } as const;

/** What the proxy of a server takes to refuse. */
const refusalMs = 1;

/** Makes calls, and has both proxies count them. Keeps the connections that stay open between calls. */
export class Calls {
  readonly #connections = new Map<string, Connection>();

  constructor(private readonly proxyOf: (instance: Instance | undefined) => SimulatedProxy | undefined) {}

  make(lane: Lane, choice: Choice, progress: Progress, at: number): void {
    const ends = this.#ends(lane, choice, at);
    if (choice.egressRefused) {
      clientRoute(ends, 'egress')?.ended('forbidden');
      return;
    }
    const { exchange } = lane;
    if (exchange.kind === 'bytes') this.#bytes(ends, exchange);
    else if (isOfConnection(ends.decision)) {
      this.#drop(ends.key);
      this.#bytes(ends, requestAsBytes);
    } else this.#request(ends, exchange, progress);
  }

  /** Closes the connections that none of these lanes has any more. */
  keepOnly(lanes: readonly Lane[]): void {
    const living = new Set(
      lanes.flatMap((lane) => lane.choices.map((choice) => connectionKey(lane, choice))),
    );
    for (const key of this.#connections.keys()) if (!living.has(key)) this.#drop(key);
  }

  #drop(key: string): void {
    this.#connections.get(key)?.close();
    this.#connections.delete(key);
  }

  #ends(lane: Lane, choice: Choice, at: number): Ends {
    const decision = choice.decide();
    const proxy = this.proxyOf(lane.client);
    const serving = decision.verdict === 'not-enforced' ? undefined : this.proxyOf(choice.serving);
    const { client, tls } = arrival(choice);
    // only what cannot be read leaves it open which Server governs
    const server = serverSeen(decision.server ?? { kind: 'default', name: 'invalid' });
    return {
      key: connectionKey(lane, choice),
      pooled: lane.pooled,
      choice,
      decision,
      proxy,
      client: choice.peer && !choice.egressRefused ? proxy?.outboundTo(choice.peer, at) : undefined,
      server: serving?.inboundFrom({ port: choice.port, server, client, tls }),
    };
  }

  #request(ends: Ends, exchange: HttpExchange, progress: Progress): void {
    const { client, server, decision } = ends;
    const admitted = letsIn(decision);
    const status = admitted
      ? answerOf(exchange, progress.fails(exchange.failureShare))
      : refusalOf(exchange, decision);
    const latencyMs = admitted ? progress.latencyMs(exchange.medianMs) : refusalMs;
    const connection =
      this.#connections.get(ends.key) ?? new Connection(client?.connections, server?.connections);
    connection.exchange(requestBytes, answerBytes);
    if (ends.pooled) this.#connections.set(ends.key, connection);
    else connection.close();

    client?.requests.add();
    client?.answers.add(status, latencyMs);
    clientRoute(ends, 'http')?.ended(status.statusCode);
    server?.decide(decidedAs(decision, 'http'));
    if (admitted) server?.answer(creditOf(decision), status, latencyMs);
  }

  #bytes(ends: Ends, { sentBytes, receivedBytes, kept }: Omit<BytesExchange, 'kind'>): void {
    const { key, client, server, decision } = ends;
    const admitted = letsIn(decision);
    const open = this.#connections.get(key);
    if (open !== undefined && !admitted) {
      this.#drop(key);
      server?.decide({ what: 'terminated', protocol: 'tcp' });
      return;
    }
    if (open === undefined && decision.refusal !== 'protocol-mismatch')
      // bytes where only HTTP is served end in an error, which is no decision about the client
      server?.decide(decidedAs(decision, 'tcp'));
    const connection =
      open ??
      new Connection(
        client?.connections,
        admitted ? server?.connections : undefined,
        clientRoute(ends, 'tcp'),
      );
    if (admitted) connection.exchange(sentBytes, receivedBytes);
    if (admitted && kept) this.#connections.set(key, connection);
    else connection.close();
  }
}

interface Ends {
  readonly key: string;
  readonly pooled: boolean;
  readonly choice: Choice;
  readonly decision: ProxyDecision;
  readonly proxy: SimulatedProxy | undefined;
  readonly client: OutboundCounters | undefined;
  readonly server: InboundCounters | undefined;
}

function connectionKey(lane: Lane, choice: Choice): string {
  return `${lane.key}>${choice.key}`;
}

/** Decided before any request was looked at, since the port is not taken for HTTP. */
function isOfConnection({ verdict, route, refusal, server }: ProxyDecision): boolean {
  if (verdict === 'not-enforced' || verdict === 'unknown' || route !== undefined) return false;
  return refusal !== 'route-not-found' && !(server?.kind === 'default' && server.name === 'invalid');
}

function arrival({ arriving: { identity } }: Choice): { readonly client: ClientSeen; readonly tls: TlsSeen } {
  return identity === undefined
    ? { client: { kind: 'unmeshed' }, tls: { tls: 'none', reason: 'no_tls_from_remote', identity: '' } }
    : { client: { kind: 'identity', identity }, tls: { tls: 'mesh', reason: '', identity } };
}

function decidedAs(decision: ProxyDecision, protocol: 'http' | 'tcp'): Omit<Decided, 'count'> {
  const { verdict, refusal, route } = decision;
  const about = { protocol, ...(route && { route: routeSeen(route) }) };
  if (verdict === 'audit') return { what: 'audited', ...about, ...creditOf(decision) };
  if (verdict === 'allow') return { what: 'allowed', ...about, ...creditOf(decision) };
  return { what: refusal === 'route-not-found' ? 'route-not-found' : 'denied', ...about };
}

function creditOf({ route, authorizedBy }: ProxyDecision): Pick<Decided, 'route' | 'authorization'> {
  return {
    ...(route && { route: routeSeen(route) }),
    ...(authorizedBy && { authorization: authorizationSeen(authorizedBy) }),
  };
}

/** The route by which the client's proxy sends. Undefined where the client has none. */
function clientRoute(
  { proxy, choice: { peer, egressRefused } }: Ends,
  carried: 'http' | 'tcp' | 'egress',
): RouteCounters | undefined {
  if (peer === undefined) return undefined;
  const { parent } = peer;
  const route = proxy?.route(
    parent,
    { group: '', kind: 'default', name: routeName(parent, carried, egressRefused) },
    carried === 'http' ? 'http' : parent.kind === 'EgressNetwork' ? 'tls' : 'tcp',
  );
  route?.requests.add();
  return route;
}

function routeName(
  { kind, name }: { readonly kind: string; readonly name: string },
  carried: 'http' | 'tcp' | 'egress',
  refused: boolean,
): string {
  if (kind === 'EgressNetwork')
    return `${carried === 'http' ? 'http' : 'tls'}-egress-${refused ? 'deny' : 'allow'}`;
  if (kind === 'default' && name === 'egress-fallback') return 'egress-fallback';
  return carried === 'http' ? 'http' : 'opaq';
}
