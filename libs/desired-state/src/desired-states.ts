import type {
  Actor,
  ChangeRequest,
  Correction,
  DesiredState,
  DriftMode,
  EndedStaging,
  EventData,
  ImpactCode,
  LogPosition,
  RefusalCode,
  SourceIdentity,
  SourceState,
  Staging,
} from '@mcp/events';
import {
  formatResourceKey,
  type FieldOwner,
  type Life,
  type ResourceKey,
  type ResourceKind,
} from '@mcp/mesh';
import { driftOf, type DesiredSpec, type DriftAnswer } from './drift.js';

export type DesiredKey = DesiredState['key'];

/**
 * Everything that was asked for, what became of it, and what the cluster was seen to be.
 *
 * The maps belong to the fold, which changes them in place; the records in them are never changed, only replaced, so a
 * record that was handed out stays as it was. Read it between two events, not across an `await`.
 */
export interface DesiredStates {
  /** Whose mesh this is; undefined until the log says so. */
  source: SourceIdentity | undefined;
  /** By `formatResourceKey`. */
  readonly objects: Map<string, DesiredObject>;
  /** By change id, in the order of the requests. Open changes, the newest change of every object, and the last ended ones. */
  readonly changes: Map<string, Change>;
  /** By id; those of which a change is held. */
  readonly sets: Map<string, ChangeSet>;
  /** What is to be done about drift, by `formatResourceKey`; of an object that is not in it, it is told. */
  readonly driftModes: Map<string, ObjectDriftMode>;
  /**
   * Every object of a managed kind that the cluster has, by `formatResourceKey`; also those that nobody asked us for. The newest life
   * of a name is the last; an older one stays until its end was seen.
   */
  readonly observed: Map<string, readonly ObservedObject[]>;
  /** Uid by name. */
  readonly namespaces: Map<string, string>;
  /** How well each kind is followed; a kind that the log says nothing of is not in it. */
  readonly sourceStates: Map<ResourceKind, FollowedSource>;
  /** What the collector looks at; nothing outside it can be seen to converge. */
  scope: readonly string[] | 'all';
  /** Ended changes that a newer one of the same object has followed, those first that are to be forgotten first. */
  readonly retired: RetiredChange[];
  /** How many ended changes are no longer held. */
  forgottenChanges: number;
  /** Every change that was asked for later than this is held; milliseconds since the epoch, 0 where none was forgotten. */
  completeAfter: number;
}

export interface FollowedSource extends SourceState {
  /** When it was last said, in milliseconds since the epoch. */
  readonly since: number;
}

/** One object that someone asked for, at its newest revision. */
export interface DesiredObject {
  readonly key: DesiredKey;
  readonly revision: number;
  readonly changeId: string;
  /** Absent: there is to be no such object. */
  readonly spec?: DesiredSpec;
  /** It was observed as desired since this revision was set. */
  readonly reached: boolean;
  /** Changes of this object that have not ended, oldest first. */
  readonly open: readonly string[];
  /** The newest revision whose change is no longer held; 0 for none. */
  readonly forgottenUpTo: number;
}

export type Phase =
  /** Recorded; nothing has been done yet. */
  | 'requested'
  /** The API server would take it. */
  | 'dry-run'
  /** The API server took it. */
  | 'applied'
  /** The cluster was observed to be as desired. */
  | 'converged'
  /** We did not try. */
  | 'refused'
  /** The API server refused it. */
  | 'rejected'
  /** Another field manager owns fields that it writes. */
  | 'conflicted'
  /** A newer revision took its place. */
  | 'superseded'
  /** It had been applied, and a later change took it back. */
  | 'undone';

/** The event with which the change entered the phase. */
export interface PhaseProof {
  readonly phase: Phase;
  readonly eventId: string;
  readonly eventType: string;
  readonly position: LogPosition;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
}

/** Why a change ended, or what it waits for. `REJECTED` carries the HTTP status; other codes are those of a deferral. */
export interface ChangeProblem {
  readonly code: RefusalCode | 'REJECTED' | 'CONFLICTED' | 'SUPERSEDED' | (string & {});
  readonly message: string;
  readonly status?: number;
}

export interface FieldConflict {
  readonly manager: string;
  readonly field: string;
}

export interface Change {
  readonly id: string;
  readonly key: DesiredKey;
  /** Absent: there is to be no such object. */
  readonly spec?: DesiredSpec;
  readonly revision: number;
  readonly replaces?: string;
  /** The set that it is one of. */
  readonly set?: string;
  /** What there was when it was asked for; absent where that was not known. */
  readonly before?: ChangeRequest['before'];
  /** What whoever asked said may come of it. */
  readonly accepted?: readonly ImpactCode[];
  /** It puts back what others changed. */
  readonly correction?: Correction;
  /** The change that took it back. */
  readonly undoneBy?: string;
  readonly actor: Actor;
  readonly reason?: string;
  /** W3C trace context of the request. */
  readonly traceparent?: string;
  /** Every phase it has been in, oldest first; never empty. */
  readonly history: readonly PhaseProof[];
  readonly problem?: ChangeProblem;
  readonly conflicts: readonly FieldConflict[];
  /** The apply that was begun last, if any. */
  readonly started?: EventData<'ApplyStarted'>;
  readonly applied?: EventData<'ChangeApplied'>;
  /**
   * The object as it was first observed to be as this change wrote it, or the one that it was to delete and that was seen to go, while its apply
   * was not recorded.
   */
  readonly shown?: Pick<ObservedObject, 'uid' | 'resourceVersion'>;
  /** The version of the change's subject. */
  readonly version: number;
}

/** Changes of several objects that were asked for together. */
export interface ChangeSet {
  readonly id: string;
  /** Ids, in the order in which they are applied: each after all before it. */
  readonly changes: readonly string[];
  /** Ids of earlier changes, by which the other objects that were asked for are so, or will be. */
  readonly standing?: readonly string[];
  readonly actor: Actor;
  readonly reason?: string;
  /** When it was planned, in milliseconds since the epoch; absent where it was asked for at once. */
  readonly plannedAt?: number;
  /** The change that it takes back. */
  readonly undoes?: string;
  readonly accepted?: readonly ImpactCode[];
  /** How it goes on by itself; absent: it does not. */
  readonly staging?: Staging;
  /** Why it goes on no more. */
  readonly stagingEnded?: EndedStaging;
  /** The set whose audit it ends. */
  readonly enforces?: string;
  /** The set that ends its audit. */
  readonly enforcedBy?: string;
  readonly requested: PhaseProof;
  /** The version of the set's subject. */
  readonly version: number;
}

/** What is done where an object is no longer as desired. */
export interface ObjectDriftMode {
  readonly key: DesiredKey;
  readonly mode: DriftMode;
  readonly forceFrom: readonly string[];
  /** Who set it, and whose rights count; whoever stopped it, where it was. */
  readonly actor: Actor;
  readonly reason?: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Why it is no longer enforced. */
  readonly stopped?: { readonly code: string; readonly message: string };
  /** The version of its subject. */
  readonly version: number;
}

/** A change that is to be forgotten some day, and since when that is so. */
export interface RetiredChange {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** An object of a managed kind as the collector saw it. `spec` is undefined where it could not be read. */
export interface ObservedObject extends Life {
  readonly resourceVersion?: string;
  readonly spec?: DesiredSpec;
  /** What the object says besides `spec`; absent where that is nothing. */
  readonly unmodelled?: readonly string[];
  /** Who wrote its fields, and when; absent where that could not be read. */
  readonly fieldOwners?: readonly FieldOwner[];
  readonly change?: { readonly id: string; readonly revision: number };
}

/** A change with what is computed from it and from its object. */
export interface ChangeView extends Change {
  readonly phase: Phase;
  /** Nothing more will happen to it. */
  readonly ended: boolean;
  /** How its object stands to the newest revision. */
  readonly drift: DriftAnswer;
}

/** The list of a kind is followed and up to date, so that what is not in it does not exist. */
export function isLive({ sourceStates }: DesiredStates, kind: ResourceKind): boolean {
  return sourceStates.get(kind)?.phase === 'live';
}

/** Undefined for a change that was never asked for, or ended so long ago that it is no longer held. */
export function changeView(states: DesiredStates, changeId: string): ChangeView | undefined {
  const change = states.changes.get(changeId);
  if (change === undefined) return undefined;
  return {
    ...change,
    phase: phaseOf(change),
    ended: hasEnded(change),
    drift: objectDrift(states, change.key) ?? { drift: 'pending', differingFields: [] },
  };
}

/** Undefined where nobody asked for the object. */
export function objectDrift(states: DesiredStates, key: ResourceKey): DriftAnswer | undefined {
  const id = formatResourceKey(key);
  const object = states.objects.get(id);
  if (object === undefined) return undefined;
  return driftOf(object.spec, observedNow(states, id), object.reached);
}

/** The object that there is, of all that were seen with this name. `id` is as `formatResourceKey` writes it. */
export function observedNow(states: DesiredStates, id: string): ObservedObject | undefined {
  return states.observed.get(id)?.at(-1);
}

/** The revision of an object; 0 where nobody asked for it. */
export function revisionOf(states: DesiredStates, key: ResourceKey): number {
  return states.objects.get(formatResourceKey(key))?.revision ?? 0;
}

export function phaseOf(change: Pick<Change, 'history'>): Phase {
  return change.history.at(-1)?.phase ?? 'requested';
}

export function hasEnded(change: Pick<Change, 'history'>): boolean {
  const phase = phaseOf(change);
  switch (phase) {
    case 'requested':
    case 'dry-run':
    case 'applied':
      return false;
    case 'converged':
    case 'refused':
    case 'rejected':
    case 'conflicted':
    case 'superseded':
    case 'undone':
      return true;
  }
}
