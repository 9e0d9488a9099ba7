import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What meets the next request of a kind instead of its answer. */
export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A `Status` object is made when there is none. */
  readonly body?: string;
  /** How many requests meet it; one when not given. */
  readonly times?: number;
}

export interface ScriptedObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
  };
  readonly data: { readonly value: string };
}

type RequestKind = 'list' | 'page' | 'watch';

/**
 * Answers list and watch of one collection, `/api/v1/things`, as an API server does, and makes the trouble that a real one
 * cannot be made to make on demand.
 *
 * Known lies: it has no credentials, admission or selectors, and one collection. Resource versions count the changes of this
 * collection alone. All pages of a list are of the moment of the first, but that moment is forgotten only on demand, and so is
 * history. Bookmarks come only on demand; `timeoutSeconds` is not kept. Everything is in memory, JSON and plain HTTP.
 */
export class ScriptedApiServer {
  /** Each request with the time it came. */
  readonly requests: { readonly kind: RequestKind; readonly atMs: number }[] = [];
  private readonly script = new Map<RequestKind, ScriptedAnswer[]>();
  private readonly current = new Map<string, ScriptedObject>();
  private history: { readonly type: string; readonly object: ScriptedObject; readonly version: number }[] =
    [];
  private readonly listed = new Map<
    string,
    { readonly rest: readonly ScriptedObject[]; readonly version: number }
  >();
  private readonly watches = new Set<{
    readonly response: ServerResponse;
    readonly namespace: string | undefined;
  }>();
  private readonly sockets = new Set<Socket>();
  private version = 10;
  private oldestVersion = 10;
  private refusing = false;

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      if (this.refusing) socket.resetAndDestroy();
    });
    server.on('request', (request, response) => this.answer(request, response));
  }

  static async start(): Promise<ScriptedApiServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedApiServer(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get openWatches(): number {
    return this.watches.size;
  }

  objects(): ScriptedObject[] {
    return [...this.current.values()];
  }

  put(namespace: string, name: string, value: string): void {
    const known = this.current.get(`${namespace}/${name}`);
    const uid = known?.metadata.uid ?? randomUUID();
    const resourceVersion = String(++this.version);
    const object = { metadata: { name, namespace, uid, resourceVersion }, data: { value } };
    this.current.set(`${namespace}/${name}`, object);
    this.happened(known === undefined ? 'ADDED' : 'MODIFIED', object);
  }

  remove(namespace: string, name: string): void {
    const known = this.current.get(`${namespace}/${name}`);
    if (known === undefined) return;
    this.current.delete(`${namespace}/${name}`);
    const metadata = { ...known.metadata, resourceVersion: String(++this.version) };
    this.happened('DELETED', { ...known, metadata });
  }

  /** The next request of the kind gets this. */
  next(kind: RequestKind, answer: ScriptedAnswer): void {
    const planned = Array.from({ length: answer.times ?? 1 }, () => answer);
    this.script.set(kind, [...(this.script.get(kind) ?? []), ...planned]);
  }

  /** Sends bytes on all watches as they are. */
  send(text: string): void {
    for (const { response } of this.watches) response.write(text);
  }

  sendError(status: number, message: string): void {
    this.send(`${JSON.stringify({ type: 'ERROR', object: statusObject(status, message) })}\n`);
  }

  /** Something else changed in the cluster, and the watches are told that nothing did here. */
  sendBookmark(resourceVersion = String(++this.version)): void {
    this.send(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion } } })}\n`);
  }

  endWatches(): void {
    for (const { response } of this.watches) response.end();
    this.watches.clear();
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  refuseConnections(refuse: boolean): void {
    this.refusing = refuse;
    if (refuse) this.cut();
  }

  /** Older versions can no longer be watched from, and lists that are under way cannot go on. */
  forgetHistory(): void {
    this.history = [];
    this.listed.clear();
    this.oldestVersion = this.version;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.cut();
    await closed;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', 'http://localhost');
    const query = url.searchParams;
    const kind = query.has('watch') ? 'watch' : query.has('continue') ? 'page' : 'list';
    this.requests.push({ kind, atMs: performance.now() });
    const scripted = this.script.get(kind)?.shift();
    const namespace = /^\/api\/v1\/namespaces\/([^/]+)\/things$/.exec(url.pathname)?.[1];
    if (scripted !== undefined) sendAnswer(response, scripted);
    else if (namespace === undefined && url.pathname !== '/api/v1/things')
      sendAnswer(response, { status: 404 });
    else if (kind === 'watch') this.watch(response, namespace, Number(query.get('resourceVersion')));
    else this.list(response, namespace, query);
  }

  private list(response: ServerResponse, namespace: string | undefined, query: URLSearchParams): void {
    const token = query.get('continue');
    const from =
      token === null
        ? { rest: this.objects().filter((object) => isIn(object, namespace)), version: this.version }
        : this.listed.get(token);
    if (from === undefined) {
      sendAnswer(response, { status: 410 });
      return;
    }
    const limit = Number(query.get('limit') ?? from.rest.length);
    const rest = from.rest.slice(limit);
    const next = rest.length === 0 ? '' : randomUUID();
    if (next !== '') this.listed.set(next, { rest, version: from.version });
    const metadata = { resourceVersion: String(from.version), continue: next };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ kind: 'ThingList', metadata, items: from.rest.slice(0, limit) }));
  }

  private watch(response: ServerResponse, namespace: string | undefined, from: number): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (from < this.oldestVersion) {
      const object = statusObject(410, `too old resource version: ${from} (${this.oldestVersion})`);
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    for (const { type, object, version } of this.history) {
      if (version > from && isIn(object, namespace)) response.write(`${JSON.stringify({ type, object })}\n`);
    }
    const watch = { response, namespace };
    this.watches.add(watch);
    response.on('close', () => this.watches.delete(watch));
  }

  private happened(type: string, object: ScriptedObject): void {
    this.history.push({ type, object, version: this.version });
    for (const { response, namespace } of this.watches) {
      if (isIn(object, namespace)) response.write(`${JSON.stringify({ type, object })}\n`);
    }
  }
}

function isIn(object: ScriptedObject, namespace: string | undefined): boolean {
  return namespace === undefined || object.metadata.namespace === namespace;
}

function sendAnswer(response: ServerResponse, { status, headers, body }: ScriptedAnswer): void {
  response.writeHead(status, headers);
  response.end(body ?? JSON.stringify(statusObject(status, `scripted ${status}`)));
}

function statusObject(code: number, message: string): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message };
}
