import type { Denial } from '@mcp/contracts';
import { edgeIdOfKey, type MeshGraph, seenEntity } from '@mcp/graph';
import { deepEqual, VisibleNamespaces } from '@mcp/mesh';
import { type MeshView, PolicyIndex, Standing } from '@mcp/policy';
import { mapInSlices } from '@mcp/runtime';
import { hiddenClient, type RefusalSeen } from '@mcp/traffic';
import { denialToProto } from '../to-proto/denial.to-proto.js';
import { type RefusedCaller, RefusedCallers } from './refused-callers.js';

/** What policy decides about; the others are not about who somebody is. */
const decidedByPolicy: ReadonlySet<RefusalSeen['what']> = new Set(['denied', 'terminated', 'audited']);

/** Tells refusals with who it was, on which edge, and what policy decides about it now. */
export class ToldDenials {
  readonly #callers = new RefusedCallers();
  /** Of the view that it is of. */
  #standing: { readonly view: MeshView; readonly standing: Standing } | undefined;

  /** To be taken in steps before `tell`, which takes at once what is left. */
  take(view: MeshView): Generator<void> {
    return this.#callers.take(view);
  }

  /** As of this call: the graph is read at once. Does not hold the event loop. What policy decides about hidden clients is not asked. */
  tell(
    graph: MeshGraph,
    refusals: readonly RefusalSeen[],
    visible = VisibleNamespaces.all,
  ): Promise<Denial[]> {
    const view = graph.meshView();
    for (const _ of this.take(view));
    const joined = refusals.map(
      (refusal) => [refusal, seenCaller(this.#callers.of(graph, refusal), graph, visible)] as const,
    );
    return mapInSlices(joined, ([refusal, caller]) =>
      denialToProto(
        refusal,
        caller,
        decidedByPolicy.has(refusal.what) && !deepEqual(refusal.client, hiddenClient)
          ? this.#standingIn(view).on(refusal)
          : undefined,
      ),
    );
  }

  #standingIn(view: MeshView): Standing {
    if (this.#standing?.view !== view)
      this.#standing = { view, standing: new Standing(new PolicyIndex(view)) };
    return this.#standing.standing;
  }
}

/** Edges by the keys that they have in the graph of who may see this. */
function seenCaller(
  { runAs, edges, caller }: RefusedCaller,
  graph: MeshGraph,
  visible: VisibleNamespaces,
): RefusedCaller {
  const keys = edges.flatMap((key) => {
    const edge = graph.edge(edgeIdOfKey(key));
    return (edge && seenEntity(edge, visible)?.key) ?? [];
  });
  return {
    runAs: runAs.filter(({ namespace }) => visible.has(namespace)),
    edges: [...new Set(keys)],
    caller: caller && visible.has(caller.namespace) ? caller : undefined,
  };
}
