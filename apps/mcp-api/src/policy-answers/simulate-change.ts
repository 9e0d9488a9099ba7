import { SimulateChangeResponse } from '@mcp/contracts';
import { invalidRequest } from '@mcp/grpc';
import { admittedObjects, deletedKeys, type KeyFields, mustBePossible } from './asked-change.js';
import { findNamespace, isInScope, mustSee } from './find-in-mesh.js';
import type { LedgerAtPosition } from './ledger-at.js';
import { type AnswerPages, joined, type Paging } from './thread/answer-pages.js';
import type { PolicyEngine } from './thread/policy-engine.js';
import type { ReadChange } from './thread/read-change.js';
import { affectsWorkloads, askedNamespaces, harmless, type SimulateQuestion } from './thread/simulation.js';

export interface AskedChange {
  /** Empty: nothing is to be applied. */
  readonly yaml: string;
  readonly delete: readonly KeyFields[];
  /** Empty: all. */
  readonly namespaces: readonly string[];
  readonly includeUnchanged: boolean;
  /** Only the risk, what has to be accepted, the order and the counts. */
  readonly inShort?: boolean;
}

/** What a change of policy would do to those who call. Answers are encoded. */
export class SimulateChange {
  constructor(
    private readonly pages: AnswerPages,
    private readonly engine: PolicyEngine,
    private readonly ledgers: LedgerAtPosition,
  ) {}

  /** Fails as `admittedObjects`, `deletedKeys` and `mustBePossible` do, and as `AnswerPages.place`. */
  async simulate(asked: AskedChange, paging: Paging, signal: AbortSignal): Promise<Uint8Array> {
    const { yaml, namespaces, includeUnchanged, inShort = false } = asked;
    const deleted = deletedKeys(asked.delete);
    if (yaml === '' && deleted.length === 0)
      throw invalidRequest([{ field: 'yaml', description: 'something must be applied or deleted' }]);
    const read = yaml === '' ? nothing : await this.engine.readChange(yaml, signal);
    const change = { apply: admittedObjects(read), delete: deleted };
    const place = await this.pages.place(['simulate', asked], paging, signal);
    const { index, position, recordedAt } = place.mesh;
    for (const namespace of namespaces) mustSee(index.view, paging.visible, namespace, 'namespaces');
    mustBePossible(index.view, change, paging.visible);
    const outOfScope = namespaces.filter((namespace) => !isInScope(index.view, namespace));
    for (const namespace of namespaces)
      if (isInScope(index.view, namespace)) findNamespace(index.view, namespace, 'namespaces');

    const question: SimulateQuestion = {
      kind: 'simulate',
      change,
      at: recordedAt,
      ...(namespaces.length > 0 && { namespaces }),
      ...{ includeUnchanged, inShort },
    };
    if (inShort && !affectsWorkloads(index, question)) {
      const none = SimulateChangeResponse.fromPartial({});
      return SimulateChangeResponse.encode({ ...none, ...harmless(change) }).finish();
    }
    const field = paging.pageToken === '' ? 'at' : 'page_token';
    const callers = () => {
      const called = askedNamespaces(index, question);
      return this.ledgers.at(position, field, (ledger) => ledger.copyOf(called), signal);
    };
    const { lists, ...rest } = await this.pages.simulation(place, question, callers, signal);
    const once = place.start > 0 ? {} : { manifests: read.manifests, outOfScope };
    return joined(
      SimulateChangeResponse.encode({ ...SimulateChangeResponse.fromPartial({}), ...rest, ...once }).finish(),
      lists,
    );
  }
}

const nothing: ReadChange = { objects: [], manifests: [], unusable: [], refused: [] };
