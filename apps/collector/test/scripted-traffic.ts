import type { CounterSeen, TrafficReading, TrafficSource } from '@mcp/sources';

type Answer = TrafficReading | Error | 'never';

/**
 * A source that answers what it is told to, in order, and then waits for the next.
 *
 * Its lies: it has no clock of its own; rates and counters have nothing to do with each other; it answers latencies to nobody; it does not
 * heed the signal, as a source should.
 */
export class ScriptedTraffic implements TrafficSource {
  readonly #answers: Answer[] = [];
  #asked: ((answer: Answer) => void) | undefined;
  #idle: (() => void) | undefined;

  async read(): Promise<TrafficReading> {
    const answer =
      this.#answers.shift() ??
      (await new Promise<Answer>((resolve) => {
        this.#asked = resolve;
        this.#idle?.();
      }));
    this.#asked = undefined;
    if (answer === 'never') return new Promise(() => undefined);
    if (answer instanceof Error) throw answer;
    return answer;
  }

  /** Ends when whoever reads has dealt with the answers, and wants more. */
  async answers(...answers: readonly Answer[]): Promise<void> {
    this.give(...answers);
    await this.isAskedForMore();
  }

  give(...answers: readonly Answer[]): void {
    const [first, ...more] = answers;
    if (first === undefined) return;
    if (this.#asked === undefined) this.#answers.push(first);
    else this.#asked(first);
    this.#asked = undefined;
    this.#answers.push(...more);
  }

  async isAskedForMore(): Promise<void> {
    if (this.#asked === undefined) await new Promise<void>((resolve) => (this.#idle = resolve));
    this.#idle = undefined;
  }

  /** The one who asked has gone: nobody waits. */
  forsaken(): void {
    this.#asked = undefined;
    this.#answers.length = 0;
  }
}

const web = { namespace: 'shop', pod: 'web-1-a', address: '10.0.0.1' };
const cart = { namespace: 'shop', pod: 'cart-1-a', address: '10.0.0.2' };

/** `web` calls `cart` once a second; `cart` has denied so many requests since its process began. */
export function readingAt(at: number, denied: number, parts: Partial<TrafficReading> = {}): TrafficReading {
  const proxy = { job: 'linkerd-proxy', up: true, startedAt: 1_000, scrapes: 1 };
  const cartOf = { namespace: 'shop', service: 'cart', workload: { kind: 'Deployment', name: 'cart' } };
  return {
    at,
    windowMs: 60_000,
    proxies: [
      { ...web, ...proxy },
      { ...cart, ...proxy },
    ],
    requests: [
      {
        client: web,
        destination: { ...cartOf, port: 8080, authority: 'cart.shop.svc.cluster.local:80' },
        tls: { tls: 'mesh', reason: '', identity: 'cart.shop.serviceaccount.identity.linkerd.cluster.local' },
        successPerSecond: 1,
        failurePerSecond: 0,
      },
    ],
    connections: [],
    inbound: [],
    counters: [deniedByCart(denied)],
    routes: [],
    missing: [],
    rejected: [],
    ...parts,
  };
}

function deniedByCart(value: number): CounterSeen {
  const server = { group: '', kind: 'default', name: 'deny' };
  return {
    serving: cart,
    what: 'denied',
    protocol: 'http',
    port: 8080,
    server,
    client: { kind: 'unmeshed' },
    value,
  };
}

/** From `web` to `cart`. */
export const calledEdge = 'shop/Deployment/web>shop/Deployment/cart:8080';
