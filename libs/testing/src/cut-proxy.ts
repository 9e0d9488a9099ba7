import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A TCP proxy on loopback that can do to a connection what networks do.
 *
 * Known lies: it never delays or reorders, and it cuts between the chunks that the kernel happens to give, which need not be
 * where a real network would.
 */
export class CutProxy {
  readonly #pairs = new Set<Pair>();
  #stallsNew = false;
  #cutOnReply: (() => void) | undefined;

  private constructor(
    private readonly server: Server,
    private targetPort: number,
  ) {
    server.on('connection', (client) => this.#join(client));
  }

  static async start(targetPort: number): Promise<CutProxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new CutProxy(server, targetPort);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Where connections made from now on lead: another server under the same address. */
  retarget(port: number): void {
    this.targetPort = port;
  }

  /** Ends every connection; new ones are taken. */
  cut(): void {
    for (const { client, target } of this.#pairs) {
      client.destroy();
      target.destroy();
    }
    this.#pairs.clear();
  }

  /** Half-open: connections stay, bytes are swallowed both ways; new connections are taken and swallowed too. */
  stall(): void {
    this.#stallsNew = true;
    this.stallConnections();
  }

  /** Half-open, for the connections there are; new ones work. */
  stallConnections(): void {
    for (const pair of this.#pairs) pair.stalled = true;
  }

  /** New connections work again. Bytes that were swallowed are gone, as are the connections that they belonged to. */
  recover(): void {
    this.#stallsNew = false;
    this.cut();
  }

  /** The next bytes that the server sends are dropped and their connection cut. Resolves when that has happened. */
  dropNextReply(): Promise<void> {
    return new Promise((resolve) => {
      this.#cutOnReply = resolve;
    });
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.cut();
    await closed;
  }

  #join(client: Socket): void {
    const target = connect(this.targetPort, '127.0.0.1');
    const pair: Pair = { client, target, stalled: this.#stallsNew };
    this.#pairs.add(pair);
    const end = () => {
      // the other side of a stalled connection does not learn that it ended
      if (pair.stalled) return;
      this.#pairs.delete(pair);
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) socket.on('error', end).on('close', end);
    client.on('data', (bytes) => {
      if (!pair.stalled) target.write(bytes);
    });
    target.on('data', (bytes) => {
      if (pair.stalled) return;
      if (this.#cutOnReply === undefined) {
        client.write(bytes);
        return;
      }
      const dropped = this.#cutOnReply;
      this.#cutOnReply = undefined;
      client.destroy();
      target.destroy();
      dropped();
    });
  }
}

interface Pair {
  readonly client: Socket;
  readonly target: Socket;
  stalled: boolean;
}
