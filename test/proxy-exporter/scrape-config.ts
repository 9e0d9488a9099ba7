/**
 * How a Prometheus comes by the targets. `viz`: linkerd-viz's own, which copies the labels of pods over those of the scrape. `plain`: a PodMonitor
 * without relabelings of its own.
 */
export type ScrapeForm = 'viz' | 'plain';

export interface ScrapeOptions {
  readonly form?: ScrapeForm;
  readonly intervalSeconds?: number;
  readonly timeoutSeconds?: number;
}

const meta = '__meta_kubernetes';
const label = `${meta}_pod_label`;

const copied = (from: string, to: string): object => ({ source_labels: [from], target_label: to });
const mapped = (regex: string, replacement = '$1'): object => ({ action: 'labelmap', regex, replacement });
const dropped = (regex: string): object => ({ action: 'labeldrop', regex });

/** The pods' addresses lead nowhere here: their pages have one address, and each target the instance that it would have. */
const instance = { source_labels: [`${meta}_pod_ip`], target_label: 'instance', replacement: '$1:4191' };
const wherePodIs = [copied(`${meta}_namespace`, 'namespace'), copied(`${meta}_pod_name`, 'pod'), instance];

/** Labels of pods come last, and so win over all others. */
const vizRelabelings = [
  {
    source_labels: [
      `${meta}_pod_container_name`,
      `${meta}_pod_container_port_name`,
      `${label}_linkerd_io_control_plane_ns`,
    ],
    action: 'keep',
    regex: '^linkerd-proxy;linkerd-admin;linkerd$',
  },
  ...wherePodIs,
  copied(`${label}_linkerd_io_proxy_job`, 'k8s_job'),
  dropped(`${label}_linkerd_io_proxy_job`),
  mapped(`${label}_linkerd_io_proxy_(.+)`),
  dropped(`${label}_linkerd_io_proxy_(.+)`),
  mapped(`${label}_linkerd_io_(.+)`),
  dropped(`${label}_linkerd_io_(.+)`),
  mapped(`${label}_(.+)`),
];

const plainRelabelings = [
  ...wherePodIs,
  copied(`${meta}_pod_container_name`, 'container'),
  copied(`${meta}_pod_container_port_name`, 'endpoint'),
];

/**
 * A prometheus.yml, as an object; its JSON is YAML. `url`: of the exporter. The job `again` has targets only while they are scraped twice.
 */
export function scrapeConfig(url: string, options: ScrapeOptions = {}): object {
  const { form = 'viz', intervalSeconds = 10, timeoutSeconds = intervalSeconds } = options;
  const viz = form === 'viz';
  const job = (name: string, targets: string): object => ({
    job_name: name,
    http_sd_configs: [{ url: `${url}/${targets}`, refresh_interval: '1s' }],
    relabel_configs: viz ? vizRelabelings : plainRelabelings,
  });
  return {
    global: { scrape_interval: `${intervalSeconds}s`, scrape_timeout: `${timeoutSeconds}s` },
    scrape_configs: [
      job(viz ? 'linkerd-proxy' : 'monitoring/linkerd-proxy', 'targets'),
      job(viz ? 'again' : 'monitoring-again/linkerd-proxy', 'targets-again'),
    ],
  };
}
