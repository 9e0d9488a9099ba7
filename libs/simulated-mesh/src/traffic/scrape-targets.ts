import type { SimulatedProxy } from './proxy.js';
import { scrapeJob } from './proxy-facts.js';

/** As Prometheus' `http_sd_configs` reads it. */
export interface ScrapeTarget {
  readonly targets: readonly [string];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Every proxy, to be scraped at `host`. The labels are those that the Prometheus of linkerd-viz gives: labels of the pod come last,
 * and so take the place of any other of their name.
 * Source: linkerd2 viz/charts/linkerd-viz/templates/prometheus.yaml (read at b24cd40).
 */
export function scrapeTargets(proxies: Iterable<SimulatedProxy>, host: string): readonly ScrapeTarget[] {
  return [...proxies].map(({ instance: { namespace, name, address, endpoint } }) => ({
    targets: [host],
    labels: {
      __metrics_path__: `/proxies/${namespace}/${name}/metrics`,
      job: scrapeJob,
      instance: `${address}:4191`,
      namespace,
      pod: name,
      ...Object.fromEntries(Object.entries(endpoint.labels).map(([label, value]) => [scraped(label), value])),
    },
  }));
}

/** `linkerd.io/proxy-job` becomes `k8s_job`, `linkerd.io/proxy-deployment` `deployment`, `linkerd.io/workload-ns` `workload_ns`. */
function scraped(label: string): string {
  if (label === 'linkerd.io/proxy-job') return 'k8s_job';
  const own = label.replace(/^linkerd\.io\/(proxy-)?/, '');
  return own.replace(/[^a-zA-Z0-9_]/g, '_');
}
