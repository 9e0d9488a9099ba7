import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Health } from './health.js';
import type { Metrics } from './metrics.js';

/**
 * Serves what operators and the kubelet ask a process: `/healthz` (it runs), `/readyz` (every part, and why one is not
 * ready), `/metrics`.
 */
export class OperationsServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(options: {
    readonly host: string;
    readonly port: number;
    readonly health: Health;
    readonly metrics: Metrics;
  }): Promise<OperationsServer> {
    const { health, metrics } = options;
    const server = createServer((request, response) => {
      const path = (request.url ?? '/').split('?')[0];
      if (request.method !== 'GET' && request.method !== 'HEAD') {
        return send(response, 405, 'text/plain', 'only GET\n');
      }
      switch (path) {
        case '/healthz':
          return send(response, 200, 'text/plain', 'ok\n');
        case '/readyz': {
          const report = health.report();
          return send(
            response,
            report.ready ? 200 : 503,
            'application/json',
            `${JSON.stringify(report, null, 2)}\n`,
          );
        }
        case '/metrics':
          metrics.page().then(
            ({ contentType, body }) => send(response, 200, contentType, body),
            (error: unknown) => send(response, 500, 'text/plain', `${String(error)}\n`),
          );
          return;
        default:
          return send(response, 404, 'text/plain', 'there are /healthz, /readyz and /metrics\n');
      }
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port, options.host, resolve);
    });
    return new OperationsServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, { 'content-type': contentType }).end(body);
}
