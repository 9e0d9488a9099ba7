import type { ExternalWorkloadState, PodShape } from '@mcp/mesh';
import type { Endpoint } from '@mcp/policy';

const ofShapes = new WeakMap<PodShape, Endpoint>();
const ofExternals = new WeakMap<ExternalWorkloadState, Endpoint>();

/** The same object for the same shape. */
export function endpointOfShape(shape: PodShape): Endpoint {
  const known = ofShapes.get(shape);
  if (known !== undefined) return known;
  const { labels, annotations, serviceAccount, ports, probes, meshed, governed, skippedPorts } = shape;
  const endpoint: Endpoint = {
    kind: 'Pod',
    labels,
    annotations,
    ports,
    probes,
    meshed,
    governed,
    runsAs: { serviceAccount },
    ...(skippedPorts && { skippedPorts }),
  };
  ofShapes.set(shape, endpoint);
  return endpoint;
}

/** The same object for the same state. It is meshed and governed by what it is. */
export function endpointOfExternal(state: ExternalWorkloadState): Endpoint {
  const known = ofExternals.get(state);
  if (known !== undefined) return known;
  const { labels, annotations, ports, identity } = state;
  const endpoint: Endpoint = {
    kind: 'ExternalWorkload',
    labels,
    annotations,
    ports: ports.map((port) => ({ ...port, container: '', init: false })),
    probes: [],
    meshed: true,
    governed: true,
    runsAs: { identity },
  };
  ofExternals.set(state, endpoint);
  return endpoint;
}
