import {
  changeSubject,
  desiredSubject,
  objectSubject,
  type Actor,
  type AnyRecordedEvent,
  type EventData,
  type EventType,
  type OutcomeType,
  type Subject,
} from '@mcp/events';
import type { AuthorizationPolicySpec } from '@mcp/mesh';
import type { ApplyCommand } from '../src/decide-apply.js';
import type { DesiredKey, DesiredStates } from '../src/desired-states.js';
import { desiredStatesFold } from '../src/desired-states-fold.js';
import type { HeldChanges } from '../src/held-changes.js';
import type { DesiredSpec } from '../src/drift.js';

/** For specifications: events as a log would record them, from a sequence of short sentences. */

export interface Step {
  readonly subject: Subject;
  readonly type: EventType;
  readonly data: EventData<EventType>;
  readonly resourceVersion?: string;
}

export const ada: Actor = { name: 'ada', provenBy: 'token' };
const reconciler: Actor = { name: 'reconciler', provenBy: 'component' };

export const webKey: DesiredKey = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' };

/** A spec that differs from another letter's only in its target. */
export function specTo(server: string): AuthorizationPolicySpec {
  return {
    targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: server },
    requiredAuthenticationRefs: [
      { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'clients' },
    ],
  };
}

export function step<T extends EventType>(
  subject: Subject,
  type: T,
  data: EventData<T>,
  resourceVersion?: string,
): Step {
  return { subject, type, data, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
}

/** Without a spec: that there be no such object. */
export function asked(changeId: string, revision: number, spec?: DesiredSpec, key = webKey): Step[] {
  const desired = { changeId, key, ...(spec !== undefined && { spec }) };
  return [
    step(changeSubject(changeId), 'ChangeRequested', { ...desired, revision }),
    step(desiredSubject(key), 'DesiredStateSet', desired),
  ];
}

export function outcome<T extends OutcomeType>(changeId: string, type: T, data: EventData<T>): Step {
  return step(changeSubject(changeId), type, data);
}

export function applied(changeId: string, revision: number, resourceVersion: string, modified = true): Step {
  return outcome(changeId, 'ChangeApplied', { revision, uid: 'u1', resourceVersion, modified });
}

/** The collector saw the object; `by`: the change that its annotations name. */
export function seen(
  spec: DesiredSpec,
  options: {
    readonly by?: readonly [string, number];
    readonly rv?: string;
    readonly uid?: string;
    readonly key?: DesiredKey;
    readonly unmodelled?: readonly string[];
  } = {},
): Step {
  const { by, rv = '1', uid = 'u1', key = webKey, unmodelled } = options;
  const { kind, namespace, name } = key;
  const data = {
    namespace,
    name,
    uid,
    createdAt: 0,
    labels: {},
    spec,
    ...(unmodelled === undefined ? {} : { unmodelled }),
    fieldOwners: [],
    ...(by === undefined ? {} : { change: { id: by[0], revision: by[1] } }),
    conditions: [],
  };
  // of the kind of the key, as whoever writes the story sees to
  return step(objectSubject(kind, data), `${kind}Observed`, data as EventData<'ServerObserved'>, rv);
}

export function gone(uid = 'u1', key = webKey): Step {
  return step(objectSubject(key.kind, { ...key, uid }), `${key.kind}Deleted`, { detectedLate: false });
}

export function namespaceSeen(name: string): Step {
  const data = { namespace: '', name, uid: `uid-of-${name}`, createdAt: 0, labels: {}, annotations: {} };
  return step(objectSubject('Namespace', data), 'NamespaceObserved', data);
}

/** Event n, counted from 1, has the id `e<n>`, and is recorded n seconds after the epoch. */
export function recorded(steps: readonly Step[]): AnyRecordedEvent[] {
  const versions = new Map<Subject, number>();
  return steps.map((each, index) => {
    const sequence = index + 1;
    const subjectVersion = (versions.get(each.subject) ?? 0) + 1;
    versions.set(each.subject, subjectVersion);
    return {
      ...each,
      id: `e${sequence}`,
      version: 1,
      occurredAt: sequence * 1000,
      actor: each.type === 'ChangeRequested' ? ada : reconciler,
      subjectVersion,
      recordedAt: sequence * 1000,
      position: { log: 'log', sequence, digest: '' },
    } as AnyRecordedEvent;
  });
}

export function statesAfter(steps: readonly Step[], held?: HeldChanges): DesiredStates {
  const fold = desiredStatesFold(held);
  return recorded(steps).reduce((states, event) => fold.evolve(states, event), fold.initial());
}

export function request(changeId: string, spec: DesiredSpec, more: Partial<ApplyCommand> = {}): ApplyCommand {
  return { changeId, key: webKey, spec, actor: ada, at: 5000, ...more };
}
