import type { AnyRecordedEvent } from '@mcp/events';
import { deepEqual } from '@mcp/mesh';
import { MeshGraph } from './mesh-graph.js';
import { encodeGraph, graphVersion, restoreGraph } from './snapshot.js';

/** The mesh graph as a projection runs it. */
export const meshGraphFold = {
  name: 'mesh-graph',
  version: graphVersion,
  initial: (): MeshGraph => new MeshGraph(),
  evolve(graph: MeshGraph, event: AnyRecordedEvent): MeshGraph {
    graph.evolve(event);
    return graph;
  },
  encode: encodeGraph,
  restore: restoreGraph,
  same: (a: MeshGraph, b: MeshGraph): boolean => deepEqual(a.entities(), b.entities()),
};
