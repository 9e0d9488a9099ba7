import { edgeKey, type MeshGraph } from '@mcp/graph';
import { formatEdgeId, type TrafficEnd, type WorkloadRef } from '@mcp/mesh';
import type { MeshView } from '@mcp/policy';
import type { RefusalSeen } from '@mcp/traffic';
import { RunningIdentities } from './identities.js';

/** Who it was that was refused, as far as it can be told. */
export interface RefusedCaller {
  /** All that run as the client's identity. */
  readonly runAs: readonly WorkloadRef[];
  /** Keys of the edges by which such clients call what refused them. */
  readonly edges: readonly string[];
  /** The only one that it can have been. */
  readonly caller: WorkloadRef | undefined;
}

/** Joins what servers' proxies refused to an identity with the workloads and edges of the graph. */
export class RefusedCallers {
  readonly #identities = new RunningIdentities();

  /** Takes what is not as in the view taken before; pauses in between. */
  take(view: MeshView): Generator<void> {
    return this.#identities.take(view);
  }

  of(graph: MeshGraph, refusal: RefusalSeen): RefusedCaller {
    const { what, client, workload, port } = refusal;
    if (what === 'egress-denied') return outward(graph, refusal);
    const runAs = client.kind === 'identity' ? this.#identities.of(client.identity) : [];
    const edgeFrom = (source: TrafficEnd): string | undefined => {
      const id = formatEdgeId({ source, destination: { kind: 'workload', workload }, port });
      return graph.edge(id) === undefined ? undefined : edgeKey(id);
    };
    const calling = runAs.filter((each) => edgeFrom({ kind: 'workload', workload: each }) !== undefined);
    const sources: TrafficEnd[] = calling.map((each) => ({ kind: 'workload', workload: each }));
    if (client.kind !== 'unidentified') sources.push(client);
    return {
      runAs,
      edges: sources.flatMap((source) => edgeFrom(source) ?? []),
      caller: onlyOne(runAs) ?? onlyOne(calling),
    };
  }
}

/** The caller's own proxy refused it. */
function outward(graph: MeshGraph, { workload, server, port }: RefusalSeen): RefusedCaller {
  const [namespace = '', name = ''] = server.name.split('/');
  const id = formatEdgeId({
    source: { kind: 'workload', workload },
    destination: { kind: 'external', egressNetwork: { namespace, name } },
    port,
  });
  const edges = graph.edge(id) === undefined ? [] : [edgeKey(id)];
  return { runAs: [workload], edges, caller: workload };
}

function onlyOne(workloads: readonly WorkloadRef[]): WorkloadRef | undefined {
  return workloads.length === 1 ? workloads[0] : undefined;
}
