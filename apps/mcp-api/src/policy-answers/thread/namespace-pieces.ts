import type { NamespaceView } from '@mcp/policy';
import type { NamespacePiece } from './policy-task.js';

/** The event loop is held for some milliseconds by as many. */
const workloadsAtOnce = 1_000;

/** What is sent to the thread one by one, in the order of their places. */
export function* piecesOf({ workloads, ...rest }: NamespaceView): Generator<NamespacePiece> {
  const pieces = Math.max(1, Math.ceil(workloads.length / workloadsAtOnce));
  for (let place = 0; place < pieces; place += 1) {
    const first = place * workloadsAtOnce;
    yield {
      place,
      pieces,
      ...(place === 0 && { rest }),
      workloads: workloads.slice(first, first + workloadsAtOnce),
    };
  }
}

/** Namespaces of which pieces have come, in any order and some of them twice. */
export class ArrivingNamespaces {
  readonly #arrived = new Map<number, Map<number, NamespacePiece>>();

  /** The whole namespace, with the last of its pieces. */
  add(id: number, piece: NamespacePiece): NamespaceView | undefined {
    const arrived = this.#arrived.get(id) ?? new Map<number, NamespacePiece>();
    this.#arrived.set(id, arrived.set(piece.place, piece));
    if (arrived.size < piece.pieces) return undefined;
    this.#arrived.delete(id);
    const inOrder = [...arrived.values()].sort((a, b) => a.place - b.place);
    const rest = inOrder[0]?.rest;
    return rest && { ...rest, workloads: inOrder.flatMap(({ workloads }) => workloads) };
  }

  keepOnly(ids: ReadonlySet<number>): void {
    for (const id of this.#arrived.keys()) if (!ids.has(id)) this.#arrived.delete(id);
  }
}
