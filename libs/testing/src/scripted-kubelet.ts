import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { WebSocketServer } from 'ws';

/**
 * An API server with one pod, and a kubelet behind it that forwards the pod's ports to ports of this machine: what is needed to forward a
 * port, and what no API server without nodes has.
 *
 * Known lies: it speaks `v4.channel.k8s.io` over WebSockets and no SPDY; it asks for no credentials; it has every namespace; selectors are not evaluated, every
 * list of pods has its one pod; a port that nobody listens on is refused in words of its own.
 */
export class ScriptedKubelet {
  /** Where port-forward was asked for. */
  readonly forwarded: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly webSockets: WebSocketServer,
  ) {}

  /** `ports` says which port of this machine stands for one of the pod, where that is another. */
  static async start(pod: {
    readonly name: string;
    readonly ready: boolean;
    readonly ports?: Readonly<Record<number, number>>;
  }): Promise<ScriptedKubelet> {
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      const status = { conditions: [{ type: 'Ready', status: pod.ready ? 'True' : 'False' }] };
      const isList = /\/pods(\?|$)/.test(request.url ?? '');
      const isKnown = /^\/(version|api\/v1\/namespaces\/[^/]+)$/.test(request.url ?? '');
      response.statusCode = isList || isKnown ? 200 : 404;
      response.end(
        JSON.stringify(
          isList
            ? { kind: 'PodList', items: [{ metadata: { name: pod.name }, status }] }
            : { kind: 'Status', code: 404, message: 'not found' },
        ),
      );
    });
    const webSockets = new WebSocketServer({
      server,
      handleProtocols: (offered) => (offered.has('v4.channel.k8s.io') ? 'v4.channel.k8s.io' : false),
    });
    const kubelet = new ScriptedKubelet(server, webSockets);
    webSockets.on('connection', (webSocket, request) => {
      const url = request.url ?? '';
      kubelet.forwarded.push(url);
      const port = Number(new URL(url, 'http://localhost').searchParams.get('ports'));
      const announced = Buffer.alloc(2);
      announced.writeUInt16LE(port);
      const send = (channel: number, bytes: Buffer) =>
        webSocket.send(Buffer.concat([Buffer.of(channel), bytes]));
      send(0, announced);
      send(1, announced);
      const socket = connect(pod.ports?.[port] ?? port, '127.0.0.1');
      socket.on('data', (bytes) => send(0, bytes));
      socket.on('error', () => send(1, Buffer.from(`nobody listens on port ${port} of the pod`)));
      socket.on('close', () => webSocket.close());
      webSocket.on('message', (bytes: Buffer) => socket.write(bytes.subarray(1)));
      webSocket.on('close', () => socket.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return kubelet;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const webSocket of this.webSockets.clients) webSocket.terminate();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
