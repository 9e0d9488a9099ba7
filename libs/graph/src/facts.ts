import type { DesiredState, EventData, SourceState, TelemetryState } from '@mcp/events';
import { PodShapeTable } from '@mcp/events';
import type { ObjectState, ObjectStates, ResourceKind } from '@mcp/mesh';
import { EdgeTable } from './edge-table.js';

export type Unreadable = EventData<'ObjectUnreadable'>;

/** What was asked for of one object. `reached`: it was observed so since. */
export interface Desired extends DesiredState {
  readonly revision: number;
  readonly reached: boolean;
}

export interface SourceFact extends SourceState {
  readonly since: number;
}

export interface TelemetryFact extends TelemetryState {
  readonly since: number;
}

/** All that the log says now. Everything else in the graph is derived from it. */
export interface Facts {
  /** By namespace; the key '' has what belongs to the whole mesh. A namespace without any fact is not in it. */
  readonly namespaces: Map<string, NamespaceFacts>;
  readonly podShapes: PodShapeTable<EventData<'PodShapeObserved'>>;
  readonly sources: Map<ResourceKind, SourceFact>;
  scope: readonly string[] | 'all';
  readonly edges: EdgeTable;
  /** Undefined where the log says nothing of it. */
  telemetry: TelemetryFact | undefined;
}

/** A Namespace object is a fact of the namespace that it names. */
export interface NamespaceFacts {
  /** By kind and uid: two lives of one name may overlap, when the end of the first is seen late. */
  readonly objects: { readonly [K in ResourceKind]?: Map<string, ObjectStates[K]> };
  /** By uid. An object is here or in `objects`, never in both. */
  readonly unreadable: Map<string, Unreadable>;
  /** By kind and name. */
  readonly desired: Map<string, Desired>;
}

export function noFacts(): Facts {
  return {
    namespaces: new Map(),
    podShapes: new PodShapeTable(),
    sources: new Map(),
    scope: 'all',
    edges: new EdgeTable(),
    telemetry: undefined,
  };
}

/** The namespace whose fact an object is. */
export function homeOf(
  kind: ResourceKind,
  object: { readonly namespace: string; readonly name: string },
): string {
  if (kind === 'Namespace') return object.name;
  return kind === 'ControlPlane' ? '' : object.namespace;
}

/** The facts of a namespace, to add to. */
export function factsOf(facts: Facts, namespace: string): NamespaceFacts {
  let found = facts.namespaces.get(namespace);
  if (found === undefined) {
    found = { objects: {}, unreadable: new Map(), desired: new Map() };
    facts.namespaces.set(namespace, found);
  }
  return found;
}

/** The objects of one kind by uid, to add to. Whoever adds gives each kind the states of that kind. */
export function objectsOf(home: NamespaceFacts, kind: ResourceKind): Map<string, ObjectState> {
  const objects = home.objects as { [K in ResourceKind]?: Map<string, ObjectState> };
  return (objects[kind] ??= new Map<string, ObjectState>());
}

/** Leaves a namespace out once nothing is known of it. */
export function dropIfEmpty(facts: Facts, namespace: string): void {
  const home = facts.namespaces.get(namespace);
  if (home?.desired.size === 0 && !hasObjects(home)) facts.namespaces.delete(namespace);
}

/** Whether anything was seen there. Without it, something is only asked for. */
export function hasObjects({ objects, unreadable }: NamespaceFacts): boolean {
  return unreadable.size > 0 || Object.values(objects).some(({ size }) => size > 0);
}

/** Whether a namespace is within what the collector looks at. */
export function inScope({ scope }: Facts, namespace: string): boolean {
  return namespace === '' || scope === 'all' || scope.includes(namespace);
}
