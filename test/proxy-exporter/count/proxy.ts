import type { Requests } from '../mesh/flow.js';
import type { SyntheticPod } from '../mesh/pods.js';
import type { Labels } from '../page/labels.js';
import { families } from '../page/family.js';
import { proxyVersionOf, type Release } from '../page/release.js';
import { Registry } from '../page/registry.js';
import { classLabels } from './endpoint-labels.js';
import type { FlowEvent, Responded } from './flow-event.js';

/** The proxy of one pod, through its restarts. */
export class Proxy {
  #registry: Registry;

  constructor(
    readonly pod: SyntheticPod,
    release: Release,
    private startedAt: number,
  ) {
    this.#registry = new Registry(release);
    this.#began();
  }

  get registry(): Registry {
    return this.#registry;
  }

  get release(): Release {
    return this.#registry.release;
  }

  /** Milliseconds since the epoch. */
  get started(): number {
    return this.startedAt;
  }

  /** A new process: all counters are gone. */
  restart(release: Release, at: number): void {
    this.#registry = new Registry(release);
    this.startedAt = at;
    this.#began();
  }

  /** Its certificate has a day left, whenever one looks. */
  renewCertificate(at: number): void {
    const ends = Math.floor(at / 1000) + 86_400;
    this.#registry.set(families.certificate, {}, ends, at);
    this.#registry.set(families.certificateOf215, {}, ends, at);
  }

  /** Counts at the transport, for one side of the proxy. All families of a connection begin together. */
  countTransport(labels: Labels, event: FlowEvent, at: number): void {
    const registry = this.#registry;
    switch (event.kind) {
      case 'opened':
        registry.add(families.opened, labels, event.n, at);
        registry.add(families.open, labels, event.n, at);
        registry.add(families.read, labels, 0, at);
        registry.add(families.written, labels, 0, at);
        break;
      case 'closed':
        registry.add(families.open, labels, -event.n, at);
        registry.add(families.closed, { ...labels, errno: '' }, event.n, at);
        break;
      case 'carried':
        registry.add(families.written, labels, event.written, at);
        registry.add(families.read, labels, event.read, at);
        break;
      case 'responded':
        break;
    }
  }

  countResponses(
    labels: Labels,
    requests: Requests | undefined,
    { outcome, n }: Responded,
    at: number,
  ): void {
    if (requests === undefined) return;
    const status = { ...labels, status_code: String(outcome.status) };
    this.#registry.add(families.requests, labels, n, at);
    this.#registry.add(families.responses, { ...status, ...classLabels(outcome) }, n, at);
    this.#registry.observe(families.latency, status, n, requests.latency, at);
  }

  #began(): void {
    const build = {
      date: '2026-08-21T00:00:00Z',
      git_sha: '29637b6',
      profile: 'release',
      vendor: 'synthetic',
      version: proxyVersionOf(this.release),
    };
    this.#registry.set(families.build, build, 1, this.startedAt);
    this.#registry.set(families.processStart, {}, this.startedAt / 1000, this.startedAt);
  }
}
