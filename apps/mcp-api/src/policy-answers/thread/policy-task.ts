import type { MeshView, NamespaceView, WorkloadView } from '@mcp/policy';
import type { CallersPiece } from './arriving-callers.js';
import type { PolicyQuestion } from './policy-question.js';
import type { ReadChange } from './read-change.js';

/** What a worker is given. A view comes as its namespaces, by numbers that stand for them: one that did not change is sent once. */
export type PolicyTask =
  | { readonly kind: 'take'; readonly id: number; readonly piece: NamespacePiece }
  | {
      readonly kind: 'ask';
      readonly view: NumberedView;
      readonly question: PolicyQuestion;
      readonly page: AskedPage;
    }
  | { readonly kind: 'take-callers'; readonly key: string; readonly piece: CallersPiece }
  | { readonly kind: 'validate'; readonly yaml: string }
  | { readonly kind: 'read-change'; readonly yaml: string };

/** One of `pieces`; the first has all of the namespace but its workloads. */
export interface NamespacePiece {
  readonly place: number;
  readonly pieces: number;
  readonly rest?: Omit<NamespaceView, 'workloads'>;
  readonly workloads: readonly WorkloadView[];
}

export interface NumberedView extends Omit<MeshView, 'namespaces'> {
  /** Another one for another view. */
  readonly id: number;
  readonly namespaces: ReadonlyMap<string, number>;
}

export interface AskedPage {
  /** Stands for view and question: what was worked out for it is kept for the next page. */
  readonly key: string;
  /** The first part of the answer that is wanted. */
  readonly start: number;
  readonly bytes: number;
}

export type PolicyReply =
  | { readonly kind: 'taken' }
  /** The worker does not have these namespaces, or the callers: to be sent before it is asked again. */
  | { readonly kind: 'missing'; readonly ids: readonly number[]; readonly callers: boolean }
  | {
      readonly kind: 'page';
      readonly bytes: Uint8Array;
      /** The first part of the next page; undefined on the last. */
      readonly next: number | undefined;
    }
  | { readonly kind: 'validated'; readonly answer: Uint8Array }
  | { readonly kind: 'read'; readonly change: ReadChange }
  /** The text as a whole is not read. */
  | { readonly kind: 'refused'; readonly message: string };

/** Where tasks are done: those about the mesh one after the other, all by one memory. */
export interface PolicyThread {
  /** Rejects when the signal aborts. */
  run(task: PolicyTask, signal: AbortSignal): Promise<PolicyReply>;
}
