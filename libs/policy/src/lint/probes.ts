import { formatWorkloadRef } from '@mcp/mesh';
import { boundaryOf } from '../ports/boundary.js';
import { decide } from '../answers/decide.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import type { PortPolicy } from '../ports/port-policy.js';
import { probePaths } from '../routes/probe-paths.js';
import type { Client } from '../question.js';
import type { Endpoint } from '../view.js';
import type { Finding } from './finding.js';
import { finding, ofWorkload } from './finding.js';
import type { LintedNamespace } from './linted-namespace.js';
import type { PlacedPort } from './server-reach.js';

/** It comes from a node, of which the address is not known, and has no identity. */
const kubelet: Client = { tls: 'none', address: undefined };

/** The kubelet's probes that policy surely refuses. */
export function* lintProbes({ index, endpoints }: LintedNamespace): Iterable<Finding> {
  for (const placed of endpoints)
    for (const port of probedPorts(placed.endpoint)) yield* refusedProbes(index, { ...placed, port });
}

export function* refusedProbes(
  index: PolicyIndex,
  { workload, endpoint, port }: PlacedPort,
): Iterable<Finding> {
  if (boundaryOf(endpoint, port, { kind: 'any' }) !== undefined) return;
  const paths = probePaths(withLeadingSlashes(endpoint), port);
  if (paths.length === 0) return;
  const policy = index.portPolicy(workload.namespace, endpoint, port);
  if (hangsOnHeaders(policy)) return;
  for (const path of paths) {
    const { verdict, refusal, server } = decide(policy, kubelet, {
      kind: 'http',
      method: 'GET',
      path,
      headers: new Map(),
    });
    if (verdict === 'deny')
      yield finding(
        'LNK407',
        ofWorkload(workload),
        '',
        `probe GET ${path} on port ${port} of ${formatWorkloadRef(workload)} is refused (${refusal === 'route-not-found' ? '404' : '403'}) by ${server?.kind === 'Server' ? `Server ${server.name}` : `the policy ${server?.name ?? ''}`}`,
      );
  }
}

/** As the kubelet asks for them. */
function withLeadingSlashes(endpoint: Endpoint): Endpoint {
  return {
    ...endpoint,
    probes: endpoint.probes.map((probe) => ({ ...probe, path: `/${probe.path.replace(/^\//, '')}` })),
  };
}

function probedPorts({ probes, ports }: Endpoint): ReadonlySet<number> {
  if (probes.length === 0) return new Set();
  return new Set([
    ...probes.flatMap(({ port }) => (typeof port === 'number' ? [port] : [])),
    ...ports.map(({ number }) => number),
  ]);
}

/** A probe may send headers, a host too, which are not known here. */
function hangsOnHeaders({ routes }: PortPolicy): boolean {
  return routes.some(
    ({ hostnames, matches }) => hostnames.length > 0 || matches.some(({ asksHeaders }) => asksHeaders),
  );
}
