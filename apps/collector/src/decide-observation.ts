import {
  type EventData,
  type EventType,
  type NewEvent,
  objectSubject,
  podShapeSubject,
  sourceStateSubject,
} from '@mcp/events';
import type { Write } from '@mcp/event-log';
import { canonicalJson, deepEqual, type ObjectStates, type Problem, type ResourceKind } from '@mcp/mesh';
import { type ObservedObject, type ReadableObject, uidOf } from '@mcp/sources';
import type { CollectorMemory, KnownObject } from './collector-memory.js';
import type { Observation } from './observation-queue.js';

/** What a decision takes from outside, so that it stays a function of its input. */
export interface Surroundings {
  readonly now: () => number;
  readonly newId: () => string;
  /** Content address of a text. */
  readonly hash: (text: string) => string;
  /** The namespaces the source looks at: nothing outside them is concluded to be gone. */
  readonly scope: readonly string[] | 'all';
}

/** What the source told of an object besides its state. */
interface EventSource {
  readonly occurredAt?: number;
  readonly resourceVersion?: string;
  readonly traceparent?: string;
}

/** The longest state that is recorded: at most three bytes a UTF-16 unit, it is safely below what one event may have. */
const longestState = 300_000;

/**
 * What has to be recorded because of an observation: nothing, where the log already says so.
 * The memory takes each write as it is decided, so that the next decision sees it.
 */
export function decideObservation(
  memory: CollectorMemory,
  observation: Observation,
  outside: Surroundings,
): Write[] {
  const writes: Write[] = [];
  const write = <T extends EventType>(
    subject: string,
    expectedVersion: number | 'any',
    type: T,
    data: EventData<T>,
    source: EventSource = {},
    tombstone = false,
  ): void => {
    const event: NewEvent<T> = {
      id: outside.newId(),
      type,
      version: 1,
      occurredAt: source.occurredAt ?? outside.now(),
      actor: { name: 'collector', provenBy: 'component' },
      ...(source.resourceVersion !== undefined && { resourceVersion: source.resourceVersion }),
      ...(source.traceparent !== undefined && { traceparent: source.traceparent }),
      data,
    };
    writes.push({ subject, expectedVersion, event: event, ...(tombstone && { tombstone }) });
    memory.remember(subject, expectedVersion === 'any' ? 1 : expectedVersion + 1, event);
  };

  const end = (
    known: KnownObject,
    detectedLate: boolean,
    source: { readonly resourceVersion?: string } = {},
  ): void => write(known.subject, known.version, `${known.key.kind}Deleted`, { detectedLate }, source, true);

  const observe = (object: ObservedObject): void => {
    const uid = uidOf(object);
    const lives = memory.livesOf(object.key);
    for (const former of lives) if (former.uid !== uid) end(former, true);
    const known = lives.find((life) => life.uid === uid);
    const subject = objectSubject(object.kind, { ...object.key, uid });
    const version = known?.version ?? 0;
    const unreadable = (createdAt: number, problem: Problem): void => {
      if (known !== undefined && 'problem' in known.last && deepEqual(known.last.problem, problem)) return;
      write(subject, version, 'ObjectUnreadable', { key: object.key, uid, createdAt, problem }, object);
    };
    if (!('state' in object)) {
      unreadable(object.createdAt, object.problem);
      return;
    }
    let state: ObjectStates[ResourceKind] = object.state;
    const length = JSON.stringify(state).length + JSON.stringify(object.podShape ?? '').length;
    if (length > longestState) {
      const message = `the object is too large to keep: ${length} characters, ${longestState} at most`;
      unreadable(state.createdAt, { code: 'OBJECT_TOO_LARGE', field: '', message });
      return;
    }
    if (object.kind === 'Pod' && object.podShape !== undefined) {
      const hash = outside.hash(canonicalJson(object.podShape));
      if (!memory.knowsShape(hash)) {
        write(podShapeSubject(hash), 'any', 'PodShapeObserved', { ...object.podShape, hash });
      }
      state = { ...object.state, shape: hash };
    }
    if (known !== undefined && 'state' in known.last && deepEqual(known.last.state, state)) return;
    write(subject, version, `${object.kind}Observed`, state, withTraceOfNewChange(object, known));
  };

  switch (observation.what) {
    case 'observed':
      observe(observation.object);
      break;
    case 'deleted': {
      const known = memory.livesOf(observation.key).find(({ uid }) => uid === observation.uid);
      if (known !== undefined) end(known, false, observation);
      break;
    }
    case 'listed': {
      for (const known of [...memory.objects.values()]) {
        const gone = known.key.kind === observation.kind && !observation.present.has(known.subject);
        if (gone && inScope(known, outside.scope)) end(known, true);
      }
      break;
    }
    case 'phase': {
      const { kind, phase, reason } = observation;
      const known = memory.sourceState(kind);
      if (known !== undefined && known.state.phase === phase && known.state.reason === reason) break;
      write(sourceStateSubject(kind), known?.version ?? 0, 'SourceStateChanged', { kind, phase, reason });
      break;
    }
  }
  return writes;
}

/** An object says which change wrote it last for as long as it is there; only its first sight belongs to the trace of the change. */
function withTraceOfNewChange(object: ReadableObject, known: KnownObject | undefined): EventSource {
  const { traceparent, ...source } = object;
  const isNew = changeIn(object) !== changeIn(known?.last ?? {});
  return { ...source, ...(isNew && traceparent !== undefined && { traceparent }) };
}

function changeIn(seen: object): string | undefined {
  return 'state' in seen && 'change' in (seen.state as object)
    ? (seen.state as { readonly change?: { readonly id: string } }).change?.id
    : undefined;
}

function inScope({ key }: KnownObject, scope: readonly string[] | 'all'): boolean {
  if (scope === 'all') return true;
  return scope.includes(key.kind === 'Namespace' ? key.name : key.namespace) || key.kind === 'ControlPlane';
}
