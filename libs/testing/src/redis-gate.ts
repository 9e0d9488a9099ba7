import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type HeldRequest, Holds, holdRequest, type Moment } from './held-request.js';

/**
 * A proxy before a Redis server that holds single commands.
 *
 * Known lies: a command that is held is sent on a connection of the gate's own, so it may overtake what its client sent just
 * before; the server must have its script already.
 */
export class RedisGate {
  readonly #holds = new Holds();
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly redisPort: number,
  ) {
    server.on('connection', (client) => this.#join(client));
  }

  static async start(redisPort: number): Promise<RedisGate> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RedisGate(server, redisPort);
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Holds the next command that matches, as it is on the wire. A hold before the server takes the commands behind it on its connection too. */
  hold(moment: Moment, matches: (command: string) => boolean): Promise<HeldRequest> {
    return this.#holds.next(moment, matches);
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket): void {
    const redis = connect(this.redisPort, '127.0.0.1');
    const cut = () => {
      for (const socket of [client, redis]) socket.destroy();
    };
    for (const socket of [client, redis]) {
      this.#sockets.add(socket);
      socket.on('error', cut).on('close', () => {
        this.#sockets.delete(socket);
        cut();
      });
    }
    redis.pipe(client);
    let rest = Buffer.alloc(0);
    let isHeld = false;
    client.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      for (let length = commandLength(rest); length !== undefined && !isHeld; length = commandLength(rest)) {
        const command = rest.subarray(0, length);
        rest = rest.subarray(length);
        const text = command.toString('utf8');
        const hold = this.#holds.take(text);
        if (hold === undefined) redis.write(command);
        else {
          isHeld = true;
          void holdRequest(hold, text, () => this.#send(command), cut);
        }
      }
    });
  }

  async #send(command: Buffer): Promise<string> {
    const socket = connect(this.redisPort, '127.0.0.1');
    try {
      socket.write(command);
      const [reply] = (await once(socket, 'data')) as [Buffer];
      const answer = reply.toString('utf8');
      if (answer.startsWith('-')) throw new Error(`redis refused what the gate held: ${answer}`);
      return answer;
    } finally {
      socket.destroy();
    }
  }
}

/** Bytes of the first command, `*<n>` and n times `$<length>` with its bytes; undefined while it is not whole. */
function commandLength(bytes: Buffer): number | undefined {
  let at = 0;
  const number = (): number | undefined => {
    const end = bytes.indexOf('\r\n', at);
    if (end === -1) return undefined;
    const read = Number(bytes.toString('latin1', at + 1, end));
    at = end + 2;
    return read;
  };
  const count = number();
  if (count === undefined) return undefined;
  for (let argument = 0; argument < count; argument += 1) {
    const length = number();
    if (length === undefined) return undefined;
    at += length + 2;
  }
  return at <= bytes.length ? at : undefined;
}
