import { seenActor, seenReason, type DesiredStates } from '@mcp/desired-state';
import { changeIdOf, objectOfSubject, type AnyRecordedEvent } from '@mcp/events';
import { hiddenName, type VisibleNamespaces, withoutHidden, withoutItems } from '@mcp/mesh';

/**
 * An event as someone may see it who does not see all namespaces; undefined where it may not be seen. They see what was recorded of objects and of
 * changes where they may see; what is about several namespaces, or about the whole mesh, is left out. The same object where all may be seen.
 */
export function seenEvent(
  states: DesiredStates,
  event: AnyRecordedEvent,
  visible: VisibleNamespaces,
): AnyRecordedEvent | undefined {
  if (visible.areAll) return event;
  const namespaces = namespacesOf(states, event);
  if (namespaces.length === 0 || !namespaces.every((namespace) => visible.has(namespace))) return undefined;
  // that of a denial has the name of who was denied
  if (withoutHidden(event.subject, visible) !== event.subject) return undefined;
  const { reason, ...rest } = event;
  return {
    ...rest,
    actor: seenActor(event.actor, visible),
    ...(reason !== undefined && { reason: seenReason(states, setOf(states, event), reason, visible) }),
    data: seenData(event.data, visible),
  } as AnyRecordedEvent;
}

/** What an event says, without names of what may not be seen, and without words, which may name anything. */
export function seenData<T>(data: T, visible: VisibleNamespaces): T {
  return visible.areAll ? data : (withoutHidden(withoutWords(data), visible) as T);
}

/** All that it is about; none where that is not known, or more than single objects. */
function namespacesOf(states: DesiredStates, event: AnyRecordedEvent): readonly string[] {
  const { subject } = event;
  const object = objectOfSubject(subject);
  if (object !== undefined) return [object.kind === 'Namespace' ? object.name : object.namespace];
  switch (event.type) {
    case 'ChangeRequested':
    case 'ChangeDenied':
    case 'DesiredStateSet':
    case 'DriftModeSet':
    case 'EnforcementStopped':
      return [event.data.key.namespace];
    case 'ChangeSetRequested':
      return event.data.changes.map((id) => namespaceOf(states, id));
    case 'StagingEnded':
      return states.sets.get(event.data.setId)?.changes.map((id) => namespaceOf(states, id)) ?? [];
    default:
      return subject.startsWith('change/') ? [namespaceOf(states, changeIdOf(subject))] : [];
  }
}

/** Empty where the change is no longer held: nothing is called so. */
function namespaceOf(states: DesiredStates, changeId: string): string {
  return states.changes.get(changeId)?.key.namespace ?? '';
}

function setOf(states: DesiredStates, event: AnyRecordedEvent): string | undefined {
  if (event.type === 'ChangeSetRequested' || event.type === 'StagingEnded') return event.data.setId;
  if (event.type === 'ChangeRequested') return event.data.set;
  const changeId =
    event.type === 'DesiredStateSet'
      ? event.data.changeId
      : event.subject.startsWith('change/')
        ? changeIdOf(event.subject)
        : undefined;
  return changeId === undefined ? undefined : states.changes.get(changeId)?.set;
}

function withoutWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWords);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([field, part]): [string, unknown] => [field, unsaid(field, part)]),
  );
}

function unsaid(field: string, part: unknown): unknown {
  if (typeof part !== 'string') return withoutWords(part);
  if (field === 'field') return withoutItems(part);
  // a digest would tell whether somebody guessed right whom an impact is about
  return field === 'message' || field === 'digest' ? hiddenName : part;
}
