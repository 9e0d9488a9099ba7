import type { ControlPlaneState, ObjectStates, PodShape, ResourceKind } from '@mcp/mesh';
import { canonicalJson, resourceKinds } from '@mcp/mesh';
import type { MeshSettings, MeshView, NamespaceView } from '@mcp/policy';
import type { CurrentNamespace } from './derive/current-namespace.js';
import { currentNamespace } from './derive/current-namespace.js';
import { controlPlaneOf } from './derive/mesh-wide.js';
import { observe, observeUnreadable } from './evolve.js';
import type { Facts, SourceFact, Unreadable } from './facts.js';
import { hasObjects, noFacts } from './facts.js';
import { kept } from './kept.js';

/**
 * The view of facts of which `current` has every namespace in scope. It is not changed by what happens to either later; what
 * did not change since `known` is the same object.
 */
export function viewOfFacts(
  facts: Facts,
  current: ReadonlyMap<string, CurrentNamespace>,
  known?: MeshView,
): MeshView {
  const namespaces = new Map<string, NamespaceView>();
  for (const [namespace, home] of facts.namespaces) {
    const view = current.get(namespace)?.view;
    if (namespace === '' || view === undefined || !hasObjects(home)) continue;
    namespaces.set(namespace, view);
  }
  const view: MeshView = {
    namespaces: keptMap(known?.namespaces, namespaces),
    settings: kept(known?.settings, settingsOf(controlPlaneOf(facts))),
    notLive: keptMap(known?.notLive, notLiveOf(facts)),
    scope: kept(known?.scope, facts.scope),
  };
  const unchanged =
    view.namespaces === known?.namespaces &&
    view.settings === known.settings &&
    view.notLive === known.notLive &&
    view.scope === known.scope;
  return unchanged ? known : view;
}

/** A set of objects, as manifests have them. The uid tells the objects of a kind apart. */
export interface ObservedObjects {
  /** A pod without its shape is one of which it is not known what it is. */
  readonly objects: Iterable<
    {
      [K in ResourceKind]: {
        readonly kind: K;
        readonly state: ObjectStates[K];
        readonly podShape?: PodShape;
      };
    }[ResourceKind]
  >;
  readonly unreadable: Iterable<Unreadable>;
  /** In place of what the ControlPlane object among them says. */
  readonly settings?: MeshSettings;
}

/** The view of objects that are all there is: every kind is live, and every namespace is looked at. */
export function meshViewOf({ objects, unreadable, settings }: ObservedObjects): MeshView {
  const facts = noFacts();
  for (const object of objects) {
    if (object.kind === 'Pod' && object.podShape !== undefined) {
      const shape = canonicalJson(object.podShape);
      if (facts.podShapes.get(shape) === undefined)
        facts.podShapes.record(shape, { ...object.podShape, hash: shape });
      observe(facts, { kind: 'Pod', state: { ...object.state, shape } });
    } else observe(facts, object);
  }
  for (const object of unreadable) observeUnreadable(facts, object);
  for (const kind of resourceKinds) facts.sources.set(kind, { kind, phase: 'live', reason: '', since: 0 });
  const current = new Map<string, CurrentNamespace>();
  for (const [namespace, home] of facts.namespaces)
    current.set(namespace, currentNamespace(facts, namespace, home, 'everything'));
  const view = viewOfFacts(facts, current);
  return settings === undefined ? view : { ...view, settings };
}

function settingsOf(controlPlane: Partial<ControlPlaneState> = {}): MeshSettings {
  const { trustDomain, controlPlaneNamespace, defaultPolicy, clusterNetworks, probeNetworks } = controlPlane;
  const { configured = [] } = controlPlane;
  return {
    ...(trustDomain !== undefined && { trustDomain }),
    ...(controlPlaneNamespace !== undefined && { controlPlaneNamespace }),
    ...(defaultPolicy !== undefined && { defaultPolicy }),
    ...(clusterNetworks !== undefined && { clusterNetworks }),
    ...(probeNetworks !== undefined && { probeNetworks }),
    ...(configured.length > 0 && { configured }),
  };
}

function notLiveOf({ sources }: Facts): ReadonlyMap<ResourceKind, string> {
  const notLive = new Map<ResourceKind, string>();
  for (const kind of resourceKinds) {
    const why = whyNotLive(sources.get(kind));
    if (why !== undefined) notLive.set(kind, why);
  }
  return notLive;
}

/** Undefined where all objects of the kind are known, which they are of a kind that the cluster does not have. */
function whyNotLive(source: SourceFact | undefined): string | undefined {
  switch (source?.phase) {
    case 'live':
    case 'absent':
      return undefined;
    case undefined:
      return 'nothing is known of it yet';
    case 'syncing':
      return withReason('its first list is under way', source);
    case 'stale':
      return withReason('contact to its source is lost', source);
    case 'forbidden':
      return withReason('it may not be listed', source);
  }
}

function withReason(what: string, source: SourceFact | undefined): string {
  return source === undefined || source.reason === '' ? what : `${what}: ${source.reason}`;
}

function keptMap<K, V>(known: ReadonlyMap<K, V> | undefined, now: ReadonlyMap<K, V>): ReadonlyMap<K, V> {
  if (known?.size !== now.size) return now;
  for (const [key, value] of now) if (known.get(key) !== value) return now;
  return known;
}
