import type { ServerResponse } from 'node:http';

import type { KubernetesObject } from './kubernetes-object.js';
import { resourceVersionOf, selectionOf } from './list-response.js';
import type { ObjectStore } from './object-store.js';
import type { ResourceRequest } from './request.js';
import { expired } from './status.js';

export interface WatchPace {
  /** How often a client that asked for bookmarks is told how far it is. */
  readonly bookmarkMs: number;
  /** How long a watch lasts that names no timeout. */
  readonly timeoutMs: number;
}

type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/**
 * Tells a client every change after the version it names, in order, until the timeout, the client or the server ends it.
 *
 * Without a version, or with `sendInitialEvents`, what there is comes first, as ADDED. A watcher keeps nothing but its
 * place in the history: one that reads too slowly to stay within it gets an ERROR of 410 and the end.
 * Throws `ApiFault` before anything is sent: 410 where the history does not reach back to that version.
 */
export function serveWatch(
  store: ObjectStore,
  request: ResourceRequest,
  query: URLSearchParams,
  response: ServerResponse,
  pace: WatchPace,
): void {
  const { type, namespace, representation } = request;
  const selected = selectionOf(query);
  const asked = resourceVersionOf(store, query);
  const sendInitialEvents = query.get('sendInitialEvents') === 'true';
  const bookmarks = query.get('allowWatchBookmarks') === 'true';
  const startsWithAll = sendInitialEvents || asked === undefined;
  let told = startsWithAll ? store.resourceVersion : asked;
  if (store.changesAfter(told) === undefined) throw tooOld(told, store.resourceVersion);

  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
  response.flushHeaders();
  const send = (event: WatchEventType, object: unknown): void => {
    response.write(`${JSON.stringify({ type: event, object })}\n`);
  };
  const bookmark = (annotations?: Record<string, string>): void => {
    const metadata = {
      resourceVersion: String(told),
      creationTimestamp: null,
      ...(annotations === undefined ? {} : { annotations }),
    };
    const { kind, apiVersion } = representation;
    send('BOOKMARK', { kind, apiVersion, metadata });
  };
  const blocked = (): boolean => response.writableNeedDrain;
  const concerns = (object: KubernetesObject): boolean =>
    (namespace === undefined || object.metadata.namespace === namespace) && selected(object);

  if (startsWithAll) {
    for (const object of store.list(type, namespace).filter(selected))
      send('ADDED', representation.object(object));
    if (sendInitialEvents) bookmark({ 'k8s.io/initial-events-end': 'true' });
  }

  const advance = (): void => {
    if (response.writableEnded || blocked()) return;
    const changes = store.changesAfter(told);
    if (changes === undefined) {
      send('ERROR', tooOld(told, store.resourceVersion).status);
      response.end();
      return;
    }
    for (const change of changes) {
      if (blocked()) return;
      told = change.resourceVersion;
      if (change.resource === type && concerns(change.object))
        send(change.type, representation.object(change.object));
    }
  };
  const bookmarkTimer = setInterval(() => {
    if (bookmarks && !blocked()) bookmark();
  }, pace.bookmarkMs);
  const seconds = Number(query.get('timeoutSeconds') ?? 0);
  const endTimer = setTimeout(
    () => {
      if (bookmarks && !blocked()) bookmark();
      response.end();
    },
    seconds > 0 ? seconds * 1000 : pace.timeoutMs,
  );
  const unsubscribe = store.subscribe(advance);
  response.on('drain', advance);
  response.on('close', () => {
    clearInterval(bookmarkTimer);
    clearTimeout(endTimer);
    unsubscribe();
  });
  advance();
}

function tooOld(asked: number, current: number): ReturnType<typeof expired> {
  return expired(`too old resource version: ${asked} (${current})`);
}
