import { countAtClient } from './count/client-side.js';
import type { FlowEvent, Moment } from './count/flow-event.js';
import type { Proxy } from './count/proxy.js';
import { countAtServer } from './count/server-side.js';
import { type Flow, isFailure, type Outcome, type Served } from './mesh/flow.js';
import { Pace } from './pace.js';
import { quantileMs } from './page/latency.js';
import { destinationOf, type FlowCounts, type FlowRates, type FlowTruth, sourceOf } from './truth.js';

/** Of each response. */
const bytes = { written: 900, read: 2000 };

/** What was decided of so many calls, that went by mesh TLS or not. */
export interface Decision {
  readonly served: Served;
  readonly overMesh: boolean;
  count: number;
}

/** One flow as it goes on: what happens in it is counted at both proxies, and for the truth. */
export class FlowRun {
  readonly #responses: readonly { readonly outcome: Outcome; readonly pace: Pace }[];
  readonly #opens: Pace;
  readonly #written: Pace;
  readonly #read: Pace;
  readonly #counts: { -readonly [K in keyof FlowCounts]: number } = {
    success: 0,
    failure: 0,
    overMesh: 0,
    opened: 0,
    closed: 0,
    writtenBytes: 0,
    readBytes: 0,
  };
  #overMesh: boolean;
  #served: Served | undefined;
  readonly #decisions: Decision[] = [];

  constructor(
    readonly flow: Flow,
    readonly client: Proxy | undefined,
    readonly server: Proxy | undefined,
  ) {
    const { requests, connections, endpoint } = flow;
    this.#served = flow.served;
    this.#responses = (requests?.outcomes ?? []).map((outcome) => ({
      outcome,
      pace: new Pace(outcome.perSecond),
    }));
    this.#opens = new Pace(connections.perSecond);
    this.#written = new Pace(connections.writtenPerSecond);
    this.#read = new Pace(connections.readPerSecond);
    this.#overMesh = client !== undefined && (server !== undefined || endpoint.kind === 'mirrored');
  }

  /** Connections are held from now on; the first of a new process are nothing that a policy counted. */
  connect(at: number): void {
    const { held } = this.flow.connections;
    if (held > 0) this.#happen({ kind: 'opened', n: held, first: true }, at);
  }

  disconnect(at: number): void {
    const { held } = this.flow.connections;
    if (held > 0) this.#happen({ kind: 'closed', n: held }, at);
  }

  /** `t`: milliseconds of traffic since the beginning; `at`: of the epoch. */
  advance(t: number, at: number): void {
    for (const { outcome, pace } of this.#responses) this.#respond(outcome, pace.take(t), at);
    this.#open(this.#opens.take(t), at);
    this.#carry(this.#written.take(t), this.#read.take(t), at);
  }

  /** So many more calls at once: responses of the first outcome, or connections. */
  burst(n: number, at: number): void {
    const [first] = this.#responses;
    if (first === undefined) this.#open(n, at);
    else this.#respond(first.outcome, n, at);
  }

  /** 1 is the pace that the flow began with, 0 stands still. */
  changePace(times: number, t: number): void {
    const { connections } = this.flow;
    for (const { outcome, pace } of this.#responses) pace.change(outcome.perSecond * times, t);
    this.#opens.change(connections.perSecond * times, t);
    this.#written.change(connections.writtenPerSecond * times, t);
    this.#read.change(connections.readPerSecond * times, t);
  }

  changeSecurity(overMesh: boolean, at: number): void {
    if (overMesh === this.#overMesh) return;
    this.disconnect(at);
    this.#overMesh = overMesh;
    this.connect(at);
  }

  decideBy(served: Served): void {
    this.#served = served;
  }

  /** What the server's proxy decided; none where there is none. */
  get decisions(): readonly Readonly<Decision>[] {
    return this.#decisions;
  }

  /** `speed`: milliseconds of traffic in one of real time. */
  truth(speed: number): FlowTruth {
    const { flow, client, server } = this;
    const latency = flow.requests?.latency;
    return {
      flow: flow.name,
      source: sourceOf(flow),
      destination: destinationOf(flow),
      port: flow.endpoint.port,
      ...(client && { clientPod: client.pod.name }),
      ...(server && { serverPod: server.pod.name }),
      protocol: flow.requests?.protocol ?? 'tcp',
      overMesh: this.#overMesh,
      counts: { ...this.#counts },
      perSecond: this.#rates(speed),
      openConnections: this.#counts.opened - this.#counts.closed,
      ...(latency && {
        latency: {
          p50Ms: quantileMs(latency, 0.5),
          p95Ms: quantileMs(latency, 0.95),
          p99Ms: quantileMs(latency, 0.99),
        },
      }),
    };
  }

  #rates(speed: number): FlowRates {
    const responses = (failed: boolean): number =>
      speed *
      this.#responses
        .filter(({ outcome }) => isFailure(outcome) === failed)
        .reduce((sum, { pace }) => sum + pace.rate, 0);
    const [success, failure] = [responses(false), responses(true)];
    return {
      success,
      failure,
      opened: this.#opens.rate * speed,
      writtenBytes: this.#written.rate * speed + bytes.written * (success + failure),
      readBytes: this.#read.rate * speed + bytes.read * (success + failure),
    };
  }

  #respond(outcome: Outcome, n: number, at: number): void {
    if (n === 0) return;
    this.#happen({ kind: 'responded', outcome, n }, at);
    this.#carry(bytes.written * n, bytes.read * n, at);
  }

  #open(n: number, at: number): void {
    if (n === 0) return;
    this.#happen({ kind: 'opened', n, first: false }, at);
    this.#happen({ kind: 'closed', n }, at);
  }

  #carry(written: number, read: number, at: number): void {
    if (written > 0 || read > 0) this.#happen({ kind: 'carried', written, read }, at);
  }

  #happen(event: FlowEvent, at: number): void {
    const { flow, client, server } = this;
    const moment: Moment = { overMesh: this.#overMesh, at };
    this.#count(event);
    if (client !== undefined) countAtClient(client, flow, event, moment);
    if (server === undefined || this.#served === undefined) return;
    countAtServer(server, flow, this.#served, event, moment);
    this.#countDecision(this.#served, event);
  }

  /** Of requests, or of connections of what is not HTTP. */
  #countDecision(served: Served, event: FlowEvent): void {
    const decided = this.flow.requests === undefined ? 'opened' : 'responded';
    if (event.kind !== decided || (event.kind === 'opened' && event.first)) return;
    const overMesh = this.#overMesh;
    let decision = this.#decisions.find((each) => each.served === served && each.overMesh === overMesh);
    if (decision === undefined) this.#decisions.push((decision = { served, overMesh, count: 0 }));
    decision.count += event.n;
  }

  #count(event: FlowEvent): void {
    const counts = this.#counts;
    switch (event.kind) {
      case 'responded':
        counts[isFailure(event.outcome) ? 'failure' : 'success'] += event.n;
        if (this.#overMesh) counts.overMesh += event.n;
        break;
      case 'opened':
        counts.opened += event.n;
        break;
      case 'closed':
        counts.closed += event.n;
        break;
      case 'carried':
        counts.writtenBytes += event.written;
        counts.readBytes += event.read;
        break;
    }
  }
}
