import type { ProxyClaim, ProxySeen } from '@mcp/sources';
import { claimKey, claimOf, label, type Labels } from './labels.js';

type Detail = Partial<Omit<ProxySeen, keyof ProxyClaim | 'job' | 'up'>>;

/** What is learnt of proxies. One that no job scrapes any more is not among them, whatever else is still known of it. */
export class ProxyTable {
  /** Keys of the claims of those whose rows do not mean what they say. They are not among those seen. */
  readonly displaced = new Set<string>();

  readonly #jobs = new Map<string, { readonly claim: ProxyClaim; readonly up: Map<string, boolean> }>();
  readonly #details = new Map<string, Detail>();
  #intervalMs: number | undefined;

  scraped(labels: Labels, up: number): string | undefined {
    const claim = claimOf(labels);
    if (claim.pod === '' && claim.address === '') return 'neither pod nor instance';
    if (up !== 0 && up !== 1) return 'neither up nor down';
    const key = claimKey(claim);
    const jobs = this.#jobs.get(key) ?? { claim, up: new Map<string, boolean>() };
    this.#jobs.set(key, jobs);
    const job = label(labels, 'job');
    jobs.up.set(job, jobs.up.get(job) === true || up === 1);
    return undefined;
  }

  /** Of two instances that claim the same, as on two ports, the scrapes add up. */
  detail(labels: Labels, detail: Detail): string | undefined {
    const key = claimKey(claimOf(labels));
    const known = this.#details.get(key);
    const scrapes = (known?.scrapes ?? 0) + (detail.scrapes ?? 0);
    this.#details.set(key, { ...known, ...detail, ...(scrapes > 0 && { scrapes }) });
    return undefined;
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
