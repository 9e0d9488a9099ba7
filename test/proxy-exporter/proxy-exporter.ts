import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { Exposition } from './exposition.js';
import { type Fault, parseFault } from './fault.js';
import { Generator, type GeneratorOptions } from './generator.js';
import { prometheusConfig, type ScrapeForm, type ScrapeJob, scrapeJobs } from './scrape-job.js';
import { pathOf, targetsOf } from './scrape-target.js';
import type { Truth } from './truth.js';

export interface ExporterOptions extends GeneratorOptions {
  /** Any free one unless given. */
  readonly port?: number;
}

/**
 * Serves what the proxies of a small mesh would, for a real Prometheus: a page for each pod, on loopback.
 *
 * `GET /pods/<pod>/metrics`; `GET /prometheus.yml?form=plain&interval=1` (seconds) for a Prometheus that shall scrape them; `GET /truth`: what really
 * happened; `POST /faults` with one `Fault` as JSON: 204, or 400 with what is wrong.
 */
export class ProxyExporter {
  readonly #exposition: Exposition;

  private constructor(
    private readonly server: Server,
    options: GeneratorOptions,
  ) {
    this.#exposition = new Exposition(new Generator(options));
  }

  static async start({ port = 0, ...options }: ExporterOptions = {}): Promise<ProxyExporter> {
    const server = createServer();
    const exporter = new ProxyExporter(server, options);
    server.on('request', (request, response) => void exporter.#answer(request, response));
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return exporter;
  }

  get url(): string {
    return `http://${this.#address}`;
  }

  truth(): Truth {
    return this.#exposition.generator.truth();
  }

  /** Throws for a pod or flow that is not there. */
  commit(fault: Fault): void {
    this.#exposition.commit(fault);
  }

  /** The page of a pod, as it is now. */
  page(pod: string): string {
    return this.#exposition.page(pod);
  }

  /** For `RealPrometheus`; to be set anew after a fault that changes the targets. */
  scrapeJobs(form: ScrapeForm = 'viz'): readonly ScrapeJob[] {
    const { scrapedTwice } = this.#exposition;
    return scrapeJobs(form, targetsOf(this.#exposition, this.#address), scrapedTwice);
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    if (this.server.listening) await once(this.server, 'close');
  }

  get #address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const { pathname, searchParams } = new URL(request.url ?? '/', this.url);
      const pod = podOf(pathname);
      if (pod !== undefined) await this.#answerPage(pod, response);
      else if (request.method === 'POST' && pathname === '/faults') {
        this.commit(parseFault(await text(request)));
        response.writeHead(204).end();
      } else answerJson(response, this.#read(pathname, searchParams));
    } catch (error) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(`${String(error)}\n`);
    }
  }

  async #answerPage(pod: string, response: ServerResponse): Promise<void> {
    const answer = this.#exposition.answer(pod);
    if (answer.kind === 'unreachable') {
      response.destroy();
      return;
    }
    if (answer.delayMs > 0) await pause(answer.delayMs, undefined, { ref: false });
    response.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
  }

  #read(pathname: string, search: URLSearchParams): object | undefined {
    if (pathname === '/truth') return this.truth();
    if (pathname !== '/prometheus.yml') return undefined;
    const jobs = this.scrapeJobs(search.get('form') === 'plain' ? 'plain' : 'viz');
    return prometheusConfig(jobs, Number(search.get('interval') ?? 10));
  }
}

function podOf(pathname: string): string | undefined {
  const pod = pathname.split('/')[2];
  return pod !== undefined && pathname === pathOf(pod) ? pod : undefined;
}

function answerJson(response: ServerResponse, body: object | undefined): void {
  if (body === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
