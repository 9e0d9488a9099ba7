import type { CounterSeen, ProxyClaim } from '@mcp/sources';

import type { SimulatedProxy } from './proxy.js';

/** What the proxy of a client did not let out of the cluster, ever since it began. */
export function egressDenied({ routes }: SimulatedProxy, serving: ProxyClaim): readonly CounterSeen[] {
  const counters: CounterSeen[] = [];
  for (const { parent, route, protocol, endings } of routes) {
    if (parent.kind !== 'EgressNetwork' || protocol === 'http') continue;
    for (const [how, { value }] of endings) {
      if (how !== 'forbidden') continue;
      counters.push({
        ...{ serving, what: 'egress-denied', protocol: 'tcp', port: Number(parent.port) },
        server: { group: parent.group, kind: parent.kind, name: `${parent.namespace}/${parent.name}` },
        ...{ route, client: { kind: 'unidentified' }, value },
      });
    }
  }
  return counters;
}
