import type { Phase } from '@mcp/desired-state';
import {
  type AnyRecordedEvent,
  changeIdOf,
  isDeleted,
  isManagedObserved,
  isOutcome,
  objectOfSubject,
  type OutcomeEvent,
  type RecordedEvent,
} from '@mcp/events';
import { formatResourceKey, saysExactly } from '@mcp/mesh';
import { groupBy } from './group-by.js';
import type { History } from './history.js';
import { revisionsLeft } from './own-writes.js';

/**
 * Each change has one outcome, every replica says the same phase of it, and that phase is one that the events prove. It was worked out here
 * without the fold of the product. Run when all is quiet: a change that still waits is one that was forgotten.
 */
export function onePhaseEach(history: History): string[] {
  const { events, record } = history;
  const outcomes = groupBy(events.filter(isOutcome), ({ subject }) => changeIdOf(subject));
  const requests = events.filter((event) => event.type === 'ChangeRequested');
  return requests.flatMap((request) => {
    const id = request.data.changeId;
    const ends = (outcomes.get(id) ?? []).filter(({ type }) => phaseOfEnd[type] !== undefined);
    if (ends.length > 1)
      return [`change ${id} has ${ends.length} outcomes: ${ends.map(({ type }) => type).join(', ')}`];
    const told = new Set(record.served.map(({ phases }) => phases[id]));
    if (told.size !== 1) return [`change ${id} is said to be ${[...told].join(' and ')}`];
    const [phase] = told;
    if (phase === undefined) return [`change ${id} is in the log, and no replica knows it`];
    const lacks = whatLacks(phase, { request, end: ends[0], history });
    return lacks === undefined ? [] : [`change ${id} is said to be ${phase}, and ${lacks}`];
  });
}

/** How an outcome ends a change; `applied` goes on from there. */
const phaseOfEnd: Partial<Record<OutcomeEvent['type'], Phase>> = {
  ChangeApplied: 'applied',
  ChangeRejected: 'rejected',
  ChangeConflicted: 'conflicted',
  ChangeRefused: 'refused',
  ChangeSuperseded: 'superseded',
};

interface Case {
  readonly request: RecordedEvent<'ChangeRequested'>;
  readonly end: OutcomeEvent | undefined;
  readonly history: History;
}

/** Why the phase is not true; undefined where it is. */
function whatLacks(phase: Phase, { request, end, history }: Case): string | undefined {
  const recorded = end && phaseOfEnd[end.type];
  switch (phase) {
    case 'requested':
    case 'dry-run':
      return 'never ended';
    case 'refused':
    case 'rejected':
    case 'conflicted':
      return recorded === phase ? undefined : `its outcome is ${end?.type ?? 'none'}`;
    case 'superseded':
      if (recorded === 'superseded') return undefined;
      return newerApplied(request, history.events) ? undefined : 'no newer change of its object was applied';
    case 'applied':
      if (end === undefined || recorded !== 'applied') return `its outcome is ${end?.type ?? 'none'}`;
      return writtenSince(request, end, history)
        ? undefined
        : 'the cluster is as it left it, which was not seen';
    case 'converged':
      if (recorded !== 'applied') return `its outcome is ${end?.type ?? 'none'}`;
      return wasSeen(request, history.events) ? undefined : 'the object was never seen so';
    case 'undone':
      if (recorded !== 'applied') return `its outcome is ${end?.type ?? 'none'}`;
      return wasTakenBack(request, history.events) ? undefined : 'nothing that was applied takes it back';
  }
}

const appliedIds = (events: readonly AnyRecordedEvent[]): ReadonlySet<string> =>
  new Set(events.filter(({ type }) => type === 'ChangeApplied').map(({ subject }) => changeIdOf(subject)));

function newerApplied({ data }: Case['request'], events: readonly AnyRecordedEvent[]): boolean {
  const applied = appliedIds(events);
  const object = formatResourceKey(data.key);
  return events.some(
    (event) =>
      event.type === 'ChangeRequested' &&
      formatResourceKey(event.data.key) === object &&
      event.data.revision > data.revision &&
      applied.has(event.data.changeId),
  );
}

/** Somebody else wrote its object after it, so that it may never have been seen as it left it. */
function writtenSince({ data }: Case['request'], end: OutcomeEvent, { cluster }: History): boolean {
  const object = formatResourceKey(data.key);
  const left = revisionsLeft(cluster).get(data.changeId) ?? Number(end.resourceVersion ?? 0);
  return cluster.some(
    ({ object: written, revision, state }) =>
      written === object && revision > left && (data.spec !== undefined || state !== undefined),
  );
}

function wasSeen({ data, position }: Case['request'], events: readonly AnyRecordedEvent[]): boolean {
  const object = formatResourceKey(data.key);
  const isSame = ({ subject }: AnyRecordedEvent): boolean => {
    const seen = objectOfSubject(subject);
    return seen !== undefined && formatResourceKey(seen) === object;
  };
  if (data.spec === undefined) {
    // seen to go, or not in a list that is live
    return events.some(
      (event) =>
        (isDeleted(event) && isSame(event)) ||
        (event.type === 'SourceStateChanged' &&
          event.data.kind === data.key.kind &&
          event.data.phase === 'live'),
    );
  }
  // what was so before it was asked for needs not be seen again
  const before = events
    .slice(0, position.sequence)
    .filter((event) => isManagedObserved(event) && isSame(event));
  const after = events.slice(position.sequence).filter((event) => isManagedObserved(event) && isSame(event));
  return [...before.slice(-1), ...after].some(
    (event) => isManagedObserved(event) && saysExactly(event.data, data.spec),
  );
}

function wasTakenBack({ data }: Case['request'], events: readonly AnyRecordedEvent[]): boolean {
  const applied = appliedIds(events);
  return events.some(
    (event) =>
      event.type === 'ChangeSetRequested' &&
      (event.data.undoes === data.changeId || event.data.undoes === data.set) &&
      event.data.undoes !== undefined &&
      event.data.changes.every((id) => applied.has(id)),
  );
}
