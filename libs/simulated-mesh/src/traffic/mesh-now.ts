import { meshViewOf } from '@mcp/graph';
import type { WatchedKind } from '@mcp/linkerd';
import { observe, watchedKinds } from '@mcp/linkerd';
import type { MeshView } from '@mcp/policy';
import { PolicyIndex } from '@mcp/policy';
import type { ObservedObject } from '@mcp/sources';

import type { KubernetesObject } from '../kubernetes-object.js';
import type { ObjectStore } from '../object-store.js';
import type { ResourceType } from '../resource-type.js';
import { allResources } from '../resource-type.js';

/** The mesh at one moment: its objects as they are stored, and what they say. */
export interface MeshNow {
  /** Statuses included; without the kinds that say nothing about a mesh. */
  readonly objects: readonly KubernetesObject[];
  readonly view: MeshView;
  readonly policies: PolicyIndex;
}

/** Reads the store anew when asked; an object that did not change is not read again. */
export class MeshReader {
  readonly #read = new WeakMap<KubernetesObject, readonly ObservedObject[]>();

  constructor(private readonly store: ObjectStore) {}

  now(): MeshNow {
    const objects: KubernetesObject[] = [];
    const observed: ObservedObject[] = [];
    for (const [type, object] of this.store.all()) {
      if (!tellsOfMesh(type)) continue;
      objects.push(object);
      observed.push(...this.#observe(type, object));
    }
    const view = meshViewOf({
      objects: observed.filter((seen) => 'state' in seen),
      unreadable: observed.filter((seen) => 'problem' in seen),
    });
    return { objects, view, policies: new PolicyIndex(view) };
  }

  #observe(type: ResourceType, object: KubernetesObject): readonly ObservedObject[] {
    const known = this.#read.get(object);
    if (known !== undefined) return known;
    const seen = (watched.get(type) ?? [])
      .filter(({ onlyNamed }) => onlyNamed === undefined || onlyNamed === object.metadata.name)
      .map((kind) => observe(kind, object));
    this.#read.set(object, seen);
    return seen;
  }
}

/** Whether objects of this type can change what is called, or what is decided about it. */
export function tellsOfMesh(type: ResourceType): boolean {
  return watched.has(type);
}

const watched: ReadonlyMap<ResourceType, readonly WatchedKind[]> = new Map(
  allResources
    .map((type) => [type, watchedKinds({}).filter((kind) => isOf(kind, type))] as const)
    .filter(([, kinds]) => kinds.length > 0),
);

function isOf({ group, objectKind }: WatchedKind, type: ResourceType): boolean {
  return group === type.group && objectKind === type.kind;
}
