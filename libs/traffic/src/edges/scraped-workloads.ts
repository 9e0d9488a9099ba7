import { formatWorkloadRef } from '@mcp/mesh';
import type { EdgeFreshness, ScrapedWorkload } from './measured-edges.js';
import type { Measuring } from './measuring.js';
import { inTurns } from './measuring.js';

/** Of each workload how many meshed pods run, and of how many the proxy was scraped. Pauses between some of them. */
export function* scrapedWorkloads({
  reading,
  directory,
  proxies,
}: Measuring): Generator<void, ReadonlyMap<string, ScrapedWorkload>> {
  const scraped = new Map<string, EdgeFreshness>();
  yield* inTurns(reading.proxies, (seen) => {
    const proxy = proxies.of(seen);
    if (typeof proxy !== 'string' && (proxy.freshness === 'live' || proxy.freshness === 'warming'))
      scraped.set(proxy.pod.uid, proxy.freshness);
  });
  const workloads = new Map<string, { -readonly [K in keyof ScrapedWorkload]: ScrapedWorkload[K] }>();
  yield* inTurns(directory.pods(), (pod) => {
    if (pod.phase !== 'Running' || pod.runsAs?.meshed !== true) return;
    const workload = directory.workloadOf(pod);
    const key = formatWorkloadRef(workload);
    let counted = workloads.get(key);
    if (counted === undefined)
      workloads.set(key, (counted = { workload, meshedPods: 0, proxiesSeen: 0, warming: 0 }));
    counted.meshedPods += 1;
    const freshness = scraped.get(pod.uid);
    if (freshness !== undefined) counted.proxiesSeen += 1;
    if (freshness === 'warming') counted.warming += 1;
  });
  return workloads;
}
