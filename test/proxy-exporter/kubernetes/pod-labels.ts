import type { SyntheticPod } from '../mesh/pods.js';

/** As the controllers, and of a meshed pod the injector, write them. */
export const podLabels = ({
  namespace,
  workload,
  templateHash,
  meshed,
}: SyntheticPod): Record<string, string> => ({
  app: workload.name,
  ...(templateHash !== undefined && { 'pod-template-hash': templateHash }),
  ...(meshed && {
    'linkerd.io/control-plane-ns': 'linkerd',
    [`linkerd.io/proxy-${workload.kind.toLowerCase()}`]: workload.name,
    'linkerd.io/workload-ns': namespace,
  }),
});
