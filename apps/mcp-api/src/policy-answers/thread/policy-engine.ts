import { invalidRequest } from '@mcp/grpc';
import type { MeshView, NamespaceView } from '@mcp/policy';
import type { LedgerRecord } from '@mcp/traffic';
import { piecesOf } from './namespace-pieces.js';
import { callersInPieces } from './arriving-callers.js';
import type { PolicyQuestion } from './policy-question.js';
import type { AskedPage, NumberedView, PolicyReply, PolicyThread } from './policy-task.js';
import type { ReadChange } from './read-change.js';
import type { SimulateQuestion } from './simulation.js';

/** A thread may be lost, and its memory with it, between what is sent and the question. */
const attempts = 3;

export type AnsweredPage = Extract<PolicyReply, { kind: 'page' }>;

/**
 * Asks the thread. Views are sent namespace by namespace, each once, and a large one in pieces, so that the event loop is held for one of them at the longest.
 */
export class PolicyEngine {
  readonly #ids = new WeakMap<MeshView | NamespaceView, number>();
  #lastId = 0;
  #simulations: Promise<unknown> = Promise.resolve();

  constructor(private readonly thread: PolicyThread) {}

  /** Rejects when the signal aborts. */
  ask(
    view: MeshView,
    question: Exclude<PolicyQuestion, SimulateQuestion>,
    page: AskedPage,
    signal: AbortSignal,
  ): Promise<AnsweredPage> {
    return this.#ask(view, question, page, signal, () => Promise.resolve([]));
  }

  /**
   * `callers`: those that the ledger has, asked for where the thread does not have the answer. One simulation is asked after the other,
   * since the thread keeps the callers of one. Rejects when the signal aborts.
   */
  simulate(
    view: MeshView,
    question: SimulateQuestion,
    page: AskedPage,
    callers: () => Promise<readonly LedgerRecord[]>,
    signal: AbortSignal,
  ): Promise<AnsweredPage> {
    const simulated = this.#simulations.then(() => this.#ask(view, question, page, signal, callers));
    this.#simulations = simulated.catch(() => undefined);
    return simulated;
  }

  async #ask(
    view: MeshView,
    question: PolicyQuestion,
    page: AskedPage,
    signal: AbortSignal,
    callers: () => Promise<readonly LedgerRecord[]>,
  ): Promise<AnsweredPage> {
    const namespaces = new Map(
      [...view.namespaces].map(([name, namespace]) => [name, this.#idOf(namespace)]),
    );
    const { settings, notLive, scope } = view;
    const numbered: NumberedView = { id: this.#idOf(view), namespaces, settings, notLive, scope };
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const reply = await this.thread.run({ kind: 'ask', view: numbered, question, page }, signal);
      if (reply.kind === 'page') return reply;
      if (reply.kind !== 'missing') continue;
      await this.#send(view, new Set(reply.ids), signal);
      if (reply.callers) await this.#sendCallers(page.key, await callers(), signal);
    }
    throw new Error(`the thread lost the mesh ${attempts} times`);
  }

  /** Encoded. Fails with INVALID_REQUEST where the text as a whole is not read. */
  async validate(yaml: string, signal: AbortSignal): Promise<Uint8Array> {
    const reply = await this.thread.run({ kind: 'validate', yaml }, signal);
    if (reply.kind === 'validated') return reply.answer;
    const description = reply.kind === 'refused' ? reply.message : 'was not read';
    throw invalidRequest([{ field: 'yaml', description }]);
  }

  /** What the text asks to apply, as far as it can be read. */
  async readChange(yaml: string, signal: AbortSignal): Promise<ReadChange> {
    const reply = await this.thread.run({ kind: 'read-change', yaml }, signal);
    if (reply.kind === 'read') return reply.change;
    throw new Error('the thread did not read the text');
  }

  async #sendCallers(key: string, records: readonly LedgerRecord[], signal: AbortSignal): Promise<void> {
    let taken: Promise<unknown> = Promise.resolve();
    for (const piece of callersInPieces(records)) {
      // one is taken while the next one is packed
      const sent = this.thread.run({ kind: 'take-callers', key, piece }, signal);
      sent.catch(() => undefined);
      await taken;
      taken = sent;
    }
    await taken;
  }

  async #send(view: MeshView, ids: ReadonlySet<number>, signal: AbortSignal): Promise<void> {
    for (const namespace of view.namespaces.values()) {
      const id = this.#idOf(namespace);
      if (!ids.has(id)) continue;
      for (const piece of piecesOf(namespace)) await this.thread.run({ kind: 'take', id, piece }, signal);
    }
  }

  #idOf(part: MeshView | NamespaceView): number {
    let id = this.#ids.get(part);
    if (id === undefined) this.#ids.set(part, (id = this.#lastId += 1));
    return id;
  }
}
