import type { ProxyClaim, ProxySeen } from '@mcp/sources';

export type ProxyDetail = Partial<Omit<ProxySeen, keyof ProxyClaim | 'job' | 'up'>>;

interface ScrapedProxy {
  readonly key: string;
  readonly claim: ProxyClaim;
  readonly job: string;
  readonly up: boolean;
}

/** What is learnt of proxies. One that no job scrapes any more is not among them, whatever else is still known of it. */
export class ProxyTable {
  /** Keys of the claims of those whose rows do not mean what they say. They are not among those seen. */
  readonly displaced = new Set<string>();

  readonly #jobs = new Map<string, { readonly claim: ProxyClaim; readonly up: Map<string, boolean> }>();
  readonly #details = new Map<string, ProxyDetail>();
  #intervalMs: number | undefined;

  /** `key` is that of the claim. */
  scraped({ key, claim, job, up }: ScrapedProxy): void {
    const jobs = this.#jobs.get(key) ?? { claim, up: new Map<string, boolean>() };
    this.#jobs.set(key, jobs);
    jobs.up.set(job, jobs.up.get(job) === true || up);
  }

  /** Of two instances that claim the same, as on two ports, the scrapes add up. */
  detail(key: string, detail: ProxyDetail): void {
    const known = this.#details.get(key);
    const scrapes = (known?.scrapes ?? 0) + (detail.scrapes ?? 0);
    this.#details.set(key, { ...known, ...detail, ...(scrapes > 0 && { scrapes }) });
  }

  /** Takes the longest: a window must hold several scrapes of each job. */
  interval(seconds: number): string | undefined {
    if (!(seconds > 0 && seconds <= 3600)) return 'beyond belief';
    this.#intervalMs = Math.max(this.#intervalMs ?? 0, Math.ceil(seconds) * 1000);
    return undefined;
  }

  get scrapeIntervalMs(): number | undefined {
    return this.#intervalMs;
  }

  *seen(): Iterable<ProxySeen> {
    for (const [key, { claim, up }] of this.#jobs) {
      if (this.displaced.has(key)) continue;
      const working = [...up].filter(([, works]) => works).map(([job]) => job);
      const [job = ''] = (working.length > 0 ? working : [...up.keys()]).sort();
      yield {
        ...claim,
        job,
        up: working.length > 0,
        scrapes: Math.max(1, working.length),
        ...this.#details.get(key),
      };
    }
  }
}
