import type { Exposition } from './exposition.js';
import { podLabels } from './kubernetes/pod-labels.js';
import { meshedPods } from './mesh/pods.js';

/** One target, before relabeling. */
export interface ScrapeTarget {
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
}

const meta = '__meta_kubernetes';

export const pathOf = (pod: string): string => `/pods/${pod}/metrics`;

/** The proxies, with the labels that Prometheus's discovery of pods gives them. `address`: where their pages are. */
export function targetsOf(exposition: Exposition, address: string): readonly ScrapeTarget[] {
  return meshedPods
    .filter(({ name }) => exposition.isTarget(name))
    .map((pod) => ({
      address,
      labels: {
        __metrics_path__: pathOf(pod.name),
        [`${meta}_namespace`]: pod.namespace,
        [`${meta}_pod_name`]: pod.name,
        [`${meta}_pod_ip`]: pod.ip,
        [`${meta}_pod_container_name`]: 'linkerd-proxy',
        [`${meta}_pod_container_port_name`]: 'linkerd-admin',
        ...discovered({ ...podLabels(pod), ...exposition.extraLabels(pod.name) }),
      },
    }));
}

const discovered = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [
      `${meta}_pod_label_${name.replaceAll(/[^a-zA-Z0-9_]/g, '_')}`,
      value,
    ]),
  );
