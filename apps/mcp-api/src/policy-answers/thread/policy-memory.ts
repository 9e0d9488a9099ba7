import { formatWorkloadRef } from '@mcp/mesh';
import type { NamespaceView } from '@mcp/policy';
import { PolicyIndex } from '@mcp/policy';
import { Ledger } from '@mcp/traffic';
import { answerParts } from './answer-parts.js';
import { ArrivingCallers } from './arriving-callers.js';
import { ArrivingNamespaces } from './namespace-pieces.js';
import type { NumberedView, PolicyReply, PolicyTask } from './policy-task.js';
import { readChange } from './read-change.js';
import { simulationParts } from './simulation.js';
import { validateManifests } from './validate-manifests.js';

/** Views of which the namespaces are kept. */
const keptViews = 4;
/** Answers that someone pages through. */
const keptAnswers = 4;

const noCallers = new Ledger();

/** What a worker knows between two tasks, and how it does them. */
export class PolicyMemory {
  readonly #namespaces = new Map<number, NamespaceView>();
  readonly #arriving = new ArrivingNamespaces();
  readonly #callers = new ArrivingCallers();
  /** By `key` of the pages asked for, the one used last at the end. */
  readonly #answers = new Map<string, readonly Uint8Array[]>();
  #views: readonly NumberedView[] = [];
  #index: { readonly id: number; readonly index: PolicyIndex } | undefined;

  do(task: PolicyTask): PolicyReply {
    switch (task.kind) {
      case 'take':
        return this.#take(task);
      case 'ask':
        return this.#ask(task);
      case 'take-callers':
        this.#callers.add(task.key, task.piece);
        return { kind: 'taken' };
      case 'validate':
        return validateManifests(task.yaml);
      case 'read-change':
        return { kind: 'read', change: readChange(task.yaml) };
    }
  }

  /** Pieces that are sent twice, for two questions at once, are of the same namespace. */
  #take({ id, piece }: Extract<PolicyTask, { kind: 'take' }>): PolicyReply {
    const namespace = this.#namespaces.has(id) ? undefined : this.#arriving.add(id, piece);
    if (namespace !== undefined) this.#namespaces.set(id, inOrder(namespace));
    return { kind: 'taken' };
  }

  #ask({ view, question, page }: Extract<PolicyTask, { kind: 'ask' }>): PolicyReply {
    this.#use(view);
    let answer = this.#answers.get(page.key);
    if (answer === undefined) {
      const ids = [...view.namespaces.values()].filter((id) => !this.#namespaces.has(id));
      const ledger = question.kind === 'simulate' ? this.#callers.whole(page.key) : noCallers;
      if (ids.length > 0 || ledger === undefined)
        return { kind: 'missing', ids, callers: ledger === undefined };
      const index = this.#indexOf(view);
      answer = [
        ...(question.kind === 'simulate'
          ? simulationParts(index, question, ledger)
          : answerParts(index, question)),
      ];
      if (question.kind === 'simulate') this.#callers.letGo();
    }
    this.#answers.delete(page.key);
    const { bytes, next } = cutPage(answer, page.start, page.bytes);
    if (next !== undefined) this.#keep(page.key, answer);
    return { kind: 'page', bytes, next };
  }

  /** Of one view the same index, so that what was worked out serves again. */
  #indexOf({ id, namespaces: ids, ...rest }: NumberedView): PolicyIndex {
    if (this.#index?.id === id) return this.#index.index;
    const namespaces = new Map<string, NamespaceView>();
    for (const [name, number] of [...ids].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const namespace = this.#namespaces.get(number);
      if (namespace !== undefined) namespaces.set(name, namespace);
    }
    const index = new PolicyIndex({ ...rest, namespaces });
    this.#index = { id, index };
    return index;
  }

  /** Lets go of namespaces that no view of late has. */
  #use(view: NumberedView): void {
    this.#views = [view, ...this.#views.filter(({ id }) => id !== view.id)].slice(0, keptViews);
    const used = new Set(this.#views.flatMap(({ namespaces }) => [...namespaces.values()]));
    for (const id of this.#namespaces.keys()) if (!used.has(id)) this.#namespaces.delete(id);
    this.#arriving.keepOnly(used);
  }

  #keep(key: string, answer: readonly Uint8Array[]): void {
    this.#answers.set(key, answer);
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= keptAnswers) break;
      this.#answers.delete(oldest);
    }
  }
}

/** A view has its workloads in no order, and pages of one answer must not depend on which view they are made of. */
function inOrder(namespace: NamespaceView): NamespaceView {
  const byName = namespace.workloads.map((workload) => [formatWorkloadRef(workload.ref), workload] as const);
  const workloads = byName.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, workload]) => workload);
  return { ...namespace, workloads };
}

/** At least one part is on a page, where there is one left. */
function cutPage(
  answer: readonly Uint8Array[],
  start: number,
  mostBytes: number,
): { readonly bytes: Uint8Array; readonly next: number | undefined } {
  let end = start;
  let size = 0;
  for (let part = answer[end]; part !== undefined; part = answer[end]) {
    if (end > start && size + part.byteLength > mostBytes) break;
    size += part.byteLength;
    end += 1;
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of answer.slice(start, end)) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return { bytes, next: end < answer.length ? end : undefined };
}
