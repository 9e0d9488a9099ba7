import type { AnyRecordedEvent } from '@mcp/events';
import { deepEqual, formatResourceKey } from '@mcp/mesh';
import {
  phaseOf,
  type Change,
  type ChangeSet,
  type DesiredObject,
  type DesiredStates,
  type FollowedSource,
  type ObjectDriftMode,
  type ObservedObject,
} from './desired-states.js';
import { heldChanges, type HeldChanges } from './held-changes.js';
import { evolveDesiredStates, noDesiredStates } from './evolve-desired-states.js';

/** Records a snapshot chunk holds, at most: about 256 KiB at half a KiB each. */
const recordsPerChunk = 500;

type SnapshotRecord =
  | readonly [
      'rest',
      Pick<DesiredStates, 'source' | 'scope' | 'retired' | 'forgottenChanges' | 'completeAfter'>,
    ]
  | readonly ['object', string, DesiredObject]
  | readonly ['change', string, Change]
  | readonly ['set', ChangeSet]
  | readonly ['drift-mode', ObjectDriftMode]
  | readonly ['observed', string, readonly ObservedObject[]]
  | readonly ['namespace', string, string]
  | readonly ['source', FollowedSource];

export interface DesiredStatesFold {
  readonly name: string;
  /** Of the snapshot's form: another version is not loaded. */
  readonly version: number;
  initial(): DesiredStates;
  /** Changes the state in place and gives it back. */
  evolve(states: DesiredStates, event: AnyRecordedEvent): DesiredStates;
  /** Whole when it returns: what is folded afterwards is not in it. */
  encode(states: DesiredStates): Iterable<Uint8Array>;
  /** Takes one chunk, in place; the initial states that take all chunks in order are the states that were encoded. */
  restore(states: DesiredStates, chunk: Uint8Array): DesiredStates;
  /** Whether two states say the same of every object. A log that was trimmed knows less of its former changes. */
  same(a: DesiredStates, b: DesiredStates): boolean;
}

/** The fold of what was asked for and what became of it, to be run as a projection. */
export function desiredStatesFold(held: HeldChanges = heldChanges): DesiredStatesFold {
  return {
    name: 'desired-states',
    version: 8,
    initial: noDesiredStates,
    evolve: (states, event) => evolveDesiredStates(states, event, held),
    encode,
    restore,
    same: (a, b) => deepEqual(saying(a), saying(b)),
  };
}

/** What states say, without former changes and how many of them are forgotten. */
function saying(states: DesiredStates): object {
  const { source, scope, sourceStates, observed, namespaces, driftModes } = states;
  const objects = [...states.objects].map(([id, { revision, changeId, spec, reached }]) => {
    const change = states.changes.get(changeId);
    const { applied, problem } = change ?? {};
    return [id, { revision, spec, reached, changeId, phase: change && phaseOf(change), applied, problem }];
  });
  return {
    source,
    scope,
    sourceStates: Object.fromEntries(sourceStates),
    objects: Object.fromEntries(objects) as object,
    observed: Object.fromEntries(observed),
    namespaces: Object.fromEntries(namespaces),
    driftModes: Object.fromEntries(driftModes),
  };
}

/** One JSON record a line. */
function encode(states: DesiredStates): Iterable<Uint8Array> {
  const { source, scope, retired, forgottenChanges, completeAfter } = states;
  const records: SnapshotRecord[] = [
    ['rest', { source, scope, retired, forgottenChanges, completeAfter }],
    ...[...states.objects].map(([id, object]) => ['object', id, object] as const),
    ...[...states.changes].map(([id, change]) => ['change', id, change] as const),
    ...[...states.sets.values()].map((set) => ['set', set] as const),
    ...[...states.driftModes.values()].map((mode) => ['drift-mode', mode] as const),
    ...[...states.observed].map(([id, observed]) => ['observed', id, observed] as const),
    ...[...states.namespaces].map(([name, uid]) => ['namespace', name, uid] as const),
    ...[...states.sourceStates.values()].map((source) => ['source', source] as const),
  ];
  const encoder = new TextEncoder();
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < records.length; from += recordsPerChunk) {
    const lines = records.slice(from, from + recordsPerChunk).map((record) => JSON.stringify(record));
    chunks.push(encoder.encode(lines.join('\n')));
  }
  return chunks;
}

function restore(states: DesiredStates, chunk: Uint8Array): DesiredStates {
  for (const line of new TextDecoder().decode(chunk).split('\n'))
    take(states, JSON.parse(line) as SnapshotRecord);
  return states;
}

function take(states: DesiredStates, record: SnapshotRecord): void {
  switch (record[0]) {
    case 'rest':
      states.source = record[1].source;
      states.scope = record[1].scope;
      states.retired.push(...record[1].retired);
      states.forgottenChanges = record[1].forgottenChanges;
      states.completeAfter = record[1].completeAfter;
      return;
    case 'object':
      states.objects.set(record[1], record[2]);
      return;
    case 'change':
      states.changes.set(record[1], record[2]);
      return;
    case 'set':
      states.sets.set(record[1].id, record[1]);
      return;
    case 'drift-mode':
      states.driftModes.set(formatResourceKey(record[1].key), record[1]);
      return;
    case 'observed':
      states.observed.set(record[1], record[2]);
      return;
    case 'namespace':
      states.namespaces.set(record[1], record[2]);
      return;
    case 'source':
      states.sourceStates.set(record[1].kind, record[1]);
  }
}
