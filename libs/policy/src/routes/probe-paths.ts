import type { HttpProbe } from '@mcp/mesh';
import type { Endpoint } from '../view.js';

/**
 * The paths on a port that the kubelet asks for over HTTP. A probe's port may be a name, of a TCP port of the same container, whose case does not matter. A path
 * without its leading slash is not covered.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/workload.rs, pod_http_probes (read at b24cd40).
 */
export function probePaths({ probes, ports }: Endpoint, port: number): readonly string[] {
  const isOn = ({ port: asked, container, init }: HttpProbe): boolean =>
    typeof asked === 'number'
      ? asked === port
      : ports.some(
          (declared) =>
            declared.container === container &&
            declared.init === init &&
            declared.name?.toLowerCase() === asked.toLowerCase() &&
            declared.protocol === 'TCP' &&
            declared.number === port,
        );
  const paths = probes.filter((probe) => probe.path.startsWith('/') && isOn(probe)).map(({ path }) => path);
  return [...new Set(paths)].sort();
}
