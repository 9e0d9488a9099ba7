import { randomUUID } from 'node:crypto';
import { NotAllowed } from '@mcp/access';
import {
  decideUndo,
  revisionOf,
  unknownChange,
  withEnforcement,
  type DesiredStates,
} from '@mcp/desired-state';
import type { EventLog, RequestBoard } from '@mcp/event-log';
import type { Actor, ImpactCode } from '@mcp/events';
import { CallRefused } from '@mcp/grpc';
import { formatResourceKey, type VisibleNamespaces } from '@mcp/mesh';
import type { AssessedChange } from '../apply/change-impact.js';
import type { AcceptedChange, ChangeRequests } from '../apply/change-requests.js';
import type { ChangeWish } from '../apply/change-wish.js';
import type { DryRunObject, TriedOut } from '../apply/dry-run-object.js';
import { toSee } from '../caller.guard.js';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import type { AskedStaging, StagedPlan } from '../staged/staged-plan.js';
import { lookedAt, wishOf, type Looked, type PlannedChange, type PlannedObject } from './planned-change.js';
import { planNotFound, planOfAnother, planOutdated, undoRefused } from './plan-refusals.js';

/** What a plan found, beside what of it is kept. */
export interface MadePlan {
  readonly plan: PlannedChange;
  /** Of each object, in the order of the plan. */
  readonly tried: readonly TriedOut[];
  readonly assessed: AssessedChange;
}

/** A plan is good for so long. */
const goodForMs = 15 * 60_000;

/** Kept longer, so that who comes late is told so. */
const keptForMs = 24 * 60 * 60_000;

/** Makes plans of changes, keeps them beside the log, and carries them out. */
export class Plans {
  constructor(
    private readonly log: Pick<EventLog, 'head'>,
    private readonly board: Pick<RequestBoard, 'pin' | 'pinned'>,
    private readonly desired: Following<DesiredStates>,
    private readonly requests: Pick<ChangeRequests, 'record' | 'check'>,
    private readonly dryRuns: Pick<DryRunObject, 'of'>,
    private readonly staged: Pick<StagedPlan, 'assess'>,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * Fails as `ChangeRequests.check` and `DryRunObject.of` do, and with PERMISSION_DENIED where one of the objects may not be seen, since a plan
   * tells who calls; where it is to go on by itself, as `StagedPlan.assess`, and as `DryRunObject.of` for what is to follow.
   */
  async plan(
    wish: Pick<ChangeWish, 'objects' | 'reason'> & {
      readonly undoes?: string;
      readonly staging?: AskedStaging;
    },
    actor: Actor,
    visible: VisibleNamespaces,
    signal: AbortSignal,
  ): Promise<MadePlan> {
    mustSee(wish.objects, actor, visible);
    const { objects, reason, undoes, staging } = wish;
    const asked = { together: true, idempotencyKey: '', traceparent: undefined, acceptImpact: [] } as const;
    await this.requests.check({ ...asked, objects, reason }, actor, signal);
    const { staged, ...assessed } = await this.staged.assess(objects, { staging, visible }, signal);
    const looked = await this.#look(assessed.objects);
    // on what there is now: whose fields they are does not change while it audits
    for (const enforced of staged?.audit?.then ?? []) await this.dryRuns.of(enforced);
    const [first, ...more] = looked.map(({ object }) => object);
    if (first === undefined) throw new Error('a plan has at least one object');
    const now = this.clock();
    const plan: PlannedChange = {
      id: randomUUID(),
      actor: { name: actor.name, provenBy: actor.provenBy },
      objects: [first, ...more],
      reason,
      ...(undoes !== undefined && { undoes }),
      ...(staged !== undefined && { staging: staged }),
      impacts: assessed.impacts.map(({ code, digest }) => ({ code, digest })),
      plannedAt: now,
      expiresAt: now + goodForMs,
    };
    const scope = `plans of ${actor.provenBy}/${actor.name}`;
    await this.board.pin({ scope, id: plan.id, body: plan, forMs: keptForMs });
    return { plan, tried: looked.map(({ tried }) => tried), assessed };
  }

  /** Fails as `plan` does, and with what `decideUndo` refuses. */
  async undo(
    { changeId, reason }: { readonly changeId: string; readonly reason: string },
    actor: Actor,
    visible: VisibleNamespaces,
    signal: AbortSignal,
  ): Promise<MadePlan> {
    await caughtUpTo(this.desired, await this.log.head(), signal);
    mustSeeChange(this.desired.now.state, changeId, actor, visible);
    const decision = decideUndo(this.desired.now.state, changeId);
    if (decision.decision === 'refused') throw undoRefused(decision, changeId);
    return this.plan({ objects: decision.objects, reason, undoes: changeId }, actor, visible, signal);
  }

  /**
   * Records what was planned, if all is as it was then. Fails with PLAN_NOT_FOUND, PLAN_EXPIRED, PLAN_OF_ANOTHER, PLAN_OUTDATED, as
   * `DryRunObject.of` does, and as `ChangeRequests.record`.
   */
  async apply(
    planId: string,
    actor: Actor,
    asking: { readonly acceptImpact: readonly ImpactCode[]; readonly traceparent: string | undefined },
    signal: AbortSignal,
  ): Promise<{ readonly accepted: AcceptedChange; readonly wish: ChangeWish }> {
    const plan = (await this.board.pinned(planId)) as PlannedChange | undefined;
    if (plan === undefined) throw planNotFound(planId);
    if (plan.actor.name !== actor.name || plan.actor.provenBy !== actor.provenBy) throw planOfAnother(planId);
    const wish = wishOf(plan, asking);
    await caughtUpTo(this.desired, await this.log.head(), signal);
    if (!this.desired.now.state.sets.has(planId)) await this.#mustBeAsPlanned(plan);
    return { accepted: await this.requests.record(wish, actor, signal), wish };
  }

  async #mustBeAsPlanned({ id, objects, expiresAt }: PlannedChange): Promise<void> {
    if (this.clock() > expiresAt)
      throw new CallRefused(
        'PLAN_EXPIRED',
        `plan ${id} was good until ${new Date(expiresAt).toISOString()}; plan anew`,
        { facts: { subject: id, expired: new Date(expiresAt).toISOString() } },
      );
    const differences: string[] = [];
    for (const { wish, looked } of objects) {
      const name = formatResourceKey(wish.key);
      const revision = revisionOf(this.desired.now.state, wish.key);
      if (revision !== wish.expectedRevision)
        differences.push(`${name} is at revision ${revision} and was at ${wish.expectedRevision}`);
      const now = lookedAt(await this.dryRuns.of(wish));
      if (!isSame(now, looked)) differences.push(`${name} ${inWords(now)} and ${inWords(looked, 'was')}`);
    }
    if (differences.length > 0) throw planOutdated(id, differences);
  }

  async #look(
    objects: ChangeWish['objects'],
  ): Promise<readonly { readonly object: PlannedObject; readonly tried: TriedOut }[]> {
    const looked = [];
    for (const wish of objects) {
      const tried = await this.dryRuns.of(wish);
      const expectedRevision = wish.expectedRevision ?? revisionOf(this.desired.now.state, wish.key);
      looked.push({ object: { wish: { ...wish, expectedRevision }, looked: lookedAt(tried) }, tried });
    }
    return looked;
  }
}

function mustSee(objects: ChangeWish['objects'], actor: Actor, visible: VisibleNamespaces): void {
  const hidden = objects.find(({ key }) => !visible.has(key.namespace));
  if (hidden !== undefined) throw new NotAllowed(actor, { ...toSee, namespace: hidden.key.namespace }, '');
}

/** A change of which nothing may be seen is one that there is not. */
function mustSeeChange(
  states: DesiredStates,
  changeId: string,
  actor: Actor,
  visible: VisibleNamespaces,
): void {
  const changes = withEnforcement(states, changeId).flatMap((id) => states.changes.get(id) ?? []);
  const seen = changes.filter(({ key }) => visible.has(key.namespace));
  if (seen.length === changes.length) return;
  if (seen.length === 0) throw undoRefused(unknownChange(changeId), changeId);
  throw new NotAllowed(actor, toSee, 'it has parts in namespaces that you may not see');
}

function isSame(a: Looked, b: Looked): boolean {
  return a.plan === b.plan && a.uid === b.uid && a.resourceVersion === b.resourceVersion;
}

function inWords({ uid, resourceVersion }: Looked, verb: 'is' | 'was' = 'is'): string {
  return uid === undefined
    ? `${verb} not there`
    : `${verb} at resourceVersion ${resourceVersion ?? ''} (uid ${uid})`;
}
