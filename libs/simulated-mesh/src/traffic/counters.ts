import type { ClientSeen, PolicySeen, Refusal } from '@mcp/mesh';
import type { TlsSeen } from '@mcp/sources';

import type { ClientParent, Peer } from './peer.js';
import { Latencies, Total } from './total.js';

/** How an answer ended, in the words of a proxy: `grpcStatus` is empty for what is not gRPC. */
export interface AnswerStatus {
  readonly statusCode: string;
  readonly grpcStatus: string;
  readonly classification: 'success' | 'failure';
}

/** How calls ended, and how long that took. */
export class Answers {
  readonly #counts = new Map<string, { readonly status: AnswerStatus; readonly count: Total }>();
  /** By status code, as a proxy keeps them. */
  readonly latencies = new Map<string, Latencies>();

  get counts(): Iterable<{ readonly status: AnswerStatus; readonly count: Total }> {
    return this.#counts.values();
  }

  add(status: AnswerStatus, latencyMs: number): void {
    const { statusCode, grpcStatus } = status;
    keptIn(this.#counts, `${statusCode} ${grpcStatus}`, () => ({ status, count: new Total() })).count.add();
    keptIn(this.latencies, statusCode, () => new Latencies()).add(latencyMs);
  }

  mark(keep: number): void {
    for (const { count } of this.#counts.values()) count.mark(keep);
    for (const latencies of this.latencies.values()) latencies.mark(keep);
  }
}

/** Connections of one side, as its proxy counts them. */
export class ConnectionCounters {
  readonly opened = new Total();
  readonly closed = new Total();
  readonly readBytes = new Total();
  readonly writtenBytes = new Total();

  get open(): number {
    return this.opened.value - this.closed.value;
  }

  mark(keep: number): void {
    for (const total of [this.opened, this.closed, this.readBytes, this.writtenBytes]) total.mark(keep);
  }
}

/** What the proxy of a client counted of one endpoint. */
export class OutboundCounters {
  readonly requests = new Total();
  readonly answers = new Answers();
  readonly connections = new ConnectionCounters();

  constructor(
    readonly peer: Peer,
    /** When it last counted something. */
    public usedAt: number,
  ) {}

  mark(keep: number): void {
    this.requests.mark(keep);
    this.connections.mark(keep);
    this.answers.mark(keep);
  }
}

/** What policy decided, alike. */
export interface Decided {
  readonly what: 'allowed' | Refusal;
  readonly protocol: 'http' | 'tcp';
  readonly route?: PolicySeen;
  readonly authorization?: PolicySeen;
  readonly count: Total;
}

/** Which calls the proxy of a server counts together. */
export interface InboundPlace {
  readonly port: number;
  readonly server: PolicySeen;
  readonly client: ClientSeen;
  readonly tls: TlsSeen;
}

/** Answers to what the same route took and the same authorization let in. */
export interface LetIn {
  readonly route?: PolicySeen;
  readonly authorization?: PolicySeen;
  readonly requests: Total;
  readonly answers: Answers;
}

/** What the proxy of a server counted of one port and client. */
export class InboundCounters {
  readonly decided = new Map<string, Decided>();
  readonly letIn = new Map<string, LetIn>();
  readonly connections = new ConnectionCounters();

  constructor(readonly place: InboundPlace) {}

  decide(decided: Omit<Decided, 'count'>): void {
    const { what, protocol, route, authorization } = decided;
    const key = JSON.stringify([what, protocol, route, authorization]);
    keptIn(this.decided, key, () => ({ ...decided, count: new Total() })).count.add();
  }

  answer(by: Pick<LetIn, 'route' | 'authorization'>, status: AnswerStatus, latencyMs: number): void {
    const key = JSON.stringify([by.route, by.authorization]);
    const { requests, answers } = keptIn(this.letIn, key, () => ({
      ...by,
      requests: new Total(),
      answers: new Answers(),
    }));
    requests.add();
    answers.add(status, latencyMs);
  }

  mark(keep: number): void {
    this.connections.mark(keep);
    for (const { requests, answers } of this.letIn.values()) {
      requests.mark(keep);
      answers.mark(keep);
    }
  }
}

/** What the proxy of a client counted of a route of a Service, and of the backend behind it. */
export class RouteCounters {
  readonly requests = new Total();
  /** By HTTP status; of what is not HTTP, by the error it closed with, which may be none. */
  readonly endings = new Map<string, Total>();

  constructor(
    readonly parent: ClientParent,
    readonly route: PolicySeen,
    readonly protocol: 'http' | 'tcp' | 'tls',
  ) {}

  ended(how: string): void {
    keptIn(this.endings, how, () => new Total()).add();
  }

  mark(keep: number): void {
    this.requests.mark(keep);
    for (const total of this.endings.values()) total.mark(keep);
  }
}

/** What is kept under the key, made where nothing is. */
export function keptIn<T>(all: Map<string, T>, key: string, make: () => T): T {
  const known = all.get(key);
  if (known !== undefined) return known;
  const made = make();
  all.set(key, made);
  return made;
}
