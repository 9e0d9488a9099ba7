import type { ScrapeTarget } from './scrape-target.js';

/**
 * How a Prometheus comes by the targets. `viz`: linkerd-viz's own, which copies the labels of pods over those of the scrape. `plain`: a PodMonitor
 * without relabelings of its own.
 */
export type ScrapeForm = 'viz' | 'plain';

/** One job of a prometheus.yml. */
export interface ScrapeJob {
  readonly name: string;
  readonly targets: readonly ScrapeTarget[];
  /** `relabel_configs`. */
  readonly relabelings: readonly Readonly<Record<string, unknown>>[];
}

const meta = '__meta_kubernetes';
const label = `${meta}_pod_label`;

type Relabeling = Readonly<Record<string, unknown>>;
const copied = (from: string, to: string): Relabeling => ({ source_labels: [from], target_label: to });
const mapped = (regex: string): Relabeling => ({ action: 'labelmap', regex });
const dropped = (regex: string): Relabeling => ({ action: 'labeldrop', regex });

/** The pods' addresses lead nowhere here: their pages have one address, and each target the instance that it would have. */
const instance = { source_labels: [`${meta}_pod_ip`], target_label: 'instance', replacement: '$1:4191' };
const whichPod = [copied(`${meta}_namespace`, 'namespace'), copied(`${meta}_pod_name`, 'pod'), instance];

const relabelings: Readonly<Record<ScrapeForm, readonly Relabeling[]>> = {
  /** Labels of pods come last, and so win over all others. */
  viz: [
    {
      source_labels: [
        `${meta}_pod_container_name`,
        `${meta}_pod_container_port_name`,
        `${label}_linkerd_io_control_plane_ns`,
      ],
      action: 'keep',
      regex: '^linkerd-proxy;linkerd-admin;linkerd$',
    },
    ...whichPod,
    copied(`${label}_linkerd_io_proxy_job`, 'k8s_job'),
    dropped(`${label}_linkerd_io_proxy_job`),
    mapped(`${label}_linkerd_io_proxy_(.+)`),
    dropped(`${label}_linkerd_io_proxy_(.+)`),
    mapped(`${label}_linkerd_io_(.+)`),
    dropped(`${label}_linkerd_io_(.+)`),
    mapped(`${label}_(.+)`),
  ],
  plain: [
    ...whichPod,
    copied(`${meta}_pod_container_name`, 'container'),
    copied(`${meta}_pod_container_port_name`, 'endpoint'),
  ],
};

const jobNames: Readonly<Record<ScrapeForm, readonly [first: string, again: string]>> = {
  viz: ['linkerd-proxy', 'again/linkerd-proxy'],
  plain: ['monitoring/linkerd-proxy', 'again/linkerd-proxy'],
};

/** `twice`: a second job scrapes the same targets. */
export function scrapeJobs(
  form: ScrapeForm,
  targets: readonly ScrapeTarget[],
  twice: boolean,
): readonly ScrapeJob[] {
  const names = jobNames[form].slice(0, twice ? 2 : 1);
  return names.map((name) => ({ name, targets, relabelings: relabelings[form] }));
}

/** A prometheus.yml: its JSON is YAML. */
export const prometheusConfig = (jobs: readonly ScrapeJob[], intervalSeconds: number): object => ({
  global: { scrape_interval: `${intervalSeconds}s`, scrape_timeout: `${intervalSeconds}s` },
  scrape_configs: jobs.map(({ name, targets, relabelings }) => ({
    job_name: name,
    static_configs: targets.map(({ address, labels }) => ({ targets: [address], labels })),
    relabel_configs: relabelings,
  })),
});
