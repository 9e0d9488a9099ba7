import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  changeView,
  decideApply,
  isLive,
  observedNow,
  type ApplyCommand,
  type ApplyDecision,
  type DesiredKey,
  type DesiredStates,
} from '@mcp/desired-state';
import { NotAllowed, type Authorizer } from '@mcp/access';
import type { Append, Appended, EventLog } from '@mcp/event-log';
import { isEventLogError } from '@mcp/event-log';
import { formatPosition, type Actor, type DesiredState } from '@mcp/events';
import { CallRefused } from '@mcp/grpc';
import { renderObject, rightsToWrite } from '@mcp/linkerd';
import { canonicalJson, formatResourceKey } from '@mcp/mesh';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import type { ChangeDenials } from './change-denials.js';
import { manifestFact, withManifest } from './manifest-in-answer.js';

export interface ObjectWish {
  readonly key: DesiredKey;
  readonly spec: DesiredState['spec'];
  readonly expectedRevision: number | undefined;
  /** Empty: none. */
  readonly idempotencyKey: string;
  readonly reason: string;
  readonly traceparent: string | undefined;
}

/** What was recorded, by this request or by one before it. */
export interface AcceptedChange {
  readonly changeId: string;
  readonly revision: number;
  /** The log at or after this position has the change. */
  readonly position: string;
  readonly durability: Appended['durability'];
  /** The same request was accepted before. */
  readonly duplicate: boolean;
  readonly message: string;
}

/** Others may write the same object meanwhile, and so often only where something is wrong. */
const mostDecisions = 5;

/** An append whose outcome is unknown is repeated this often, after this long, before the caller is told to. */
const repeats = 2;
const repeatAfterMs = 250;

/** Records that an object is to be so. Nothing is applied here: the reconciler reads the log. */
export class ApplyObject {
  constructor(
    private readonly log: EventLog,
    private readonly desired: Following<DesiredStates>,
    private readonly authorizer: Authorizer,
    private readonly denials: ChangeDenials,
    private readonly takesChanges = true,
    private readonly clock: () => number = Date.now,
  ) {}

  /**
   * Fails with WRITES_DISABLED, PERMISSION_DENIED, ACCESS_UNKNOWN, NOT_A_CLUSTER, REVISION_MISMATCH, NAMESPACE_NOT_FOUND, SOURCE_NOT_LIVE, NOT_CAUGHT_UP, or as `EventLog.append`
   * does; after OUTCOME_UNKNOWN the same request with the same key may be sent again.
   */
  async apply(wish: ObjectWish, actor: Actor, signal: AbortSignal): Promise<AcceptedChange> {
    if (!this.takesChanges) throw writesDisabled();
    for (let decisions = 1; ; decisions += 1) {
      const { command, decision } = await this.#decideOrNote(wish, actor, signal);
      if (decision.decision === 'already-asked') return this.#alreadyAsked(decision, command);
      try {
        return await this.#record(decision, command, wish);
      } catch (error) {
        const outrun = isEventLogError(error, 'VERSION_CONFLICT') && decisions < mostDecisions;
        if (!outrun) throw error;
      }
    }
  }

  /** What would be recorded, from all that is in the log now. Refusals are thrown. */
  async decide(
    wish: ObjectWish,
    actor: Actor,
    signal: AbortSignal,
  ): Promise<{
    readonly command: ApplyCommand;
    readonly decision: Exclude<ApplyDecision, { decision: 'refused' }>;
  }> {
    await caughtUpTo(this.desired, await this.log.head(), signal);
    const exists = observedNow(this.desired.now.state, formatResourceKey(wish.key)) !== undefined;
    await this.authorizer.mustBeAllowed(actor, rightsToWrite(wish.key, exists));
    const states = this.desired.now.state;
    mustBeCluster(states, wish);
    const command = this.#command(wish, actor);
    const decision = decideApply(command, states);
    if (decision.decision === 'refused') throw refusal(decision, wish, command.changeId);
    if (decision.decision === 'accepted') mustKnowNamespace(states, wish.key.namespace);
    return { command, decision };
  }

  async #decideOrNote(
    wish: ObjectWish,
    actor: Actor,
    signal: AbortSignal,
  ): ReturnType<ApplyObject['decide']> {
    try {
      return await this.decide(wish, actor, signal);
    } catch (error) {
      if (error instanceof NotAllowed) await this.denials.note(error, actor, wish.key, wish.reason);
      throw error;
    }
  }

  #command(wish: ObjectWish, actor: Actor): ApplyCommand {
    const { key, spec, expectedRevision, idempotencyKey, reason, traceparent } = wish;
    return {
      changeId: idempotencyKey === '' ? randomUUID() : changeIdOf(actor, idempotencyKey),
      key,
      spec,
      actor,
      at: this.clock(),
      ...(expectedRevision !== undefined && { expectedRevision }),
      ...(reason !== '' && { reason }),
      ...(traceparent !== undefined && { traceparent }),
    };
  }

  async #record(
    decision: Extract<ApplyDecision, { decision: 'accepted' }>,
    { changeId, key, spec, actor }: ApplyCommand,
    wish: ObjectWish,
  ): Promise<AcceptedChange> {
    const append = {
      writes: decision.writes,
      // one of our own where the caller has none, so that the append can be repeated
      idempotency: {
        scope: `${actor.provenBy}/${actor.name}`,
        key: wish.idempotencyKey === '' ? changeId : wish.idempotencyKey,
        bodyHash: hash(canonicalJson({ key, spec })),
      },
    };
    let appended: Appended;
    try {
      appended = await this.#append(append, repeats);
    } catch (error) {
      if (isEventLogError(error, 'KEY_REUSED')) throw keyReused(wish.idempotencyKey, changeId);
      if (isEventLogError(error, 'OUTCOME_UNKNOWN')) {
        throw outcomeUnknown(changeId, wish.idempotencyKey, error);
      }
      throw error;
    }
    const [, revision = decision.revision] = appended.versions;
    // without a key of the caller's, only our own repeat of the append can have been there before
    const duplicate = appended.duplicate && wish.idempotencyKey !== '';
    return {
      changeId: appended.correlation ?? changeId,
      revision,
      position: formatPosition(appended.position),
      durability: appended.durability,
      duplicate,
      message: duplicate
        ? `${formatResourceKey(key)} was asked for before under this key, as revision ${revision}; WatchChange tells what became of it${reasonStands(wish.reason)}`
        : `${formatResourceKey(key)} is recorded as revision ${revision}; its apply is pending, WatchChange tells when it is done`,
    };
  }

  async #append(append: Append, repeatsLeft: number): Promise<Appended> {
    try {
      return await this.log.append(append);
    } catch (error) {
      if (repeatsLeft === 0 || !isEventLogError(error, 'OUTCOME_UNKNOWN')) throw error;
      await sleep(repeatAfterMs);
      return this.#append(append, repeatsLeft - 1);
    }
  }

  async #alreadyAsked(
    { changeId, revision }: Extract<ApplyDecision, { decision: 'already-asked' }>,
    command: ApplyCommand,
  ): Promise<AcceptedChange> {
    const change = changeView(this.desired.now.state, changeId);
    const recorded = change?.history[0]?.position ?? this.desired.now.position;
    return {
      changeId,
      revision,
      position: formatPosition(recorded),
      durability: await this.log.durability(),
      duplicate: changeId === command.changeId,
      message: `${formatResourceKey(command.key)} is asked for so already, as revision ${revision}, and its change is ${change?.phase ?? 'done'}${change?.reason === command.reason ? '' : reasonStands(command.reason)}`,
    };
  }
}

/** Of a request that is not recorded again nothing is kept. */
function reasonStands(reason = ''): string {
  return reason === '' ? '' : '; the reason that was given first stands';
}

function refusal(
  { code, message, revision }: Extract<ApplyDecision, { decision: 'refused' }>,
  { key, idempotencyKey }: ObjectWish,
  changeId: string,
): CallRefused {
  const facts = { subject: formatResourceKey(key), revision: String(revision) };
  switch (code) {
    case 'STALE_REVISION':
      return new CallRefused('REVISION_MISMATCH', message, { facts });
    case 'NAMESPACE_UNKNOWN':
      return namespaceNotFound(key.namespace, `${message}; create it first`);
    case 'NAMESPACE_OUT_OF_SCOPE':
      return namespaceNotFound(key.namespace, message);
    case 'CHANGE_ID_REUSED':
      return keyReused(idempotencyKey, changeId);
  }
}

function writesDisabled(): CallRefused {
  return new CallRefused(
    'WRITES_DISABLED',
    'this API takes no changes, as MCP_WRITES=disabled says; who runs it may set MCP_WRITES=enabled, with MCP_AUTH=kubernetes or token-file. A dry run is answered',
    { facts: { setting: 'MCP_WRITES' } },
  );
}

function namespaceNotFound(namespace: string, message: string): CallRefused {
  const violations = [{ field: 'namespace', description: message }];
  return new CallRefused('NAMESPACE_NOT_FOUND', message, { facts: { namespace }, violations });
}

function keyReused(idempotencyKey: string, changeId: string): CallRefused {
  return new CallRefused(
    'KEY_REUSED',
    `the idempotency key "${idempotencyKey}" was used for another request, which became change ${changeId}; choose a new key`,
    { facts: { first_change: changeId } },
  );
}

function outcomeUnknown(changeId: string, idempotencyKey: string, cause: unknown): CallRefused {
  const next =
    idempotencyKey === ''
      ? `GetChange tells whether there is a change ${changeId}`
      : 'send the same request again with the same idempotency key';
  return new CallRefused(
    'OUTCOME_UNKNOWN',
    `the request may or may not be recorded, since the log did not answer; ${next}`,
    { facts: { change_id: changeId }, cause },
  );
}

/** What cannot come true is not recorded; manifests need not have the namespace either, so this is said first. */
function mustBeCluster({ source }: DesiredStates, wish: ObjectWish): void {
  if (source?.source !== 'manifests') return;
  // JSON is YAML, and takes the least of what the headers of an answer may hold
  const manifest = JSON.stringify(renderObject(wish));
  throw new CallRefused(
    'NOT_A_CLUSTER',
    withManifest(
      `the mesh is read from manifests in ${source.id}, which nothing is applied to; commit it there instead`,
      manifest,
    ),
    { facts: { subject: formatResourceKey(wish.key), ...manifestFact(manifest) } },
  );
}

/** A namespace that is not known may exist while the list of namespaces is not live; so nothing is concluded, and nothing recorded. */
function mustKnowNamespace(states: DesiredStates, namespace: string): void {
  if (states.scope !== 'all' || isLive(states, 'Namespace') || states.namespaces.has(namespace)) return;
  throw new CallRefused(
    'SOURCE_NOT_LIVE',
    `whether there is a namespace ${namespace} is not known: the list of namespaces is not live`,
    { facts: { subject: 'Namespace', namespace } },
  );
}

/** The same key of the same actor names the same change. */
function changeIdOf(actor: Actor, idempotencyKey: string): string {
  return hash(canonicalJson([actor.provenBy, actor.name, idempotencyKey])).slice(0, 32);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
