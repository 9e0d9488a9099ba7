import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { type HeldRequest, Holds, holdRequest, type Moment } from './held-request.js';
import type { KubeApiServer } from './kube-apiserver.js';

/**
 * A proxy before an API server that holds single requests. It speaks plain HTTP and asks nobody who they are: whoever comes through
 * it is the administrator.
 */
export class ApiServerGate {
  readonly #holds = new Holds();
  readonly #agent: Agent;

  private constructor(
    private readonly server: Server,
    private readonly kube: KubeApiServer,
    ca: Buffer,
  ) {
    this.#agent = new Agent({ ca, keepAlive: true });
    server.on('request', (asked: IncomingMessage, answer: ServerResponse) => void this.#pass(asked, answer));
  }

  static async start(kube: KubeApiServer): Promise<ApiServerGate> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ApiServerGate(server, kube, await readFile(kube.caPath));
  }

  /** What a client is to have as its kubeconfig. JSON is YAML. */
  get kubeconfig(): string {
    const server = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'gate', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'nobody', user: {} }],
      contexts: [{ name: 'gate', context: { cluster: 'gate', user: 'nobody' } }],
      'current-context': 'gate',
    });
  }

  /** Holds the next request whose `<method> <path and query>` matches. */
  hold(moment: Moment, matches: (request: string) => boolean): Promise<HeldRequest> {
    return this.#holds.next(moment, matches);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    this.#agent.destroy();
    await closed;
  }

  async #pass(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const name = `${asked.method ?? ''} ${asked.url ?? ''}`;
    const cut = () => void answer.destroy();
    try {
      const body = await buffer(asked);
      const hold = this.#holds.take(name);
      if (hold !== undefined) {
        const send = async () => {
          const given = await this.#send(asked, body, new AbortController().signal);
          return `${given.statusCode ?? 0} ${await text(given)}`;
        };
        await holdRequest(hold, name, send, cut);
        return;
      }
      const gone = new AbortController();
      answer.once('close', () => gone.abort());
      const given = await this.#send(asked, body, gone.signal);
      answer.writeHead(given.statusCode ?? 502, given.headers).flushHeaders();
      given.once('error', cut).pipe(answer);
    } catch {
      // as the server does when it breaks off
      cut();
    }
  }

  async #send(asked: IncomingMessage, body: Buffer, signal: AbortSignal): Promise<IncomingMessage> {
    const headers = { ...asked.headers, authorization: `Bearer ${this.kube.tokens.admin}` };
    const { method, url = '/' } = asked;
    const sent = request(new URL(url, this.kube.url), { method, headers, agent: this.#agent, signal });
    // what breaks before the answer is thrown here, what breaks later breaks the answer
    sent.on('error', () => undefined).end(body);
    const [given] = (await once(sent, 'response')) as [IncomingMessage];
    return given;
  }
}
