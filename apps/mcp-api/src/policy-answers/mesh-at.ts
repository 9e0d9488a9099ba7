import type { Source } from '@mcp/contracts';
import { formatPosition } from '@mcp/events';
import type { MeshGraph } from '@mcp/graph';
import { type MeshView, PolicyIndex } from '@mcp/policy';
import type { FoldedState } from '@mcp/projections';
import type { Following } from '../following.js';
import type { PlaceInTime } from '../graph/graph-messages.js';
import { stepInSlices } from '@mcp/runtime';
import type { PastGraphs } from '../graph/past-graphs.js';
import { sourcesOf } from '../graph/sources.js';

/** The mesh at one position of the log, for policy answers. It does not change. */
export interface MeshAt extends PlaceInTime {
  /** As the graph gave it; the one of `index` may lack settings that are outdated. */
  readonly view: MeshView;
  readonly index: PolicyIndex;
  readonly sources: readonly Source[];
}

/** Positions that someone is paging through; what did not change between two of them is shared. */
const keptPositions = 4;

/** Gives the mesh as it is now, or as it was. */
export class MeshAtPosition {
  /** By position, the one used last at the end. */
  readonly #kept = new Map<string, MeshAt>();

  constructor(
    private readonly following: Following<MeshGraph>,
    private readonly pasts: PastGraphs,
  ) {}

  /** `at` empty: now. `field`: where the request has it. Fails as `PastGraphs.at` does. */
  async at(at: string, field: string, signal: AbortSignal): Promise<MeshAt> {
    await stepInSlices(this.following.now.state.derive());
    // to be read at once: the next event may change the state in place
    const { now } = this.following;
    const position = formatPosition(now.position);
    const isNow = at === '' || at === position;
    const mesh =
      this.#kept.get(isNow ? position : at) ??
      this.#meshAt(isNow ? now : await this.pasts.at(at, field, signal));
    this.#keep(mesh);
    return mesh;
  }

  #meshAt({ state, position, recordedAt }: FoldedState<MeshGraph>): MeshAt {
    const view = state.meshView();
    const alike = [...this.#kept.values()].find((kept) => kept.view === view);
    return {
      position: formatPosition(position),
      recordedAt,
      view,
      index: alike?.index ?? new PolicyIndex(view),
      sources: sourcesOf(state.meshWide()).sources,
    };
  }

  #keep(mesh: MeshAt): void {
    this.#kept.delete(mesh.position);
    this.#kept.set(mesh.position, mesh);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= keptPositions) break;
      this.#kept.delete(oldest);
    }
  }
}
