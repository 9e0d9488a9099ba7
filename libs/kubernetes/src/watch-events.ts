import type { ClusterConnection } from './cluster-connection.js';
import { errorFromAnswer, Gone, isKubernetesError, messageOf, Unavailable, WatchFailed } from './errors.js';
import { isKubernetesObject, isRecord, type KubernetesObject } from './kubernetes-object.js';

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubernetesObject }
  /** Nothing happened up to this version. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

export interface WatchRequest {
  readonly path: string;
  readonly resourceVersion: string;
  readonly accept: string;
  readonly selectors: Readonly<Record<string, string>>;
  /** When the server ends the watch by itself. */
  readonly timeoutSeconds: number;
  /** With nothing received for so long, bookmarks included, the connection is taken for dead. */
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

/**
 * Opens a watch. The events come in the order of the server, as many at a time as arrived together.
 *
 * The iteration ends when the server ends the watch in good order. It fails with `Gone` or `WatchFailed` when the server
 * says so within the stream, and with `Unavailable` when the connection breaks, is cut within a line, or is silent too long.
 */
export async function openWatch(
  connection: ClusterConnection,
  watch: WatchRequest,
): Promise<AsyncGenerator<WatchEvent[], void, void>> {
  const attempted = `watch ${watch.path}`;
  const end = new AbortController();
  const stop = () => end.abort(watch.signal.reason);
  watch.signal.throwIfAborted();
  watch.signal.addEventListener('abort', stop, { once: true });
  const silence = new Error(`nothing received for ${watch.idleMs} ms`);
  const idle = setTimeout(() => end.abort(silence), watch.idleMs);
  const release = () => {
    clearTimeout(idle);
    watch.signal.removeEventListener('abort', stop);
    end.abort();
  };

  try {
    const body = await connection.stream(watch.path, {
      query: {
        ...watch.selectors,
        watch: true,
        resourceVersion: watch.resourceVersion,
        allowWatchBookmarks: true,
        timeoutSeconds: watch.timeoutSeconds,
      },
      headers: { accept: watch.accept },
      timeoutMs: watch.idleMs,
      signal: end.signal,
    });
    idle.refresh();
    return events(body);
  } catch (error) {
    release();
    throw explain(error);
  }

  async function* events(body: AsyncIterable<Buffer>): AsyncGenerator<WatchEvent[], void, void> {
    const lines = new LineSplitter();
    try {
      for await (const chunk of body) {
        idle.refresh();
        const complete = lines.push(chunk).map((line) => parseEvent(attempted, line));
        if (complete.length > 0) yield complete;
      }
      if (!lines.empty) throw new Unavailable(attempted, 'cut within a line', 200, undefined);
    } catch (error) {
      throw explain(error);
    } finally {
      release();
    }
  }

  function explain(error: unknown): unknown {
    if (watch.signal.aborted) return watch.signal.reason;
    if (end.signal.reason === silence) {
      return new Unavailable(attempted, silence.message, undefined, undefined, silence);
    }
    if (isKubernetesError(error)) return error;
    return new Unavailable(attempted, `connection lost: ${messageOf(error)}`, undefined, undefined, error);
  }
}

/** Cuts a byte stream at newlines; holds what has no end yet. */
class LineSplitter {
  private pending: Buffer[] = [];

  get empty(): boolean {
    return this.pending.length === 0;
  }

  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let newline = chunk.indexOf(10); newline >= 0; newline = chunk.indexOf(10, start)) {
      const rest = chunk.subarray(start, newline);
      lines.push((this.empty ? rest : Buffer.concat([...this.pending, rest])).toString('utf8'));
      this.pending = [];
      start = newline + 1;
    }
    if (start < chunk.length) this.pending.push(chunk.subarray(start));
    return lines.filter((line) => line.trim() !== '');
  }
}

function parseEvent(attempted: string, line: string): WatchEvent {
  const event = parseJson(line);
  if (isRecord(event) && isRecord(event['object'])) {
    const { type, object } = event;
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        if (isKubernetesObject(object)) return { type, object };
        break;
      case 'BOOKMARK': {
        const resourceVersion = isRecord(object['metadata'])
          ? object['metadata']['resourceVersion']
          : undefined;
        if (typeof resourceVersion === 'string') return { type, resourceVersion };
        break;
      }
      case 'ERROR': {
        const status = typeof object['code'] === 'number' ? object['code'] : 500;
        const error = errorFromAnswer(attempted, status, object, undefined);
        throw error instanceof Gone ? error : new WatchFailed(attempted, error.rawMessage, status);
      }
    }
  }
  throw new WatchFailed(attempted, `not a watch event: ${line.slice(0, 200)}`, 200);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
