import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { deepEqual } from '@mcp/mesh';
import { isRecord, listItems } from './list-items.js';
import { manifestDocuments, type ManifestDocument } from './manifest-documents.js';
import { manifestFiles } from './manifest-files.js';
import { ManifestsUnreadable } from './manifests-unreadable.js';

/** The longest file that is read; a dump of 10,000 pods has about 100 MB. */
const longestFileBytes = 256 * 1024 * 1024;

/** Objects as manifests describe them: a still picture of what a cluster has or is to have. */
export interface ManifestObjects {
  readonly files: number;
  /** Whether they are ours to read is not decided here. */
  readonly objects: readonly ManifestObject[];
  /** What the documents are that describe no object which could be applied, a text for each. */
  readonly notObjects: readonly string[];
}

export interface Manifests extends ManifestObjects {
  /** Absolute. */
  readonly path: string;
}

/** A file, a folder, or a text that is no file and has a name for people. */
export type ManifestInput = { readonly path: string } | { readonly name: string; readonly text: string };

/** An object that has all that the API server would give it: a namespace, a uid, a time. */
export interface ManifestObject {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly raw: Readonly<Record<string, unknown>>;
  /** Whether the manifest itself says in which namespace it is. */
  readonly namesNamespace: boolean;
  /** File, document and item, for people. */
  readonly where: string;
}

/**
 * Reads a file, or every manifest below a folder: documents of YAML or JSON, and lists as `kubectl get -o yaml` prints them.
 * An object without a uid gets one that follows from its name, and was created at time 0; without a namespace it is in `default`.
 *
 * Fails with `ManifestsUnreadable`, also when two documents describe the same object differently, and where the name of
 * an object is no text.
 */
export async function readManifests(path: string): Promise<Manifests> {
  const absolute = resolve(path);
  return { path: absolute, ...(await readManifestInputs([{ path: absolute }])) };
}

/** All of them together, as `readManifests` reads one. */
export async function readManifestInputs(inputs: readonly ManifestInput[]): Promise<ManifestObjects> {
  const objects = new Map<string, ManifestObject>();
  const notObjects: string[] = [];
  let files = 0;
  for await (const { name, text } of textsOf(inputs)) {
    files += 1;
    for (const document of documentsOf(name, text)) {
      const object = objectOf(document);
      if (object === undefined) {
        notObjects.push(whatInstead(document));
        continue;
      }
      const key = keyOf(object);
      const known = objects.get(key);
      if (known !== undefined && !deepEqual(known.raw, object.raw)) {
        throw new ManifestsUnreadable(document.where, `${key} is described otherwise in ${known.where}`);
      }
      objects.set(key, object);
    }
  }
  return { files, objects: [...objects.values()], notObjects };
}

async function* textsOf(
  inputs: readonly ManifestInput[],
): AsyncIterable<{ readonly name: string; readonly text: string }> {
  for (const input of inputs) {
    if ('text' in input) {
      yield input;
      continue;
    }
    const files = await manifestFiles(input.path);
    if (files.length === 0)
      throw new ManifestsUnreadable(input.path, 'no .yaml, .yml or .json file is there');
    for (const file of files) yield { name: file, text: await textOf(file) };
  }
}

async function textOf(file: string): Promise<string> {
  const { size } = await stat(file);
  if (size > longestFileBytes) {
    throw new ManifestsUnreadable(file, `${size} bytes are more than the ${longestFileBytes} that are read`);
  }
  return readFile(file, 'utf8');
}

/** The documents of a file, with the items of lists as documents of their own. */
function documentsOf(file: string, text: string): readonly ManifestDocument[] {
  return manifestDocuments(file, text).flatMap(({ where, content }) =>
    listItems(content).map(({ at, content: item }) => ({ where: `${where}${at}`, content: item })),
  );
}

function objectOf({ content, where }: ManifestDocument): ManifestObject | undefined {
  if (!isRecord(content) || isAbsent(content['apiVersion']) || isAbsent(content['kind'])) return undefined;
  const text = (field: string, value: unknown): string => {
    if (typeof value === 'string' && value !== '') return value;
    throw new ManifestsUnreadable(where, `${field} must be text; is this a template? render it first`);
  };
  const apiVersion = text('apiVersion', content['apiVersion']);
  const kind = text('kind', content['kind']);
  const metadata = content['metadata'] ?? {};
  if (!isRecord(metadata)) throw new ManifestsUnreadable(where, 'metadata must be a mapping');
  if (isAbsent(metadata['name'])) return undefined;
  const name = text('metadata.name', metadata['name']);
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  const namespace = kind === 'Namespace' ? undefined : (metadata['namespace'] ?? 'default');
  return {
    group,
    version,
    kind,
    where,
    namesNamespace: !isAbsent(metadata['namespace']),
    raw: {
      ...content,
      metadata: {
        ...metadata,
        namespace,
        uid: metadata['uid'] ?? uidFor([group, kind, namespace, name]),
        creationTimestamp: metadata['creationTimestamp'] ?? '1970-01-01T00:00:00Z',
      },
    },
  };
}

/** What is there in place of an object: folders hold values of charts, and what is read by other tools only. */
function whatInstead({ content }: ManifestDocument): string {
  const { apiVersion, kind } = isRecord(content) ? content : {};
  if (isAbsent(apiVersion) && isAbsent(kind)) return 'documents that are no objects';
  if (isAbsent(kind)) return `documents of ${String(apiVersion)} without a kind`;
  return `${String(kind)} without ${isAbsent(apiVersion) ? 'an apiVersion' : 'a name'}`;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function keyOf({ group, kind, raw }: ManifestObject): string {
  const { namespace, name } = raw['metadata'] as { namespace?: string; name: string };
  return `${kind}${group === '' ? '' : `.${group}`} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function uidFor(names: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(names)).digest('hex');
  return `manifest-${digest.slice(0, 32)}`;
}
