import type { Fault } from './fault.js';
import { type Generator, idleMs } from './generator.js';
import { meshedPods } from './mesh/pods.js';
import { formatPage } from './page/page.js';

/** How a pod's page is answered. `unreachable`: not at all. */
export type Answer =
  | { readonly kind: 'unreachable' }
  | {
      readonly kind: 'page';
      readonly status: number;
      readonly type: string;
      readonly delayMs: number;
      readonly body: string;
    };

/** Of one pod, what is wrong with its page or as a target. */
interface PodFaults {
  answering: 'answers' | 'unreachable' | 'forbidden' | 'garbage';
  delayMs: number;
  lines: number;
  readonly overwritten: Map<string, string>;
  labels: Readonly<Record<string, string>>;
  gone: boolean;
}

const noFaults = (): PodFaults => ({
  answering: 'answers',
  delayMs: 0,
  lines: 0,
  overwritten: new Map(),
  labels: {},
  gone: false,
});

/** The pages of the synthetic mesh, and what goes wrong with them. */
export class Exposition {
  readonly #faults = new Map(meshedPods.map(({ name }) => [name, noFaults()]));
  #twice = false;

  constructor(readonly generator: Generator) {}

  get scrapedTwice(): boolean {
    return this.#twice;
  }

  /** Throws for a pod or a flow that is not there. */
  commit(fault: Fault): void {
    switch (fault.kind) {
      case 'answers':
        Object.assign(this.#of(fault.pod), { answering: 'answers', delayMs: 0, lines: 0 });
        break;
      case 'unreachable':
      case 'forbidden':
      case 'garbage':
        this.#of(fault.pod).answering = fault.kind;
        break;
      case 'slow':
        this.#of(fault.pod).delayMs = fault.delayMs;
        break;
      case 'large':
        this.#of(fault.pod).lines = fault.lines;
        break;
      case 'overwritten':
        if (fault.value === '') this.#of(fault.pod).overwritten.delete(fault.family);
        else this.#of(fault.pod).overwritten.set(fault.family, fault.value);
        break;
      case 'restarted':
        this.generator.restart(fault.pod, fault.release);
        break;
      case 'evicted':
        this.generator.proxy(fault.pod).registry.expire(this.generator.now() - fault.idleMs);
        break;
      case 'labelled':
        this.#of(fault.pod).labels = fault.labels;
        break;
      case 'gone':
      case 'back':
        this.#of(fault.pod).gone = fault.kind === 'gone';
        break;
      case 'burst':
        this.generator.burst(fault.flow, fault.n);
        break;
      case 'paced':
        this.generator.changePace(fault.flow, fault.times);
        break;
      case 'secured':
      case 'unsecured':
        this.generator.changeSecurity(fault.flow, fault.kind === 'secured');
        break;
      case 'denied':
        this.generator.changeVerdict(fault.flow, fault.server);
        break;
      case 'admitted':
        this.generator.changeVerdict(fault.flow, undefined);
        break;
      case 'scraped-twice':
        this.#twice = fault.on;
        break;
    }
  }

  /** As the proxy prints it, without faults. Drops what is idle, as any look at the page does. */
  page(pod: string): string {
    const proxy = this.generator.proxy(pod);
    const now = this.generator.now();
    proxy.registry.expire(now - idleMs);
    proxy.renewCertificate(now);
    return formatPage(proxy.registry, this.#of(pod).overwritten);
  }

  answer(pod: string): Answer {
    const { answering, delayMs, lines } = this.#of(pod);
    const answered = (status: number, body: string, type = 'text/plain'): Answer => ({
      kind: 'page',
      status,
      type,
      delayMs,
      body,
    });
    switch (answering) {
      case 'unreachable':
        return { kind: 'unreachable' };
      case 'forbidden':
        return answered(403, '');
      case 'garbage':
        return answered(200, '<!doctype html><title>Sign in</title>', 'text/html');
      case 'answers':
        return answered(200, [...churned(lines)].join('') + this.page(pod));
    }
  }

  /** Labels that were put on a pod beside its own. */
  extraLabels(pod: string): Readonly<Record<string, string>> {
    return this.#of(pod).labels;
  }

  isTarget(pod: string): boolean {
    return !this.#of(pod).gone;
  }

  #of(pod: string): PodFaults {
    const faults = this.#faults.get(pod);
    if (faults === undefined) throw new Error(`no proxy at ${pod}`);
    return faults;
  }
}

/** What is left on a page of endpoints that came and went. */
function* churned(lines: number): Iterable<string> {
  for (let n = 0; n < lines; n += 1) {
    const ip = `10.${64 + ((n >> 16) & 63)}.${(n >> 8) & 255}.${n & 255}`;
    yield `request_total{direction="outbound",target_addr="${ip}:8080",target_ip="${ip}",target_port="8080",tls="no_identity",no_tls_reason="not_provided_by_service_discovery"} 1\n`;
  }
}
