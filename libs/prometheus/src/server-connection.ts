import { readFile } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Agent, type Dispatcher } from 'undici';
import { authorizationOf } from './authorization.js';
import { PrometheusFailure } from './instant-query.js';
import type { PrometheusServer, QueryAddress } from './prometheus-server.js';

export interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  /** Unpacked. Breaks when the connection does or the signal aborts; to destroy it drops the connection. */
  readonly body: Readable;
}

/** Connections to one server. They are kept and shared, until the file of its authorities changes. */
export class ServerConnection {
  private current: { readonly ca: string | undefined; readonly agent: Agent } | undefined;

  constructor(
    private readonly address: QueryAddress,
    private readonly server: PrometheusServer,
  ) {}

  /** Sends one form. Fails as `undici` does, with `PrometheusFailure` where a file is not usable, or with the signal's reason. */
  async post(form: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const { credentials, origin, path } = this.address;
    const authorization = credentials === undefined ? undefined : await authorizationOf(credentials);
    const agent = await this.agent();
    signal.throwIfAborted();
    const { statusCode, headers, body } = await agent.request({
      origin,
      path,
      method: 'POST',
      headers: {
        accept: 'application/json',
        'accept-encoding': 'gzip',
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': 'linkerd-mcp',
        ...this.server.headers,
        ...(authorization !== undefined && { authorization }),
      },
      body: form.toString(),
      signal,
      // the caller's signal is the one deadline
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    // who reads it is told; an error after that is nobody's
    body.on('error', () => undefined);
    return { status: statusCode, headers, body: unpacked(body, headers['content-encoding']) };
  }

  /** Breaks off what is running. */
  async close(): Promise<void> {
    const old = this.current;
    this.current = undefined;
    await old?.agent.destroy();
  }

  private async agent(): Promise<Agent> {
    const { caFile, connectTimeoutMs = 5_000 } = this.server;
    const ca = caFile === undefined ? undefined : await readAuthorities(caFile);
    if (this.current === undefined || this.current.ca !== ca) {
      // ends when its last request does
      void this.current?.agent.close();
      const agent = new Agent({ connect: { timeout: connectTimeoutMs, ...(ca !== undefined && { ca }) } });
      this.current = { ca, agent };
    }
    return this.current.agent;
  }
}

async function readAuthorities(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new PrometheusFailure(
      'UNREACHABLE',
      `the authorities for Prometheus in ${path} cannot be read: ${code}`,
      undefined,
      error,
    );
  });
  if (!text.includes('-----BEGIN CERTIFICATE-----'))
    throw new PrometheusFailure('UNREACHABLE', `${path} has no certificate in it: it must be a PEM file`);
  return text;
}

function unpacked(body: Readable, encoding: string | string[] | undefined): Readable {
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding === 'gzip') return pipeline(body, createGunzip(), () => undefined);
  body.destroy();
  throw new PrometheusFailure(
    'INVALID',
    `the answer is packed as ${String(encoding)}, though only gzip was offered`,
  );
}
