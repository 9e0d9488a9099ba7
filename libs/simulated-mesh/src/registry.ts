import { deepEqual } from '@mcp/mesh';

import { admit } from './admission.js';
import { applyFields, ownersAfterUpdate } from './apply.js';
import type { JsonObject, KubernetesObject, ManagedFieldsEntry, Manifest } from './kubernetes-object.js';
import { isJsonObject } from './kubernetes-object.js';
import type { Writer } from './managed-fields.js';
import { parseManifest } from './manifest.js';
import { mergePatch } from './merge-patch.js';
import type { ObjectStore } from './object-store.js';
import type { ResourceType } from './resource-type.js';
import { resources, storedApiVersion } from './resource-type.js';
import {
  alreadyExists,
  badRequest,
  fieldConflict,
  invalid,
  modifiedMeanwhile,
  notFound,
  staleWrite,
} from './status.js';
import {
  hasGeneration,
  merged,
  onlyWritable,
  restricted,
  substanceOf,
  withoutTimes,
} from './writable-parts.js';

export interface ObjectName {
  readonly type: ResourceType;
  /** Empty for an object of the cluster. */
  readonly namespace: string;
  readonly name: string;
}

export interface WriteOptions {
  readonly manager: string;
  /** Everything but the write itself. */
  readonly dryRun?: boolean;
  /** Writes `status` and nothing else; without it, everything else where the kind keeps its status apart. */
  readonly subresource?: 'status';
  /** The version under which the writer sees the object; by default the stored one. */
  readonly apiVersion?: string;
}

/** `uid` and `resourceVersion` are preconditions. */
export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly dryRun?: boolean;
}

/** What a new object gets from its server. */
export interface Birth {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly uidOf: (name: ObjectName, resourceVersion: number) => string;
}

/**
 * The writes of the API over the store: create, replace, merge, server-side apply, delete. A write that the API refuses
 * throws `ApiFault`, and nothing is written. A write that changes nothing leaves the resource version as it is.
 */
export class Registry {
  constructor(
    readonly store: ObjectStore,
    private readonly birth: Birth,
  ) {}

  create(type: ResourceType, namespace: string, body: unknown, options: WriteOptions): KubernetesObject {
    const manifest = parseManifest(type, namespace, undefined, body);
    if (manifest.metadata.resourceVersion !== undefined) {
      throw badRequest('resourceVersion should not be set on objects to be created');
    }
    const blank = this.#newborn(type, namespace, manifest, options);
    const name = blank.metadata.name;
    if (this.store.get(type, namespace, name) !== undefined) throw alreadyExists(type, name);
    const sent = restricted(type, undefined, { ...manifest, metadata: merged(blank, manifest) });
    const next = admit(type, sent, options.apiVersion);
    const managedFields = this.#updated({ ...blank }, [], next, options, type);
    return this.#commit(type, undefined, next, managedFields, options);
  }

  /** Replaces the object. */
  update(target: ObjectName, body: unknown, options: WriteOptions): KubernetesObject {
    const manifest = parseManifest(target.type, target.namespace, target.name, body);
    const live = this.#existing(target);
    const { uid } = manifest.metadata;
    if (uid !== undefined && uid !== live.metadata.uid) throw this.#otherLife(target, live, uid);
    return this.#replace(live, manifest, target, options);
  }

  /** JSON merge patch. */
  merge(target: ObjectName, patch: unknown, options: WriteOptions): KubernetesObject {
    const live = this.#existing(target);
    if (!isJsonObject(patch)) throw badRequest('a merge patch must be an object');
    const { resourceVersion: _, ...metadata } = live.metadata;
    const body = mergePatch({ ...live, apiVersion: options.apiVersion ?? live.apiVersion, metadata }, patch);
    return this.#replace(
      live,
      parseManifest(target.type, target.namespace, target.name, body),
      target,
      options,
    );
  }

  /**
   * Server-side apply; creates the object where there is none, whatever version the writer names: as in a real API server,
   * only the uid keeps an apply from bringing back what was deleted.
   */
  apply(
    target: ObjectName,
    body: unknown,
    options: WriteOptions & { readonly force?: boolean },
  ): KubernetesObject {
    const { type, namespace, name } = target;
    const manifest = parseManifest(type, namespace, name, body);
    if (manifest.metadata['managedFields'] !== undefined)
      throw badRequest('metadata.managedFields must be nil');
    const live = this.store.get(type, namespace, name);
    if (live === undefined && options.subresource !== undefined) throw notFound(type, name);
    const { uid } = manifest.metadata;
    if (live === undefined && uid !== undefined) {
      throw staleWrite(
        type,
        name,
        `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
      );
    }
    if (live !== undefined) this.#checkPreconditions(target, live, manifest);
    const base = live ?? this.#newborn(type, namespace, manifest, options);
    const answer = applyFields({
      live: base,
      managedFields: base.metadata.managedFields ?? [],
      config: onlyWritable(type, manifest, options.subresource),
      writer: writerOf(type, options, 'Apply'),
      force: options.force ?? false,
      time: this.#time(),
    });
    if ('conflicts' in answer) throw fieldConflict(answer.conflicts);
    const applied = { ...(answer.object as KubernetesObject), apiVersion: storedApiVersion(type) };
    const next = admit(type, applied, options.apiVersion);
    return this.#commit(type, live, next, answer.managedFields, options);
  }

  /** Removes the object and all that it owns. Returns its last state. */
  delete(target: ObjectName, { uid, resourceVersion, dryRun }: DeleteOptions = {}): KubernetesObject {
    const live = this.#existing(target);
    if (uid !== undefined && uid !== live.metadata.uid) throw this.#otherLife(target, live, uid);
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
      throw staleWrite(
        target.type,
        target.name,
        `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${live.metadata.resourceVersion}). The object might have been modified`,
      );
    }
    if (dryRun === true) return live;
    const last = this.store.delete(target.type, target.namespace, target.name) ?? live;
    for (const [type, object] of [...this.store.all()]) {
      const { namespace = '', name, ownerReferences = [] } = object.metadata;
      const owned = ownerReferences.some((owner) => owner.uid === live.metadata.uid);
      const inside = target.type === resources.Namespace && namespace === target.name;
      // what an earlier pass of this loop removed together with its owner is gone already
      if ((owned || inside) && this.store.get(type, namespace, name) !== undefined)
        this.delete({ type, namespace, name });
    }
    return last;
  }

  #existing({ type, namespace, name }: ObjectName): KubernetesObject {
    const live = this.store.get(type, namespace, name);
    if (live === undefined) throw notFound(type, name);
    return live;
  }

  #replace(
    live: KubernetesObject,
    manifest: Manifest,
    target: ObjectName,
    options: WriteOptions,
  ): KubernetesObject {
    this.#checkPreconditions(target, live, manifest);
    const { type } = target;
    const sent = { ...manifest, metadata: merged(live, manifest) };
    const next = admit(type, restricted(type, live, sent, options.subresource), options.apiVersion);
    const managedFields = this.#updated(live, live.metadata.managedFields ?? [], next, options, type);
    return this.#commit(type, live, next, managedFields, options);
  }

  #checkPreconditions({ type, name }: ObjectName, live: KubernetesObject, { metadata }: Manifest): void {
    const { uid, resourceVersion } = metadata;
    if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion) {
      throw staleWrite(type, name, modifiedMeanwhile);
    }
    if (uid !== undefined && uid !== live.metadata.uid) {
      const message = `Invalid value: "${uid}": field is immutable`;
      throw invalid(type, name, [{ reason: 'FieldValueInvalid', message, field: 'metadata.uid' }]);
    }
  }

  #otherLife({ type, name }: ObjectName, live: KubernetesObject, uid: string): Error {
    return staleWrite(
      type,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
    );
  }

  /** What the server gives to a new object, without anything that its writer says. */
  #newborn(
    type: ResourceType,
    namespace: string,
    { metadata }: Manifest,
    { dryRun }: WriteOptions,
  ): KubernetesObject {
    if (namespace !== '' && this.store.get(resources.Namespace, '', namespace) === undefined) {
      throw notFound(resources.Namespace, namespace);
    }
    const version = this.store.resourceVersion + (dryRun === true ? 0 : 1);
    const named = { type, namespace, name: metadata.name ?? metadata.generateName ?? '' };
    const uid = this.birth.uidOf(named, version);
    return {
      apiVersion: storedApiVersion(type),
      kind: type.kind,
      metadata: {
        name: metadata.name ?? `${named.name}${uid.slice(0, 5)}`,
        ...(namespace === '' ? {} : { namespace }),
        uid,
        resourceVersion: '',
        creationTimestamp: this.#time(),
        ...(hasGeneration(type) ? { generation: 1 } : {}),
      },
    };
  }

  #updated(
    live: JsonObject,
    managedFields: readonly ManagedFieldsEntry[],
    next: JsonObject,
    options: WriteOptions,
    type: ResourceType,
  ): readonly ManagedFieldsEntry[] {
    return ownersAfterUpdate({
      live,
      managedFields,
      next,
      writer: writerOf(type, options, 'Update'),
      time: this.#time(),
    });
  }

  #commit(
    type: ResourceType,
    live: KubernetesObject | undefined,
    next: KubernetesObject,
    managedFields: readonly ManagedFieldsEntry[],
    { dryRun }: WriteOptions,
  ): KubernetesObject {
    const object = { ...next, metadata: { ...next.metadata, managedFields } };
    if (live === undefined) return dryRun === true ? object : this.store.put(type, object);
    if (deepEqual(withoutTimes(live), withoutTimes(object))) return live;
    const generation = live.metadata.generation;
    const grown =
      generation === undefined || deepEqual(substanceOf(live), substanceOf(object))
        ? object
        : { ...object, metadata: { ...object.metadata, generation: generation + 1 } };
    return dryRun === true ? grown : this.store.put(type, grown);
  }

  /** As API servers write times: to the second. */
  #time(): string {
    return `${new Date(this.birth.now()).toISOString().slice(0, 19)}Z`;
  }
}

function writerOf(
  type: ResourceType,
  { manager, apiVersion, subresource }: WriteOptions,
  operation: Writer['operation'],
): Writer {
  return {
    manager,
    operation,
    apiVersion: apiVersion ?? storedApiVersion(type),
    ...(subresource === undefined ? {} : { subresource }),
  };
}
