import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ServiceError, status } from '@grpc/grpc-js';
import {
  ApplyPlanRequest,
  type ApplyPlanResponse,
  DeleteObjectRequest,
  DriftMode,
  ImpactCode,
  type Plan,
  PlanChangeRequest,
  type PlanChangeResponse,
  PlanUndoRequest,
  type PlanUndoResponse,
  SetDriftModeRequest,
} from '@mcp/contracts';
import { answerOf } from '../../e2e/answer-of.js';
import type { ApiCaller } from '../../e2e/api-caller.js';
import type { Acknowledged, Told } from '../checker/history.js';
import { editMark } from './cluster-writes.js';
import type { Choices } from './random.js';

const allImpacts = [
  ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT,
  ImpactCode.IMPACT_CODE_CUTS_LIVE_CALLERS,
  ImpactCode.IMPACT_CODE_OPENS_TO_EVERYONE,
  ImpactCode.IMPACT_CODE_UNSAFE_ORDER,
];

type Act = readonly [name: string, act: () => Promise<void>];

/** What those who use the system do, and what they were told. */
export class Clients {
  readonly acknowledged: Acknowledged[] = [];
  readonly told: Told[] = [];
  readonly deletedByHand = new Set<string>();
  /** How often each was done, and was refused or not answered. */
  readonly acts = new Map<string, { readonly done: number; readonly refused: number }>();
  #edits = 0;

  constructor(
    private readonly apis: readonly ApiCaller[],
    private readonly kubectl: (...args: string[]) => Promise<string>,
    private readonly names: readonly string[],
  ) {}

  /** One after the other, until the signal aborts. */
  async run(client: string, choices: Choices, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const name = this.names[choices.between(0, this.names.length - 1)] ?? '';
      const api = this.apis[choices.between(0, this.apis.length - 1)]!;
      const [act, acted] = choices.one<Act>([
        [6, ['apply', () => this.#apply(api, client, name, choices.between(1, 4))]],
        [2, ['delete', () => this.#delete(api, client, name)]],
        [3, ['apply two', () => this.#applyTwo(api, client, choices)]],
        [3, ['undo', () => this.#undo(api, client, choices)]],
        [1, ['set the mode of drift', () => this.#setDriftMode(api, name, choices)]],
        [2, ['edit by hand', () => this.#edit(name, choices.between(1, 4))]],
        [1, ['delete by hand', () => this.#deleteByHand(name)]],
      ]);
      const succeeded = await acted().then(() => true, mayFail);
      const { done, refused } = this.acts.get(act) ?? { done: 0, refused: 0 };
      this.acts.set(act, succeeded ? { done: done + 1, refused } : { done, refused: refused + 1 });
      await sleep(choices.between(50, 400), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Asks one replica what it knows already, so that what it is told never goes back. */
  async watch(client: string, api: ApiCaller, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const id = this.acknowledged.at(-1)?.changes[0]?.id;
      if (id !== undefined) {
        const change = await api.change(id).catch(() => undefined);
        if (change !== undefined) this.told.push({ client, position: change.position });
      }
      await sleep(300, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The same request is sent until it is answered, as a client does that wants to know. */
  async #apply(api: ApiCaller, client: string, name: string, target: number): Promise<void> {
    const key = randomUUID();
    const jsonSpec = specTo(target, key);
    const { changeId, position } = await insisting(() => api.apply({ name, jsonSpec, idempotencyKey: key }));
    this.#note(client, key, [{ id: changeId, object: objectOf(name) }], position);
  }

  async #delete(api: ApiCaller, client: string, name: string): Promise<void> {
    const key = randomUUID();
    const request = DeleteObjectRequest.fromPartial({
      object: { kind: 'AuthorizationPolicy', namespace: 'shop', name },
      ...{ idempotencyKey: key, acceptImpact: allImpacts },
    });
    const { changeId, position } = await insisting(() =>
      answerOf<{ changeId: string; position: string }>((done) =>
        api.graphs.deleteObject(request, api.caller, api.soon(), done),
      ),
    );
    // where there is to be none already, it is the change of whoever asked for that
    if (this.acknowledged.some(({ changes }) => changes.some(({ id }) => id === changeId))) return;
    this.#note(client, key, [{ id: changeId, object: objectOf(name) }], position);
  }

  async #undo(api: ApiCaller, client: string, choices: Choices): Promise<void> {
    const last = this.acknowledged.slice(-10);
    const changeId = last[choices.between(0, Math.max(0, last.length - 1))]?.changes[0]?.id;
    if (changeId === undefined) return;
    const undone = PlanUndoRequest.fromPartial({ changeId });
    const { plan } = await answerOf<PlanUndoResponse>((done) =>
      api.plans.planUndo(undone, api.caller, api.soon(), done),
    );
    await this.#applyPlan(api, client, plan);
  }

  /** Two objects as one change. */
  async #applyTwo(api: ApiCaller, client: string, choices: Choices): Promise<void> {
    const first = choices.between(0, this.names.length - 1);
    const second = (first + choices.between(1, this.names.length - 1)) % this.names.length;
    const target = choices.between(1, 4);
    const yaml = [first, second]
      .map((nth) => manifestOf(this.names[nth] ?? '', specTo(target, randomUUID())))
      .join('\n---\n');
    const request = PlanChangeRequest.fromPartial({ yaml });
    const { plan } = await answerOf<PlanChangeResponse>((done) =>
      api.plans.planChange(request, api.caller, api.soon(), done),
    );
    await this.#applyPlan(api, client, plan);
  }

  async #applyPlan(api: ApiCaller, client: string, plan: Plan | undefined): Promise<void> {
    const planId = plan?.id ?? '';
    const request = ApplyPlanRequest.fromPartial({ planId, acceptImpact: allImpacts });
    const { changes, position } = await insisting(() =>
      answerOf<ApplyPlanResponse>((done) => api.plans.applyPlan(request, api.caller, api.soon(), done)),
    );
    const parts = changes
      .map(({ changeId: id, object }) => ({ id, object: objectOf(object?.name ?? '') }))
      .filter(({ id }) => id.startsWith(planId));
    this.#note(client, planId, parts, position);
  }

  /** From then on edits by hand are put back, or no longer. */
  async #setDriftMode(api: ApiCaller, name: string, choices: Choices): Promise<void> {
    const mode = choices.one([
      [2, DriftMode.DRIFT_MODE_ENFORCE],
      [1, DriftMode.DRIFT_MODE_REPORT],
    ]);
    const request = SetDriftModeRequest.fromPartial({
      object: { kind: 'AuthorizationPolicy', namespace: 'shop', name },
      ...{ mode, forceFrom: mode === DriftMode.DRIFT_MODE_ENFORCE ? ['kubectl-patch'] : [] },
    });
    await answerOf((done) => api.desired.setDriftMode(request, api.caller, api.soon(), done));
  }

  async #edit(name: string, target: number): Promise<void> {
    this.#edits += 1;
    const patch = {
      metadata: { annotations: { [editMark]: String(this.#edits) } },
      spec: { targetRef: { name: `web-${target}` } },
    };
    const resource = ['authorizationpolicy.policy.linkerd.io', '-n', 'shop', name];
    await this.kubectl('patch', ...resource, '--type=merge', '-p', JSON.stringify(patch));
  }

  async #deleteByHand(name: string): Promise<void> {
    this.deletedByHand.add(objectOf(name));
    await this.kubectl('delete', 'authorizationpolicy.policy.linkerd.io', '-n', 'shop', name, '--wait=false');
  }

  #note(client: string, key: string, changes: Acknowledged['changes'], position: string): void {
    this.acknowledged.push({ client, key, changes, position });
  }
}

/** Sends it again while it is not known what became of it. */
async function insisting<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      const { code } = error as ServiceError;
      const unanswered = code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED;
      if (!unanswered || tries === 20) throw error;
      await sleep(500);
    }
  }
}

/** What is refused was not recorded, and what is not answered is not known: neither is acknowledged. */
function mayFail(error: unknown): false {
  const { code, stderr } = error as { code?: unknown; stderr?: unknown };
  if (typeof code !== 'number' && stderr === undefined) throw error;
  return false;
}

function objectOf(name: string): string {
  return `AuthorizationPolicy/shop/${name}`;
}

/** No two requests ask for the same: who asks for what is desired already gets the change by which it is. */
function specTo(target: number, key: string): string {
  return JSON.stringify({
    targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: `web-${target}` },
    requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: `of-${key}` }],
  });
}

function manifestOf(name: string, jsonSpec: string): string {
  const metadata = { name, namespace: 'shop' };
  const apiVersion = 'policy.linkerd.io/v1alpha1';
  return JSON.stringify({
    ...{ apiVersion, kind: 'AuthorizationPolicy', metadata },
    spec: JSON.parse(jsonSpec) as unknown,
  });
}
