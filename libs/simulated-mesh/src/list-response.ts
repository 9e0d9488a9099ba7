import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import { keyOfObject } from './object-store.js';
import type { ObjectStore } from './object-store.js';
import type { ResourceRequest } from './request.js';
import { badRequest, expired, failure } from './status.js';

/**
 * One page of a collection. All pages of a list show it as it was at the first one; when the history no longer reaches
 * back to that, the next page is 410 and the client lists anew.
 */
export function listResponse(
  store: ObjectStore,
  request: ResourceRequest,
  query: URLSearchParams,
): JsonObject {
  const { type, namespace, representation } = request;
  const page = pageOf(store, query);
  const objects = store.listAt(type, namespace, page.resourceVersion);
  if (objects === undefined) {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.',
    );
  }
  const selected = objects.filter(selectionOf(query));
  const start =
    page.after === undefined ? 0 : selected.findIndex((object) => keyOfObject(object) > (page.after ?? ''));
  const items = start < 0 ? [] : selected.slice(start, start + page.limit);
  const remaining = start < 0 ? 0 : selected.length - start - items.length;
  const last = items.at(-1);
  return {
    kind: representation.listKind,
    apiVersion: representation.apiVersion,
    metadata: {
      resourceVersion: String(page.resourceVersion),
      ...(remaining > 0 && last !== undefined
        ? { continue: continueAfter(page.resourceVersion, keyOfObject(last)), remainingItemCount: remaining }
        : {}),
    },
    items: items.map(representation.item),
  };
}

interface Page {
  readonly resourceVersion: number;
  readonly after: string | undefined;
  readonly limit: number;
}

function pageOf(store: ObjectStore, query: URLSearchParams): Page {
  const limit = Number(query.get('limit') ?? 0);
  const size = Number.isInteger(limit) && limit > 0 ? limit : Number.POSITIVE_INFINITY;
  const token = query.get('continue') ?? '';
  if (token !== '') return { ...readContinue(token), limit: size };
  const asked = resourceVersionOf(store, query);
  const exact = query.get('resourceVersionMatch') === 'Exact' && asked !== undefined;
  return { resourceVersion: exact ? asked : store.resourceVersion, after: undefined, limit: size };
}

/** The version asked for, undefined where any will do. Throws `ApiFault`: 400 no version, 504 one of the future. */
export function resourceVersionOf(store: ObjectStore, query: URLSearchParams): number | undefined {
  const text = query.get('resourceVersion') ?? '';
  if (text === '' || text === '0') return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw badRequest(`Invalid value: "${text}": resourceVersion must be a number`);
  const asked = Number(text);
  if (asked > store.resourceVersion) {
    throw failure(504, 'Timeout', `Too large resource version: ${asked}, current: ${store.resourceVersion}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    });
  }
  return asked;
}

/** Which objects are wanted. Throws `ApiFault` for a selector that this server does not have. */
export function selectionOf(query: URLSearchParams): (object: KubernetesObject) => boolean {
  if ((query.get('labelSelector') ?? '') !== '') throw badRequest('labelSelector is not served here');
  const wanted = new Map<string, string>();
  for (const term of (query.get('fieldSelector') ?? '').split(',').filter((text) => text !== '')) {
    const match = /^metadata\.(name|namespace)==?(.*)$/.exec(term);
    if (match === null) throw badRequest(`field selector "${term}" is not served here`);
    wanted.set(match[1] ?? '', match[2] ?? '');
  }
  return ({ metadata }) => [...wanted].every(([field, value]) => metadata[field] === value);
}

function continueAfter(resourceVersion: number, after: string): string {
  return Buffer.from(JSON.stringify({ resourceVersion, after })).toString('base64url');
}

function readContinue(token: string): Pick<Page, 'resourceVersion' | 'after'> {
  try {
    const read = JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as Partial<Page>;
    const { resourceVersion, after } = read;
    if (typeof resourceVersion === 'number' && typeof after === 'string') return { resourceVersion, after };
  } catch {
    // said below, as for a token of the wrong shape
  }
  throw badRequest('continue key is not valid');
}
