import type { ProxyClaim, TrafficReading, TrafficSource } from '@mcp/sources';
import type { RunningPod, ToldMesh } from './told-mesh.js';

const callsOfEach = 5;
/** An edge is recorded when it was seen twice; a counter counts from the second time on. */
const readings = 3;
const scrapeMs = 15_000;
const port = 8080;
const allowing = { group: '', kind: 'default', name: 'all-unauthenticated' };

/** The calls of a mesh, as its proxies tell of them: each workload calls five others, all by mTLS. */
export class ToldCalls implements TrafficSource {
  #asked = 0;
  #begin: () => void = () => undefined;
  #recorded: () => void = () => undefined;
  readonly #begun = new Promise<void>((resolve) => (this.#begin = resolve));
  readonly #done = new Promise<void>((resolve) => (this.#recorded = resolve));

  constructor(private readonly mesh: ToldMesh) {}

  get edges(): number {
    return this.mesh.services * Math.min(callsOfEach, this.mesh.services - 1);
  }

  /** Once the pods are in the log. Resolves when all edges are. */
  tell(): Promise<void> {
    this.#begin();
    return this.#done;
  }

  /** After those that are told, none. */
  async read(_: unknown, signal: AbortSignal): Promise<TrafficReading> {
    await this.#begun;
    this.#asked += 1;
    if (this.#asked <= readings) return this.#reading(this.#asked);
    this.#recorded();
    return new Promise((_resolve, reject) => {
      const stop = (): void => reject(new Error('there is nothing more to tell'));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
  }

  #reading(nth: number): TrafficReading {
    const pods = this.mesh.runningPods();
    const claims = pods.map(({ namespace, pod, ip }): ProxyClaim => ({ namespace, pod, address: ip }));
    const requests: TrafficReading['requests'][number][] = [];
    const counters: TrafficReading['counters'][number][] = [];
    for (const [from, caller] of pods.entries())
      for (let step = 1; step <= Math.min(callsOfEach, pods.length - 1); step += 1) {
        // neighbours, and some of other namespaces
        const to = (from + step ** 3) % pods.length;
        const [client, serving, called] = [claims[from], claims[to], pods[to]];
        if (client === undefined || serving === undefined || called === undefined) continue;
        const identity = identityOf(called);
        requests.push({
          client,
          destination: {
            ...{ namespace: called.namespace, service: called.workload, port },
            workload: { kind: 'Deployment', name: called.workload },
            authority: `${called.workload}.${called.namespace}.svc.cluster.local:80`,
          },
          tls: { tls: 'mesh', reason: '', identity },
          ...{ successPerSecond: 1 + ((from * 7919 + step) % 997) / 10, failurePerSecond: 0 },
        });
        counters.push({
          ...{ serving, port, server: allowing, authorization: allowing, what: 'allowed', protocol: 'http' },
          client: { kind: 'identity', identity: identityOf(caller) },
          value: 1_000 * nth,
        });
      }
    const at = Date.now() - (readings - nth + 1) * scrapeMs;
    const scraped = { job: 'linkerd-proxy', up: true, startedAt: at - 3_600_000, scrapes: 1 };
    return {
      ...{ at, windowMs: 60_000 },
      proxies: claims.map((claim) => ({ ...claim, ...scraped })),
      ...{ requests, counters },
      ...{ connections: [], inbound: [], routes: [], missing: [], rejected: [] },
    };
  }
}

function identityOf({ namespace, workload }: RunningPod): string {
  return `${workload}.${namespace}.serviceaccount.identity.linkerd.cluster.local`;
}
