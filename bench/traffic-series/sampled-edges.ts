import type { TrafficPoll } from '@mcp/event-log';
import type { EdgeSample } from '@mcp/mesh';

const apps = ['web', 'cart', 'orders', 'payments', 'search', 'users', 'mail', 'api'];
const edgesOfNamespace = 40;

/**
 * Edges of a mesh with forty of them in each namespace, one in five TCP, and numbers that no two polls have in common: nothing that
 * deflate could make good use of but the names.
 */
export class SampledEdges {
  readonly keys: readonly string[];
  #state = 7;

  constructor(count: number) {
    const namespaces = Math.ceil(count / edgesOfNamespace);
    this.keys = Array.from({ length: count }, (_, index) => {
      const [source, target] = [Math.floor(index / edgesOfNamespace), (index * 7) % namespaces];
      const [client, server] = [apps[index % apps.length], apps[(index * 3) % apps.length]];
      return `shop-${source}/Deployment/${client}-${index % edgesOfNamespace}>shop-${target}/Deployment/${server}:8080`;
    });
  }

  /** Latencies are asked for in every fourth poll. */
  poll(at: number, latency: boolean): TrafficPoll {
    const edges = new Map(this.keys.map((key, index) => [key, this.#sample(index, latency)]));
    return { at, windowMs: 30_000, proxiesSeen: 1000, meshedPods: 1000, edges };
  }

  #sample(index: number, latency: boolean): EdgeSample {
    const rate = Math.exp(this.#random() * 8 - 2);
    const bytes = {
      mtlsShare: index % 20 === 0 ? this.#random() : 1,
      openConnections: 1 + Math.floor(this.#random() * 30),
      openedPerSecond: this.#random() < 0.5 ? 0 : this.#random(),
      writtenBytesPerSecond: rate * 1000 * (1 + this.#random()),
      readBytesPerSecond: rate * 3000 * (1 + this.#random()),
    };
    if (index % 5 === 0) return bytes;
    const p50Ms = 1 + this.#random() * 20;
    return {
      ...bytes,
      successPerSecond: rate,
      failurePerSecond: index % 4 === 0 ? rate * 0.01 * this.#random() : 0,
      startedPerSecond: rate * (1 + 0.01 * this.#random()),
      ...(latency && { p50Ms, p95Ms: p50Ms * 3, p99Ms: p50Ms * (5 + this.#random()) }),
    };
  }

  #random(): number {
    this.#state = (this.#state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return this.#state / 2_147_483_648;
  }
}
