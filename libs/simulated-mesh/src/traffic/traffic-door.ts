import { readingOf } from './reading.js';
import { proxyPage } from './proxy-page.js';
import { scrapeTargets } from './scrape-targets.js';
import type { Traffic } from './traffic.js';

export type TrafficAnswer =
  { readonly code: 200; readonly json: unknown } | { readonly code: 200 | 404; readonly text: string };

/**
 * `GET /proxies` lists the proxies as Prometheus' HTTP service discovery wants them, `GET /proxies/<namespace>/<pod>/metrics` is the
 * page of one, and `GET /traffic` is a `TrafficReading` of all, with `?latency=true` the latencies too. In JSON, which has no
 * Infinity, the last bound of a latency is null. Undefined for any other path.
 */
export function trafficAnswer(
  traffic: Traffic,
  path: readonly string[],
  { query, host }: { readonly query: URLSearchParams; readonly host: string },
): TrafficAnswer | undefined {
  const [root, namespace, pod, page, ...beyond] = path;
  if (root === 'traffic' && path.length === 1) {
    traffic.advance();
    return { code: 200, json: readingOf(traffic, { latency: query.get('latency') === 'true' }) };
  }
  if (root !== 'proxies') return undefined;
  traffic.advance();
  if (namespace === undefined) return { code: 200, json: scrapeTargets(traffic.proxies, host) };
  const proxy = traffic.proxyOf(namespace, pod ?? '');
  return proxy === undefined || page !== 'metrics' || beyond.length > 0
    ? { code: 404, text: '404 page not found\n' }
    : { code: 200, text: proxyPage(proxy, traffic.at) };
}
