import type { Denial } from '@mcp/contracts';
import type { MeshGraph } from '@mcp/graph';
import { type MeshView, PolicyIndex, Standing } from '@mcp/policy';
import { mapInSlices } from '@mcp/runtime';
import type { RefusalSeen } from '@mcp/traffic';
import { denialToProto } from '../to-proto/denial.to-proto.js';
import { RefusedCallers } from './refused-callers.js';

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

  /** As of this call: the graph is read at once. Does not hold the event loop. */
  tell(graph: MeshGraph, refusals: readonly RefusalSeen[]): Promise<Denial[]> {
    const view = graph.meshView();
    for (const _ of this.take(view));
    const joined = refusals.map((refusal) => [refusal, this.#callers.of(graph, refusal)] as const);
    return mapInSlices(joined, ([refusal, caller]) =>
      denialToProto(
        refusal,
        caller,
        decidedByPolicy.has(refusal.what) ? this.#standingIn(view).on(refusal) : undefined,
      ),
    );
  }

  #standingIn(view: MeshView): Standing {
    if (this.#standing?.view !== view)
      this.#standing = { view, standing: new Standing(new PolicyIndex(view)) };
    return this.#standing.standing;
  }
}
