import { KubeConfig } from '@kubernetes/client-node';
import type { RequestOptions } from 'node:https';
import type { Dispatcher } from 'undici';
import { DispatcherCache } from './dispatcher-cache.js';
import { errorFromAnswer, isKubernetesError, messageOf, Unavailable } from './errors.js';
import type { KubernetesError } from './errors.js';

export interface RequestDetails {
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How long the whole answer may take; 30 s when not given. Of a stream: how long until it begins. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export interface ApiAnswer {
  readonly status: number;
  /** Parsed JSON. */
  readonly body: unknown;
}

const defaultTimeoutMs = 30_000;

/** Which context of a kubeconfig, and whom to impersonate there. */
export interface ConnectedAs {
  readonly context?: string;
  readonly as?: string;
  readonly asGroup?: readonly string[];
}

/**
 * One API server and who we are there. Credentials and certificates are those of a kubeconfig or of the pod; files among them
 * are read again for each request, so that rotation needs no restart. Connections are kept and shared.
 *
 * Requests fail with the classes of `errors.ts`, or with the signal's reason when the caller gave up.
 */
export class ClusterConnection {
  private readonly dispatchers = new DispatcherCache();
  #kubeConfig: KubeConfig;

  /** `load` is called again when the server no longer knows us: a token in the kubeconfig may have been replaced. */
  constructor(private readonly load: () => KubeConfig) {
    this.#kubeConfig = load();
    if (this.#kubeConfig.getCurrentCluster() === null) {
      throw new Error('The kubeconfig has no current context with a cluster: set `current-context`.');
    }
  }

  /**
   * A kubeconfig file; else what `kubectl` would take: `KUBECONFIG`, `~/.kube/config`, or the pod's service account. Fails
   * where there is none of them, and where it does not have the context.
   */
  static fromKubeconfig(path?: string, as: ConnectedAs = {}): ClusterConnection {
    return new ClusterConnection(() => {
      const kubeConfig = new ImpersonatingKubeConfig(as);
      if (path === undefined) kubeConfig.loadFromDefault();
      else kubeConfig.loadFromFile(path);
      if (path === undefined && isMadeUp(kubeConfig)) {
        throw new Error('no kubeconfig found: set KUBECONFIG, or run in a cluster');
      }
      if (as.context !== undefined) {
        if (kubeConfig.getContextObject(as.context) === null)
          throw new Error(
            `the kubeconfig has no context ${as.context}; it has ${kubeConfig.contexts.map(({ name }) => name).join(', ')}`,
          );
        kubeConfig.setCurrentContext(as.context);
      }
      return kubeConfig;
    });
  }

  /** A server that asks for no credentials and speaks plain HTTP: a simulated one, or `kubectl proxy`. */
  static toServer(url: string): ClusterConnection {
    return new ClusterConnection(() => {
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromClusterAndUser(
        { name: 'server', server: url, skipTLSVerify: true },
        { name: 'nobody' },
      );
      return kubeConfig;
    });
  }

  /** For what speaks to the server by other means than requests. */
  get kubeConfig(): KubeConfig {
    return this.#kubeConfig;
  }

  get server(): string {
    return this.#kubeConfig.getCurrentCluster()?.server ?? '';
  }

  /**
   * The token that the kubeconfig has for the server, or that the program gives which it names; undefined where there is none, as with a
   * client certificate. Fails where the program does.
   */
  async bearerToken(): Promise<string | undefined> {
    const material: RequestOptions = { headers: {} };
    await this.#kubeConfig.applyToHTTPSOptions(material);
    const { Authorization: header } = material.headers as Readonly<Record<string, unknown>>;
    return typeof header === 'string' ? /^Bearer (.+)$/.exec(header)?.[1] : undefined;
  }

  /** One request, its answer read whole and parsed. */
  async request(
    method: Dispatcher.HttpMethod,
    path: string,
    details: RequestDetails = {},
  ): Promise<ApiAnswer> {
    const attempted = `${method} ${path}`;
    const deadline = new Deadline(details.timeoutMs ?? defaultTimeoutMs, details.signal);
    try {
      const response = await this.send(method, path, details, deadline.signal);
      const body = parseBody(await response.body.text());
      if (response.statusCode >= 300) throw answerError(attempted, response, body);
      if (body === undefined) {
        throw new Unavailable(attempted, 'the answer is not JSON', response.statusCode, undefined);
      }
      return { status: response.statusCode, body };
    } catch (error) {
      throw this.explain(error, attempted, details.signal);
    } finally {
      deadline.clear();
    }
  }

  /**
   * One request whose answer is read as it comes, until it ends or the signal aborts. Fails as `request` does when there is
   * no good answer; what breaks later breaks the stream.
   */
  async stream(
    path: string,
    details: RequestDetails & { readonly signal: AbortSignal },
  ): Promise<AsyncIterable<Buffer>> {
    const attempted = `GET ${path}`;
    const deadline = new Deadline(details.timeoutMs ?? defaultTimeoutMs, undefined);
    const end = new AbortController();
    const stop = () => end.abort(details.signal.reason ?? deadline.signal.reason);
    details.signal.addEventListener('abort', stop, { once: true });
    deadline.signal.addEventListener('abort', stop, { once: true });
    try {
      details.signal.throwIfAborted();
      const response = await this.send('GET', path, details, end.signal);
      if (response.statusCode >= 300) {
        throw answerError(attempted, response, parseBody(await response.body.text()));
      }
      response.body.once('close', () => details.signal.removeEventListener('abort', stop));
      return response.body;
    } catch (error) {
      details.signal.removeEventListener('abort', stop);
      throw this.explain(error, attempted, details.signal);
    } finally {
      deadline.clear();
    }
  }

  /** Ends all connections; what is still running fails. */
  close(): Promise<void> {
    return this.dispatchers.destroy();
  }

  private async send(
    method: Dispatcher.HttpMethod,
    path: string,
    details: RequestDetails,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const response = await this.sendOnce(method, path, details, signal);
    if (response.statusCode !== 401) return response;
    // the server did nothing, so asking again with fresh credentials is safe for any method
    await response.body.dump();
    this.#kubeConfig = this.load();
    return this.sendOnce(method, path, details, signal);
  }

  private async sendOnce(
    method: Dispatcher.HttpMethod,
    path: string,
    details: RequestDetails,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const material: RequestOptions = { headers: {} };
    await this.#kubeConfig.applyToHTTPSOptions(material);
    const server = new URL(this.server);
    const query = queryString(details.query ?? {});
    return this.dispatchers.for(this.#kubeConfig, material).request({
      origin: server.origin,
      // the server's own path matters behind a gateway that serves several clusters
      path: server.pathname.replace(/\/$/, '') + path + (query === '' ? '' : `?${query}`),
      method,
      headers: {
        accept: 'application/json',
        'user-agent': 'linkerd-mcp',
        ...(details.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...basicAuthorization(material.auth),
        ...(material.headers as Record<string, string>),
        ...details.headers,
      },
      body: details.body === undefined ? null : JSON.stringify(details.body),
      signal,
      // our own deadline and the watch's idle time decide
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  private explain(error: unknown, attempted: string, signal: AbortSignal | undefined): unknown {
    if (signal?.aborted === true) return signal.reason;
    if (isKubernetesError(error)) return error;
    const happened = `no answer from ${this.server}: ${messageOf(error)}`;
    return new Unavailable(attempted, happened, undefined, undefined, error);
  }
}

/** The library impersonates only whom a kubeconfig names, and no groups. */
class ImpersonatingKubeConfig extends KubeConfig {
  constructor(private readonly impersonated: ConnectedAs) {
    super();
  }

  override async applyToHTTPSOptions(options: RequestOptions): Promise<void> {
    await super.applyToHTTPSOptions(options);
    const { as, asGroup = [] } = this.impersonated;
    const headers = (options.headers ??= {}) as Record<string, string | readonly string[]>;
    if (as !== undefined) headers['Impersonate-User'] = as;
    if (asGroup.length > 0) headers['Impersonate-Group'] = asGroup;
  }
}

/** Where it finds nothing the library guesses a server on this machine, under names of its own. */
function isMadeUp(kubeConfig: KubeConfig): boolean {
  const cluster = kubeConfig.getCurrentCluster();
  return (
    kubeConfig.getCurrentContext() === 'loaded-context' &&
    cluster?.name === 'cluster' &&
    cluster.server === 'http://localhost:8080'
  );
}

/** Aborts after a time or with another signal, whichever is first, and leaves no listener behind once cleared. */
class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly stop: () => void;

  constructor(
    ms: number,
    private readonly outer: AbortSignal | undefined,
  ) {
    this.timer = setTimeout(() => this.controller.abort(new Error(`nothing within ${ms} ms`)), ms);
    this.stop = () => this.controller.abort(outer?.reason);
    if (outer?.aborted === true) this.stop();
    outer?.addEventListener('abort', this.stop, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  clear(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.stop);
  }
}

function answerError(attempted: string, response: Dispatcher.ResponseData, body: unknown): KubernetesError {
  const retryAfter = response.headers['retry-after'];
  return errorFromAnswer(
    attempted,
    response.statusCode,
    body,
    typeof retryAfter === 'string' ? retryAfter : undefined,
  );
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function queryString(query: NonNullable<RequestDetails['query']>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.toString();
}

function basicAuthorization(userAndPassword: string | null | undefined): Record<string, string> {
  return userAndPassword === null || userAndPassword === undefined
    ? {}
    : { authorization: `Basic ${Buffer.from(userAndPassword).toString('base64')}` };
}
