import type { PolicyIndex } from '../ports/policy-index.js';
import type { Endpoint } from '../view.js';

/** Where the proxy takes in what is for other ports: whoever connects there names the port that is meant. */
const inboundPort = 4143;

/** The ports to ask about: the TCP ports that are declared, and those that a Server selects by number. Ascending. */
export function targetPorts(index: PolicyIndex, namespace: string, endpoint: Endpoint): readonly number[] {
  const declared = endpoint.ports
    .filter(({ protocol, number }) => protocol === 'TCP' && number !== inboundPort)
    .map(({ number }) => number);
  const servers = index.policiesOf(namespace)?.servers.selectingByLabels(endpoint) ?? [];
  const selected = [...servers].map(({ spec }) => spec.port).filter((port) => typeof port === 'number');
  return [...new Set([...declared, ...selected])].sort((a, b) => a - b);
}
