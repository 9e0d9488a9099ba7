import { describe, expect, it } from '@jest/globals';
import type { LogPosition } from '@mcp/events';
import type { MeshGraph } from '@mcp/graph';
import type { MeshView } from '@mcp/policy';
import type { Following } from '../following.js';
import { PastGraphs } from '../graph/past-graphs.js';
import { MeshAtPosition } from './mesh-at.js';

const view: MeshView = {
  namespaces: new Map(),
  settings: {},
  notLive: new Map([['ControlPlane', 'contact to its source is lost']]),
  scope: 'all',
};

/** A graph that says the same at every position. */
class UnchangedGraph {
  sequence = 0;
  view = view;

  get now() {
    const state = { derive: () => [], meshView: () => this.view, meshWide: () => [] } as unknown as MeshGraph;
    const position: LogPosition = { log: 'test', sequence: (this.sequence += 1), digest: 'abc' };
    return { state, position, recordedAt: 0 };
  }
}

describe('what was worked out about a mesh', () => {
  const graph = new UnchangedGraph();
  const following = graph as unknown as Following<MeshGraph>;
  const meshes = new MeshAtPosition(following, new PastGraphs(following));
  const { signal } = new AbortController();

  it('serves at later positions while nothing changes, also where settings are left out since they may be old', async () => {
    const [before, after] = [await meshes.at('', 'at', signal), await meshes.at('', 'at', signal)];
    expect(after.position).not.toBe(before.position);
    expect(after.index).toBe(before.index);
  });

  it('does not serve for another mesh', async () => {
    const before = await meshes.at('', 'at', signal);
    graph.view = { ...view, scope: ['shop'] };
    expect((await meshes.at('', 'at', signal)).index).not.toBe(before.index);
  });
});
