import type { RouteSample, RouteTraffic } from '@mcp/mesh';
import { formatRouteTrafficId, formatWorkloadRef, parseRouteTrafficId, routeRates } from '@mcp/mesh';
import type { PageReader } from './page-reader.js';
import type { Row } from './series-columns.js';
import { encodePage } from './series-page.js';
import { byShard, shardCount } from './shards.js';

/** The pages of the routes of one poll, spread by client. Fails as `encodePage` does. */
export async function encodeRoutes(routes: readonly RouteTraffic[]): Promise<Map<number, Uint8Array>> {
  const pages = new Map<number, Uint8Array>();
  for (const [shard, some] of await byShard(routes, ({ client }) => formatWorkloadRef(client)))
    pages.set(shardCount + shard, await encodePage(some.map(rowOf)));
  return pages;
}

/** The routes of the poll at a time; undefined where a page of them is damaged or gone. */
export async function readRoutes(
  reader: PageReader,
  at: number,
  count: number,
): Promise<RouteTraffic[] | undefined> {
  if (count === 0) return [];
  const routes: RouteTraffic[] = [];
  const reading = Array.from({ length: shardCount }, async (_, shard) => {
    for await (const { page } of reader.read('poll', shardCount + shard, at, at + 1))
      for (const [names, row] of page?.rows() ?? [])
        routes.push({ ...parseRouteTrafficId(names), sample: sampleOf(row) });
  });
  await Promise.all(reading);
  return routes.length === count ? routes : undefined;
}

function rowOf(route: RouteTraffic): readonly [names: string, row: Row] {
  return [formatRouteTrafficId(route), routeRates.map((field) => route.sample[field])];
}

function sampleOf(row: Row): RouteSample {
  const known = routeRates.map((field, column) => [field, row[column]] as const);
  return Object.fromEntries(known.filter(([, value]) => value !== undefined));
}
