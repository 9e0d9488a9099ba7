import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Authorizer } from '@mcp/access';
import { observedNow, type DesiredStates } from '@mcp/desired-state';
import { isEventLogError, type Append, type Appended, type EventLog } from '@mcp/event-log';
import { formatPosition, type Actor, type ImpactCode } from '@mcp/events';
import { rightsToDelete, rightsToWrite } from '@mcp/linkerd';
import { canonicalJson, formatResourceKey } from '@mcp/mesh';
import { caughtUpTo } from '../caught-up-to.js';
import { toRead } from '../caller.guard.js';
import type { Following } from '../following.js';
import { impactNotAccepted, mustBeAsPlanned } from './accepted-impact.js';
import type { ChangeImpact } from './change-impact.js';
import type { ChangeRights } from './change-rights.js';
import type { FoundImpact } from './found-impact.js';
import {
  keyReused,
  mustBeCluster,
  mustKnowNamespace,
  outcomeUnknown,
  writesDisabled,
} from './change-refusals.js';
import {
  decideWish,
  type AskedChange,
  type Asking,
  type ChangeWish,
  type ObjectWish,
  type WishDecision,
} from './change-wish.js';
import { recordedText, standsText } from './accepted-text.js';

/** What was recorded, by this request or by one before it. */
export interface AcceptedChange {
  /** Of the set, where it is one. */
  readonly changeId: string;
  /** Of each object, in the order in which they are applied. */
  readonly changes: readonly AskedChange[];
  /** The log at or after this position has the change. */
  readonly position: string;
  readonly durability: Appended['durability'];
  /** The same request was accepted before. */
  readonly duplicate: boolean;
  readonly message: string;
}

/** What a caller is told: what was recorded, or in words what would be done. */
export type ChangeAnswer = AcceptedChange | { readonly dryRun: string };

/** Others may write the same objects meanwhile, and so often only where something is wrong. */
const mostDecisions = 5;

/** An append whose outcome is unknown is repeated this often, after this long, before the caller is told to. */
const repeats = 2;
const repeatAfterMs = 250;

/** Records that objects are to be so. Nothing is applied here: the reconciler reads the log. */
export class ChangeRequests {
  constructor(
    private readonly log: EventLog,
    private readonly desired: Following<DesiredStates>,
    private readonly authorizer: Authorizer,
    private readonly rights: ChangeRights,
    private readonly impact: Pick<ChangeImpact, 'assess'>,
    private readonly takesChanges = true,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * Fails with WRITES_DISABLED, PERMISSION_DENIED, ACCESS_UNKNOWN, NOT_A_CLUSTER, REVISION_MISMATCH, NOTHING_TO_WITHDRAW, NAMESPACE_NOT_FOUND, SOURCE_NOT_LIVE,
   * IMPACT_NOT_ACCEPTED, PLAN_OUTDATED, NOT_CAUGHT_UP, or as `EventLog.append` does; after OUTCOME_UNKNOWN the same request with the same key may be sent again.
   */
  async record(wish: ChangeWish, actor: Actor, signal: AbortSignal): Promise<AcceptedChange> {
    if (!this.takesChanges) throw writesDisabled();
    const id = idOf(wish, actor);
    for (let decisions = 1; ; decisions += 1) {
      await this.#mustBePossible(wish, actor, signal, true);
      const first = this.#decide(wish, { id, actor, accepted: [] });
      if (first.decision === 'already-asked') return this.#alreadyAsked(first, wish, id);
      const { objects, impacts } = await this.impact.assess(wish.objects, signal);
      mustBeAsPlanned(impacts, wish.plan);
      const later = wish.plan?.staging?.audit?.impacts ?? [];
      const accepted = await this.#acceptedOf([...impacts, ...later], wish, actor);
      const decision = this.#decide({ ...wish, objects }, { id, actor, accepted });
      if (decision.decision === 'already-asked') return this.#alreadyAsked(decision, wish, id);
      try {
        return await this.#append(decision, wish, { id, actor });
      } catch (error) {
        const outrun = isEventLogError(error, 'VERSION_CONFLICT') && decisions < mostDecisions;
        if (!outrun) throw error;
      }
    }
  }

  /** Fails as `record` would, but for what its impact is, from all that is in the log now; records nothing. */
  async check(wish: ChangeWish, actor: Actor, signal: AbortSignal): Promise<WishDecision> {
    await this.#mustBePossible(wish, actor, signal, false);
    return this.#decide(wish, { id: idOf(wish, actor), actor, accepted: [] });
  }

  async #mustBePossible(wish: ChangeWish, actor: Actor, signal: AbortSignal, noted: boolean): Promise<void> {
    await caughtUpTo(this.desired, await this.log.head(), signal);
    for (const object of wish.objects) await this.#mustBeAllowed(object, wish.reason, actor, noted);
    for (const object of wish.objects) mustBeCluster(this.desired.now.state, object);
  }

  #decide(wish: ChangeWish, by: Omit<Asking, 'at'>): WishDecision {
    const states = this.desired.now.state;
    const decision = decideWish(wish, { ...by, at: this.clock() }, states);
    if (decision.decision === 'accepted')
      for (const { key } of decision.changes) mustKnowNamespace(states, key.namespace);
    return decision;
  }

  /** Those that there are. Fails with IMPACT_NOT_ACCEPTED where one is not named. */
  async #acceptedOf(
    impacts: readonly FoundImpact[],
    { acceptImpact }: ChangeWish,
    actor: Actor,
  ): Promise<readonly ImpactCode[]> {
    const missing = impacts.filter(({ code }) => !acceptImpact.includes(code));
    if (missing.length === 0) return [...new Set(impacts.map(({ code }) => code))];
    throw impactNotAccepted(missing, await this.#mayRead(actor));
  }

  /** Whom a change would cut off is told to those who may read the mesh. */
  async #mayRead(actor: Actor): Promise<boolean> {
    try {
      await this.authorizer.mustBeAllowed(actor, toRead);
      return true;
    } catch {
      return false;
    }
  }

  async #mustBeAllowed(
    { key, spec }: ObjectWish,
    reason: string,
    actor: Actor,
    noted: boolean,
  ): Promise<void> {
    const exists = observedNow(this.desired.now.state, formatResourceKey(key)) !== undefined;
    const deeds = spec === undefined ? rightsToDelete(key) : rightsToWrite(key, exists);
    if (noted) await this.rights.mustHave(deeds, { actor, key, reason });
    else await this.authorizer.mustBeAllowed(actor, deeds);
  }

  async #append(
    { changes, writes, body }: Extract<WishDecision, { decision: 'accepted' }>,
    { idempotencyKey, ...wish }: ChangeWish,
    { id, actor }: { readonly id: string; readonly actor: Actor },
  ): Promise<AcceptedChange> {
    const append = {
      writes,
      // one of our own where the caller has none, so that the append can be repeated
      idempotency: {
        scope: `${actor.provenBy}/${actor.name}`,
        key: idempotencyKey === '' ? id : idempotencyKey,
        bodyHash: hash(canonicalJson(body)),
      },
    };
    let appended: Appended;
    try {
      appended = await this.#appendUntilKnown(append, repeats);
    } catch (error) {
      if (isEventLogError(error, 'KEY_REUSED')) throw keyReused(idempotencyKey, id);
      if (isEventLogError(error, 'OUTCOME_UNKNOWN'))
        throw outcomeUnknown(
          idempotencyKey === ''
            ? `GetChange tells whether there is a change ${id}`
            : 'send the same request again with the same idempotency key',
          { change_id: id },
          error,
        );
      throw error;
    }
    // without a key of the caller's, only our own repeat of the append can have been there before
    const duplicate = appended.duplicate && (idempotencyKey !== '' || wish.plan !== undefined);
    const recorded = changes.map((change, index) => ({
      ...change,
      // of each change its request and its desired state were written, after the request of the set
      revision: appended.versions[(wish.together ? 2 : 1) + 2 * index] ?? change.revision,
    }));
    return {
      changeId: appended.correlation ?? id,
      changes: recorded,
      position: formatPosition(appended.position),
      durability: appended.durability,
      duplicate,
      message: recordedText(recorded, duplicate, wish.reason),
    };
  }

  async #appendUntilKnown(append: Append, repeatsLeft: number): Promise<Appended> {
    try {
      return await this.log.append(append);
    } catch (error) {
      if (repeatsLeft === 0 || !isEventLogError(error, 'OUTCOME_UNKNOWN')) throw error;
      await sleep(repeatAfterMs);
      return this.#appendUntilKnown(append, repeatsLeft - 1);
    }
  }

  async #alreadyAsked(
    { changeId, changes }: Extract<WishDecision, { decision: 'already-asked' }>,
    { reason }: ChangeWish,
    id: string,
  ): Promise<AcceptedChange> {
    const { state, position } = this.desired.now;
    return {
      changeId,
      changes,
      // the request of a set, or of one object, stands before all that it asks for
      position: formatPosition(position),
      durability: await this.log.durability(),
      duplicate: changeId === id,
      message: standsText(state, changes, reason),
    };
  }
}

function idOf({ plan, idempotencyKey }: ChangeWish, actor: Actor): string {
  return plan?.id ?? (idempotencyKey === '' ? randomUUID() : changeIdOf(actor, idempotencyKey));
}

/** The same key of the same actor names the same change. */
function changeIdOf(actor: Actor, idempotencyKey: string): string {
  return hash(canonicalJson([actor.provenBy, actor.name, idempotencyKey])).slice(0, 32);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
