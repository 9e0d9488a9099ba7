/** A kind of object by the name its URLs have, e.g. `pods` of the core group (`group: ''`). */
export interface ApiResource {
  readonly group: string;
  /** The versions we can read, the preferred one first. */
  readonly versions: readonly [string, ...string[]];
  readonly plural: string;
}

/** A resource at one version. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

/** `/api/v1`, or `/apis/<group>/<version>`. */
export function versionPath(group: string, version: string): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The URL path of a collection: of one namespace, or of the whole cluster when there is none. */
export function collectionPath(resource: ServedResource, namespace?: string): string {
  const within = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${versionPath(resource.group, resource.version)}${within}/${resource.plural}`;
}

/** Where an object is: its namespace, unless its kind has none, and its name. */
export interface ObjectName {
  readonly namespace?: string;
  readonly name: string;
}

export function objectPath(resource: ServedResource, object: ObjectName): string {
  return `${collectionPath(resource, object.namespace)}/${encodeURIComponent(object.name)}`;
}
