import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { changeView, type DesiredStates, desiredStatesFold } from '@mcp/desired-state';
import { type Epoch, type EventLog, isEventLogError, openEmbeddedLog } from '@mcp/event-log';
import {
  type Actor,
  changeSubject,
  desiredSubject,
  type EventData,
  type EventType,
  formatPosition,
  type NewEvent,
  objectSubject,
} from '@mcp/events';
import { type AuthorizationPolicySpec, formatResourceKey } from '@mcp/mesh';
import { Projection } from '@mcp/projections';
import type { History, ObjectWrite, RunRecord } from './history.js';
import { readHistory } from './read-history.js';

/** Wraps a port, so that it does less than it promises. */
export type Defect<Port> = (port: Port) => Port;

/** A cluster as the reconciler of the small world sees it. */
export interface SmallTarget {
  readonly live: (name: string) => ObjectWrite | undefined;
  readonly write: (
    name: string,
    by: { readonly change: string; readonly spec: AuthorizationPolicySpec },
  ) => ObjectWrite;
}

/**
 * One client, one reconciler, one collector and one replica of the API, on a real embedded log and a cluster of policies in memory: each step
 * by itself, so that a test can leave one out, or let somebody else come in between.
 */
export class SmallWorld {
  readonly cluster: ObjectWrite[] = [];
  readonly target: SmallTarget;
  log: EventLog;
  replica: Projection<DesiredStates>;
  readonly #record = { acknowledged: [], told: [], deletedByHand: [] } as unknown as Writable<RunRecord>;
  readonly #specs = new Map<string, { readonly name: string; readonly spec: AuthorizationPolicySpec }>();

  private constructor(
    private readonly folder: string,
    private readonly defects: Defects,
    bare: EventLog,
  ) {
    this.log = (defects.log ?? same)(bare);
    this.target = (defects.target ?? same)({
      live: (name) => this.#live(name),
      write: (name, { change, spec }) => this.#write(name, { spec, change: { id: change, revision: 1 } }),
    });
    this.replica = this.#newReplica();
  }

  static async open(defects: Defects): Promise<SmallWorld> {
    const folder = mkdtempSync(join(tmpdir(), 'small-world-'));
    return new SmallWorld(folder, defects, await openLog(join(folder, 'log')));
  }

  async close(): Promise<void> {
    await this.log.close();
    rmSync(this.folder, { recursive: true });
  }

  /** A client asks, and keeps the answer. */
  async request(name: string): Promise<string> {
    const changeId = randomUUID();
    const spec = specTo(changeId);
    const desired = { changeId, key: keyOf(name), spec };
    const key = desiredSubject(desired.key);
    const { position } = await this.log.append({
      writes: [
        write(changeSubject(changeId), 0, 'ChangeRequested', { ...desired, revision: 1 }),
        write(key, await this.log.versionOf(key), 'DesiredStateSet', desired),
      ],
      idempotency: { scope: 'client', key: changeId, bodyHash: '' },
    });
    this.#specs.set(changeId, { name, spec });
    const answer = { client: 'client', key: changeId, changes: [{ id: changeId, object: nameOf(name) }] };
    this.#record.acknowledged.push({ ...answer, position: formatPosition(position) });
    return changeId;
  }

  /** The reconciler applies, unless the object says that it has; what it did is yet to be recorded. */
  apply(changeId: string): ObjectWrite {
    const { name, spec } = this.#specs.get(changeId)!;
    const live = this.target.live(name);
    return live?.state?.change?.id === changeId ? live : this.target.write(name, { change: changeId, spec });
  }

  async recordApplied(changeId: string, { uid, revision }: ObjectWrite, epoch?: Epoch): Promise<void> {
    const subject = changeSubject(changeId);
    const data = { revision: 1, uid, resourceVersion: String(revision), modified: true };
    const version = await this.log.versionOf(subject);
    await this.#append(write(subject, version, 'ChangeApplied', data, String(revision)), epoch);
  }

  /** The collector records what it saw; it may have seen it long ago. */
  async recordSeen(seen: ObjectWrite, epoch?: Epoch): Promise<void> {
    const { uid, revision, state } = seen;
    const key = { ...keyOf(seen.object.split('/').at(-1)!), uid };
    const subject = objectSubject('AuthorizationPolicy', key);
    const version = await this.log.versionOf(subject);
    if (state === undefined) {
      const gone = write(subject, version, 'AuthorizationPolicyDeleted', { detectedLate: false });
      return this.#append({ ...gone, tombstone: true }, epoch);
    }
    const { spec, change } = state as {
      spec: AuthorizationPolicySpec;
      change?: { id: string; revision: number };
    };
    const data = {
      ...key,
      createdAt: 0,
      labels: {},
      spec,
      fieldOwners: [],
      ...(change && { change }),
      conditions: [],
    };
    return this.#append(
      write(subject, version, 'AuthorizationPolicyObserved', data, String(revision)),
      epoch,
    );
  }

  editByHand(name: string): ObjectWrite {
    const { state } = this.#live(name) ?? {};
    return this.#write(name, { ...state, spec: specTo('by-hand'), edit: randomUUID() });
  }

  deleteByHand(name: string): ObjectWrite {
    this.#record.deletedByHand.push(nameOf(name));
    return this.#write(name, undefined);
  }

  /** The replica reads to the end of the log, and tells a client where it is. */
  async catchUp(): Promise<void> {
    const { follower } = this.replica;
    let anew: { anew: true } | undefined;
    for (;;) {
      await follower.begin();
      try {
        await follower.readTo(await this.log.head(), AbortSignal.timeout(10_000));
        await follower.take([]);
        break;
      } catch (error) {
        if (!isEventLogError(error, 'POSITION_LOST')) throw error;
        follower.recoverFrom(error);
        anew = { anew: true };
      }
    }
    this.#record.told.push({
      client: 'watcher',
      position: formatPosition(this.replica.now.position),
      ...anew,
    });
  }

  /** What a failover to a store that has what there is now, and not what comes until then, leaves. */
  async copy(): Promise<() => Promise<void>> {
    await this.log.close();
    cpSync(join(this.folder, 'log'), join(this.folder, 'copy'), { recursive: true });
    this.#reopen(await openLog(join(this.folder, 'log')));
    return async () => {
      await this.log.close();
      this.#reopen(await openLog(join(this.folder, 'copy')));
    };
  }

  /** What is to be judged, when the replica has read all. */
  async history(): Promise<History> {
    await this.catchUp();
    const { state } = this.replica.now;
    const phases = Object.fromEntries(
      [...state.changes.keys()].map((id) => [id, changeView(state, id)!.phase]),
    );
    const served = [{ replica: 'replica', phases, graph: {} }];
    return readHistory(this.log, { cluster: this.cluster, record: { ...this.#record, served, ended: [] } });
  }

  #reopen(bare: EventLog): void {
    this.log = (this.defects.log ?? same)(bare);
  }

  #newReplica(): Projection<DesiredStates> {
    const current = new Proxy({} as EventLog, {
      get: (_, name) => {
        const found: unknown = Reflect.get(this.log, name);
        return typeof found === 'function' ? (found as () => unknown).bind(this.log) : found;
      },
    });
    return new Projection({ log: current, fold: desiredStatesFold(), replayCheck: false });
  }

  #live(name: string): ObjectWrite | undefined {
    const last = this.cluster.findLast(({ object }) => object === nameOf(name));
    return last?.state === undefined ? undefined : last;
  }

  #write(name: string, state: ObjectWrite['state']): ObjectWrite {
    const live = this.#live(name);
    const written = {
      object: nameOf(name),
      uid: live?.uid ?? randomUUID(),
      revision: this.cluster.length + 1,
      ...(state !== undefined && {
        state: { ...(live?.state?.edit !== undefined && { edit: live.state.edit }), ...state },
      }),
    };
    this.cluster.push(written);
    return written;
  }

  async #append(one: ReturnType<typeof write> & { tombstone?: true }, epoch?: Epoch): Promise<void> {
    await this.log.append({ writes: [one], ...(epoch !== undefined && { epoch }) });
  }
}

export interface Defects {
  readonly log?: Defect<EventLog>;
  readonly target?: Defect<SmallTarget>;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };

const same = <T>(port: T): T => port;
const somebody: Actor = { name: 'small-world', provenBy: 'component' };

const openLog = (dataDir: string): Promise<EventLog> => openEmbeddedLog({ dataDir, mesh: 'small' });
const keyOf = (name: string) => ({ kind: 'AuthorizationPolicy', namespace: 'shop', name }) as const;
const nameOf = (name: string): string => formatResourceKey(keyOf(name));

function specTo(server: string): AuthorizationPolicySpec {
  return {
    targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: server },
    requiredAuthenticationRefs: [],
  };
}

function write<T extends EventType>(
  subject: string,
  expectedVersion: number,
  type: T,
  data: EventData<T>,
  resourceVersion?: string,
) {
  const event: NewEvent<T> = {
    ...{ id: randomUUID(), type, version: 1, occurredAt: 0, actor: somebody, data },
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
  return { subject, expectedVersion, event: event as NewEvent };
}
