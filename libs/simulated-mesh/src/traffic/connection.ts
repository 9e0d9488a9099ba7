import type { ConnectionCounters, RouteCounters } from './counters.js';

/** One connection, as the proxies at its ends count it. Either end may have none. */
export class Connection {
  #open = true;

  constructor(
    private readonly client: ConnectionCounters | undefined,
    private readonly server: ConnectionCounters | undefined,
    /** Of a connection that carries no HTTP: by which its client sent it. */
    private readonly route?: RouteCounters,
  ) {
    client?.opened.add();
    server?.opened.add();
  }

  /** In bytes, as the client sees it. */
  exchange(sent: number, received: number): void {
    this.client?.writtenBytes.add(sent);
    this.client?.readBytes.add(received);
    this.server?.readBytes.add(sent);
    this.server?.writtenBytes.add(received);
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.client?.closed.add();
    this.server?.closed.add();
    this.route?.ended('');
  }
}
