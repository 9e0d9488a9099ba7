import { Proxy } from './count/proxy.js';
import { countToOwnApp } from './count/server-side.js';
import { DecisionLedger } from './decision-ledger.js';
import { FlowRun } from './flow-run.js';
import { flows } from './mesh/flows.js';
import { deniedAt } from './mesh/policies.js';
import { meshedPods, type SyntheticPod } from './mesh/pods.js';
import { Pace } from './pace.js';
import { newestRelease, proxyVersionOf, type Release } from './page/release.js';
import type { Truth } from './truth.js';

export interface GeneratorOptions {
  /** Milliseconds since the epoch; the real clock unless given. */
  readonly now?: () => number;
  /** Milliseconds of traffic in one of the clock: 20 makes all rates twenty times as high. 1 unless given. */
  readonly speed?: number;
  /** Of the proxies of single pods, by the pod's name; the newest unless given. */
  readonly releases?: Readonly<Record<string, Release>>;
}

/** After that long without an event a proxy drops a series. */
export const idleMs = 600_000;

/**
 * The synthetic mesh at work. Nothing runs by itself: each call first makes happen what was due until the clock's time. Counts are exactly rate
 * times time, so that two generators that are told the same say the same, however often they are asked.
 */
export class Generator {
  readonly now: () => number;
  readonly #speed: number;
  readonly #startedAt: number;
  readonly #proxies: ReadonlyMap<string, Proxy>;
  readonly #runs: ReadonlyMap<string, FlowRun>;
  readonly #ownApps: readonly { readonly proxy: Proxy; readonly pace: Pace }[];

  constructor({ now = Date.now, speed = 1, releases = {} }: GeneratorOptions = {}) {
    this.now = now;
    this.#speed = speed;
    this.#startedAt = now();
    const proxyOf = (pod: SyntheticPod): Proxy =>
      new Proxy(pod, releases[pod.name] ?? newestRelease, this.#startedAt);
    this.#proxies = new Map(meshedPods.map((pod) => [pod.name, proxyOf(pod)]));
    this.#runs = new Map(
      flows.map((flow) => {
        const { client, endpoint } = flow;
        const at = (pod: SyntheticPod): Proxy | undefined => this.#proxies.get(pod.name);
        const run = new FlowRun(
          flow,
          client.kind === 'pod' ? at(client.pod) : undefined,
          endpoint.kind === 'pod' ? at(endpoint.pod) : undefined,
        );
        return [flow.name, run];
      }),
    );
    this.#ownApps = [...this.#proxies.values()].map((proxy) => ({ proxy, pace: new Pace(1 / 30) }));
    for (const run of this.#runs.values()) run.connect(this.#startedAt);
  }

  /** Throws for a pod that has no proxy. */
  proxy(pod: string): Proxy {
    this.#advance();
    const proxy = this.#proxies.get(pod);
    if (proxy === undefined) throw new Error(`no proxy at ${pod}`);
    return proxy;
  }

  truth(): Truth {
    const at = this.#advance();
    const ledger = new DecisionLedger();
    for (const run of this.#runs.values()) ledger.add(run);
    return {
      at,
      startedAt: this.#startedAt,
      flows: [...this.#runs.values()].map((run) => run.truth(this.#speed)),
      decisions: ledger.decisions(),
      proxies: [...this.#proxies.values()].map(({ pod, started, release }) => ({
        namespace: pod.namespace,
        pod: pod.name,
        startedAt: started,
        version: proxyVersionOf(release),
      })),
    };
  }

  /** A new process, perhaps of another release: its counters are gone, and its connections are made anew. */
  restart(pod: string, release?: Release): void {
    const proxy = this.proxy(pod);
    const at = this.now();
    const touched = [...this.#runs.values()].filter(
      ({ client, server }) => client === proxy || server === proxy,
    );
    for (const run of touched) run.disconnect(at);
    proxy.restart(release ?? proxy.release, at);
    for (const run of touched) run.connect(at);
  }

  /** `n` calls at once, of the flow's first outcome. */
  burst(flow: string, n: number): void {
    this.#run(flow).burst(n, this.now());
  }

  changePace(flow: string, times: number): void {
    this.#run(flow).changePace(times, this.#trafficTime(this.now()));
  }

  /** Throws for a flow that cannot go otherwise, or that policy would then decide on otherwise. */
  changeSecurity(flow: string, overMesh: boolean): void {
    const run = this.#run(flow);
    const open = run.flow.served?.authorization?.name === 'all-unauthenticated';
    if (run.client === undefined || !open) throw new Error(`${flow} goes as it goes`);
    run.changeSecurity(overMesh, this.now());
  }

  /** The Server that denies its calls from now on; undefined: what decided at the beginning does. Throws for a flow that no proxy serves. */
  changeVerdict(flow: string, deniedBy: string | undefined): void {
    const run = this.#run(flow);
    if (run.flow.served === undefined) throw new Error(`no proxy decides on ${flow}`);
    run.decideBy(deniedBy === undefined ? run.flow.served : deniedAt(deniedBy, run.flow.served));
  }

  #run(flow: string): FlowRun {
    this.#advance();
    const run = this.#runs.get(flow);
    if (run === undefined) throw new Error(`no flow ${flow}`);
    return run;
  }

  #trafficTime(at: number): number {
    return (at - this.#startedAt) * this.#speed;
  }

  #advance(): number {
    const at = this.now();
    const t = this.#trafficTime(at);
    for (const run of this.#runs.values()) run.advance(t, at);
    for (const { proxy, pace } of this.#ownApps) {
      const n = pace.take(t);
      if (n === 0) continue;
      countToOwnApp(proxy, { kind: 'opened', n, first: false }, at);
      countToOwnApp(proxy, { kind: 'closed', n }, at);
    }
    return at;
  }
}
