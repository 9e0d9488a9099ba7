import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Agent, type Dispatcher } from 'undici';
import { freePort } from './free-port.js';

export interface RealPrometheusOptions {
  readonly jobs: readonly ScrapeJob[];
  /** Between two scrapes of a target, and how long one may take; 200 when not given. */
  readonly intervalMs?: number;
  /** Further flags: `{ 'query.max-samples': '100' }`. */
  readonly flags?: Readonly<Record<string, string>>;
  /** What stands before `/api/v1`, as where a gateway serves it. */
  readonly pathPrefix?: `/${string}`;
  /** PEM files. It then speaks TLS only. */
  readonly certificate?: { readonly certificatePath: string; readonly keyPath: string };
  /** The one who may ask; `passwordHash` is the password's bcrypt. */
  readonly user?: { readonly name: string; readonly password: string; readonly passwordHash: string };
}

/** `relabelings` and `metricRelabelings` as in prometheus.yml: `relabel_configs`, `metric_relabel_configs`. */
export interface ScrapeJob {
  readonly name: string;
  readonly targets: readonly ScrapeTarget[];
  readonly relabelings?: readonly Readonly<Record<string, unknown>>[];
  readonly metricRelabelings?: readonly Readonly<Record<string, unknown>>[];
  /** `/metrics` when not given. */
  readonly path?: string;
  /** Where to ask for further targets, every second: an address that answers as HTTP service discovery does. */
  readonly discovery?: string;
}

export interface ScrapeTarget {
  /** `127.0.0.1:4191`, plain HTTP. */
  readonly address: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * A real Prometheus on a free loopback port, with its data in a folder of its own. It keeps port and configuration through `kill` and
 * `restart`; `stop` removes the data.
 *
 * A query sees what was scraped in the last five minutes (`query.lookback-delta`) unless the scrape of its target failed, or the
 * target went, since. So after `kill` and a `restart` with history, old values are seen until the next scrape, and those of targets
 * that went meanwhile for five minutes.
 */
export class RealPrometheus {
  #process: ChildProcess | undefined;
  #log = '';
  readonly #dir = mkdtempSync(join(tmpdir(), 'mcp-prometheus-'));
  readonly #agent = new Agent({ connect: { rejectUnauthorized: false } });
  readonly #killNow = () => this.#process?.kill('SIGKILL');

  private constructor(
    readonly port: number,
    private readonly options: RealPrometheusOptions,
  ) {}

  /** Takes about a second. Fails, saying what to run, where there is no `prometheus` on this machine. */
  static async start(options: RealPrometheusOptions): Promise<RealPrometheus> {
    const prometheus = new RealPrometheus(await freePort(), options);
    prometheus.#writeJobs(options.jobs);
    // a test run that dies must not leave servers behind
    process.once('exit', prometheus.#killNow);
    try {
      await prometheus.restart();
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
    return prometheus;
  }

  get url(): string {
    const { certificate, pathPrefix = '' } = this.options;
    return `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${this.port}${pathPrefix}`;
  }

  /**
   * Starts it again, killing it first when it runs. Resolves when it can be asked. It takes up its targets five seconds after its
   * start, whatever the interval: `until` waits for what a test needs.
   */
  async restart({ history = 'kept' }: { readonly history?: 'kept' | 'lost' } = {}): Promise<void> {
    await this.kill();
    if (history === 'lost') rmSync(join(this.#dir, 'data'), { recursive: true, force: true });
    mkdirSync(join(this.#dir, 'data'), { recursive: true });
    this.#spawn();
    const deadline = Date.now() + 30_000;
    while (!(await this.#get('/-/ready').then(isGood, () => false))) {
      if (this.#process === undefined) throw new Error(`prometheus ended. It said last:\n${this.#log}`);
      if (Date.now() > deadline)
        throw new Error(`prometheus is not ready within 30 s. It said last:\n${this.#log}`);
      await pause(50);
    }
  }

  /** Scrapes these from now on, within five seconds; the series of targets that went end two intervals after that. */
  async setJobs(jobs: readonly ScrapeJob[]): Promise<void> {
    this.#writeJobs(jobs);
    const answer = await this.#send('POST', '/-/reload');
    const text = await answer.body.text();
    if (!isGood(answer)) throw new Error(`prometheus does not take its new configuration: ${text}`);
  }

  /** Resolves when a query gives a row: of what was scraped, not what is configured. Fails after 20 s. */
  async until(query: string): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!(await this.#hasRows(query))) {
      if (Date.now() > deadline) throw new Error(`within 20 s no row for ${query}`);
      await pause(50);
    }
  }

  /** `kill -9`: what it scraped is in its log, as it is written with each scrape. */
  async kill(): Promise<void> {
    const running = this.#process;
    if (running === undefined) return;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGKILL');
    await gone;
  }

  /** SIGSTOP: connections stay open and nothing is answered. */
  pause(): void {
    this.#process?.kill('SIGSTOP');
  }

  resume(): void {
    this.#process?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    process.off('exit', this.#killNow);
    await this.#agent.destroy();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #spawn(): void {
    const { flags, pathPrefix } = this.options;
    const args = {
      'config.file': join(this.#dir, 'prometheus.yml'),
      'web.config.file': join(this.#dir, 'web.yml'),
      'storage.tsdb.path': join(this.#dir, 'data'),
      'web.listen-address': `127.0.0.1:${this.port}`,
      ...(pathPrefix !== undefined && { 'web.external-url': `http://127.0.0.1:${this.port}${pathPrefix}` }),
      ...flags,
    };
    const given = Object.entries(args).map(([name, value]) => `--${name}=${value}`);
    const child = spawn('prometheus', [...given, '--web.enable-lifecycle'], {
      env: process.env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#process = child;
    this.#log = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-8_192);
    });
    const gone = () => {
      if (this.#process === child) this.#process = undefined;
    };
    child.once('exit', gone);
    child.once('error', (error: NodeJS.ErrnoException) => {
      this.#log += error.code === 'ENOENT' ? missing : error.message;
      gone();
    });
  }

  /** JSON is YAML. */
  #writeJobs(jobs: readonly ScrapeJob[]): void {
    const { certificate, user, intervalMs = 200 } = this.options;
    const interval = `${intervalMs}ms`;
    const configuration = {
      global: { scrape_interval: interval, scrape_timeout: interval },
      scrape_configs: jobs.map((job) => ({
        job_name: job.name,
        metrics_path: job.path ?? '/metrics',
        static_configs: job.targets.map(({ address, labels }) => ({ targets: [address], labels })),
        http_sd_configs: job.discovery === undefined ? [] : [{ url: job.discovery, refresh_interval: '1s' }],
        relabel_configs: job.relabelings ?? [],
        metric_relabel_configs: job.metricRelabelings ?? [],
      })),
    };
    writeFileSync(join(this.#dir, 'prometheus.yml'), JSON.stringify(configuration, undefined, 2));
    const web = {
      ...(certificate !== undefined && {
        tls_server_config: { cert_file: certificate.certificatePath, key_file: certificate.keyPath },
      }),
      ...(user !== undefined && { basic_auth_users: { [user.name]: user.passwordHash } }),
    };
    writeFileSync(join(this.#dir, 'web.yml'), JSON.stringify(web, undefined, 2));
  }

  async #hasRows(query: string): Promise<boolean> {
    const answer = await this.#get(`/api/v1/query?query=${encodeURIComponent(query)}`);
    const text = await answer.body.text();
    if (!isGood(answer)) throw new Error(`prometheus refuses ${query}: ${text}`);
    const { data } = JSON.parse(text) as { data: { result: readonly unknown[] } };
    return data.result.length > 0;
  }

  #get(path: string): Promise<Dispatcher.ResponseData> {
    return this.#send('GET', path);
  }

  #send(method: 'GET' | 'POST', path: string): Promise<Dispatcher.ResponseData> {
    const { user } = this.options;
    const { origin, pathname } = new URL(this.url);
    const secret = user && Buffer.from(`${user.name}:${user.password}`).toString('base64');
    return this.#agent.request({
      origin,
      path: pathname.replace(/\/$/, '') + path,
      method,
      headers: secret === undefined ? {} : { authorization: `Basic ${secret}` },
      headersTimeout: 10_000,
    });
  }
}

const missing =
  'These tests need a real Prometheus, and there is no `prometheus` on the PATH. ' +
  'Run `tools/test-set-up.sh --install` (Debian, as root), or put one on the PATH.';

function isGood({ statusCode }: Dispatcher.ResponseData): boolean {
  return statusCode === 200;
}
