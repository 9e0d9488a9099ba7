import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { EdgeSample } from '@mcp/mesh';
import { ProxyMetricsSource } from '@mcp/proxy-metrics';
import { resultInSlices, stepInSlices } from '@mcp/runtime';
import { EdgeFacts, edgesInSteps, noGaps, type IdentityGaps } from '@mcp/traffic';
import { AnsweredQueries } from './answered-queries.js';
import { recorded, type CallingMesh } from './calling-mesh.js';

const begin = Date.UTC(2026, 0, 2);
const pollMs = 15_000;

/** Milliseconds: of the processor, but `blocked` of the clock. */
export interface PollCost {
  readonly reading: number;
  readonly edges: number;
  readonly facts: number;
  readonly blocked: number;
}

/** Polls of one mesh, one after the other, and what they cost part by part. */
export class WatchedPolls {
  readonly parts: PollCost[] = [];
  readonly #facts = new EdgeFacts();
  #gaps: IdentityGaps = noGaps;
  #polls = 0;
  #recorded = 0;

  readonly #queries: AnsweredQueries;
  readonly #source: ProxyMetricsSource;

  constructor(
    private readonly mesh: CallingMesh,
    answers: ReadonlyMap<string, Buffer>,
  ) {
    this.#queries = new AnsweredQueries(answers);
    this.#source = new ProxyMetricsSource(this.#queries);
  }

  async poll(): Promise<void> {
    this.#queries.timeMs = begin + this.#polls * pollMs;
    const { signal } = new AbortController();
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const times = [cpuMs()];
    const reading = await this.#source.read({ latency: false }, signal);
    times.push(cpuMs());
    const measured = await resultInSlices(edgesInSteps(reading, this.mesh.directory, { gaps: this.#gaps }));
    times.push(cpuMs());
    await stepInSlices(this.#facts.take(measured));
    const facts = this.#facts.decide();
    const samples = new Map<string, EdgeSample>();
    for (const { key, sample } of measured.edges) if (sample !== undefined) samples.set(key, sample);
    times.push(cpuMs());
    delay.disable();
    const [began = 0, read = 0, made = 0, done = 0] = times;
    const blocked = delay.max / 1e6;
    this.parts.push({ reading: read - began, edges: made - read, facts: done - made, blocked });
    this.#gaps = measured.gaps;
    this.#polls += 1;
    if (samples.size !== this.mesh.edges) throw new Error(`${samples.size} edges have a sample`);
    this.#record(facts);
  }

  #record(decided: ReturnType<EdgeFacts['decide']>): void {
    for (let facts = decided; facts.length > 0; facts = this.#facts.decide())
      for (const { subject, type, data } of facts)
        this.#facts.evolve(recorded((this.#recorded += 1), subject, type, data));
  }
}

export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
