import type { TrafficAsk, TrafficReading } from '@mcp/sources';

import { ProxyReading } from './proxy-reading.js';
import { markMs, type Traffic, windowMs } from './traffic.js';

/** What the proxies counted, as a source of traffic tells it: exact, complete, and true at one time. */
export function readingOf(traffic: Traffic, { latency }: TrafficAsk): TrafficReading {
  const proxies = [...traffic.proxies].map((proxy) => new ProxyReading(proxy, traffic.windowOf(proxy)));
  return {
    at: traffic.at,
    windowMs,
    // its counters are looked at without any scrape: this is how often they are marked
    scrapeIntervalMs: markMs,
    proxies: proxies.map((proxy) => proxy.seen(traffic.at)),
    requests: proxies.flatMap((proxy) => proxy.requests()),
    ...(latency && { latency: proxies.flatMap((proxy) => proxy.latency()) }),
    connections: proxies.flatMap((proxy) => proxy.connections()),
    inbound: proxies.flatMap((proxy) => proxy.inbound()),
    counters: proxies.flatMap((proxy) => proxy.counters()),
    routes: proxies.flatMap((proxy) => proxy.routes()),
    missing: [],
    rejected: [],
  };
}
