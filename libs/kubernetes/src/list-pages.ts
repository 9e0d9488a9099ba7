import { setImmediate as yieldToOthers } from 'node:timers/promises';
import type { ClusterConnection } from './cluster-connection.js';
import { Unavailable } from './errors.js';
import { isKubernetesObject, isRecord, type KubernetesObject } from './kubernetes-object.js';

export interface ListRequest {
  readonly path: string;
  readonly pageSize: number;
  readonly accept: string;
  readonly selectors: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/**
 * Lists a collection page by page, all pages of one moment, and answers the resource version of that moment.
 *
 * Other work gets its turn between pages. Fails with `Gone` when the server forgets that moment before the last page:
 * what was received then is not a list, and the caller starts anew.
 */
export async function listPages(
  connection: ClusterConnection,
  list: ListRequest,
  receive: (objects: readonly KubernetesObject[]) => void,
): Promise<string> {
  let resourceVersion: string | undefined;
  let continueToken: string | undefined;
  do {
    const { body } = await connection.request('GET', list.path, {
      query: { ...list.selectors, limit: list.pageSize, continue: continueToken },
      headers: { accept: list.accept },
      signal: list.signal,
    });
    const page = parsePage(list.path, body);
    if (resourceVersion !== undefined && page.resourceVersion !== resourceVersion) {
      throw malformed(
        list.path,
        `the next page is of version ${page.resourceVersion}, not ${resourceVersion}`,
      );
    }
    resourceVersion = page.resourceVersion;
    continueToken = page.continueToken;
    receive(page.objects);
    await yieldToOthers();
    list.signal.throwIfAborted();
  } while (continueToken !== undefined);
  return resourceVersion;
}

interface Page {
  readonly objects: readonly KubernetesObject[];
  readonly resourceVersion: string;
  readonly continueToken: string | undefined;
}

function parsePage(path: string, body: unknown): Page {
  const metadata = isRecord(body) && isRecord(body['metadata']) ? body['metadata'] : {};
  // an empty list of some servers has `items: null`
  const items = isRecord(body) ? (body['items'] ?? []) : undefined;
  const resourceVersion = metadata['resourceVersion'];
  const continueToken = metadata['continue'];
  if (!Array.isArray(items) || typeof resourceVersion !== 'string' || resourceVersion === '') {
    throw malformed(path, 'not a list');
  }
  if (!items.every(isKubernetesObject)) throw malformed(path, 'an item has no name, uid or resource version');
  return {
    objects: items,
    resourceVersion,
    continueToken: typeof continueToken === 'string' && continueToken !== '' ? continueToken : undefined,
  };
}

function malformed(path: string, what: string): Unavailable {
  return new Unavailable(`GET ${path}`, `the answer cannot be a list: ${what}`, 200, undefined);
}
