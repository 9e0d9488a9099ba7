import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** What meets a question. */
export interface ScriptedReply {
  /** 200 when not given. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The bytes as they are; an empty vector when not given. */
  readonly body?: string | Buffer;
  readonly gzip?: boolean;
  /** Nothing is sent, ever. */
  readonly silent?: boolean;
  /** After the body nothing more comes, though more was announced: the connection stays open, or is broken. */
  readonly then?: 'stall' | 'break';
}

export interface Question {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly form: Readonly<Record<string, string>>;
}

/**
 * Takes questions to Prometheus at any path and answers them as told, to make the trouble that a real one cannot be made to make on
 * demand.
 *
 * Known lies: it evaluates nothing, and has no data, credentials or TLS. Its answers are those of the test, so that they prove only what
 * a client does with such bytes, not that a server sends them. Plain HTTP/1.1 in memory; a break is a reset, never a lost packet.
 */
export class ScriptedPrometheus {
  readonly questions: Question[] = [];
  /** What each question gets from now on. */
  reply: ScriptedReply = {};
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    server.on('request', (request, response) => void this.answer(request, response));
  }

  static async start(): Promise<ScriptedPrometheus> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedPrometheus(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const { method = '', url: path = '', headers } = request;
    this.questions.push({ method, path, headers, form: Object.fromEntries(new URLSearchParams(text)) });
    const { status = 200, headers: given, body = emptyVector, gzip, silent, then } = this.reply;
    if (silent === true) return;
    const bytes = gzip === true ? gzipSync(body) : Buffer.from(body);
    response.on('error', () => undefined);
    response.writeHead(status, {
      'content-type': 'application/json',
      'content-length': then === undefined ? bytes.length : bytes.length + 1_000,
      ...(gzip === true && { 'content-encoding': 'gzip' }),
      ...given,
    });
    if (then === undefined) response.end(bytes);
    else response.write(bytes, () => then === 'break' && request.socket.resetAndDestroy());
  }
}

const emptyVector = '{"status":"success","data":{"resultType":"vector","result":[]}}';
