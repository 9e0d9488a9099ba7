import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A target for a real Prometheus: answers every GET with the text it has now, or with an error while it has none. */
export class ScrapedPage {
  /** In the text format of Prometheus, each line ended. Undefined: 503, so that the target is down. */
  text: string | undefined;

  private constructor(
    private readonly server: Server,
    text: string,
  ) {
    this.text = text;
    server.on('request', (_request, response) => {
      response.writeHead(this.text === undefined ? 503 : 200, {
        'content-type': 'text/plain; version=0.0.4',
      });
      response.end(this.text);
    });
  }

  static async start(text: string): Promise<ScrapedPage> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScrapedPage(server, text);
  }

  /** As a scrape target. */
  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}
