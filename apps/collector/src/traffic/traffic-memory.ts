import { setImmediate as turn } from 'node:timers/promises';
import type { EventLog } from '@mcp/event-log';
import type { AnyRecordedEvent, LogPosition, RecordedEvent, Subject } from '@mcp/events';
import { mapInSlices, resultInSlices } from '@mcp/runtime';
import {
  checkpointInSteps,
  type CheckpointTaken,
  CounterDifferences,
  defaultEdgeLimits,
  defaultRefusalLimits,
  defaultUsageLimits,
  EdgeFacts,
  encodeCheckpoint,
  type Fact,
  PodDirectory,
  RefusalFacts,
  TelemetryFacts,
  UsageFacts,
} from '@mcp/traffic';

const dayMs = 24 * 3_600_000;

/** What the log says of traffic and of whose proxies there are, beside what was read since and is not recorded yet. */
export class TrafficMemory {
  readonly directory = new PodDirectory();
  readonly edges: EdgeFacts;
  readonly refusals: RefusalFacts;
  readonly usage: UsageFacts;
  readonly telemetry = new TelemetryFacts();
  readonly differences = new CounterDifferences();
  /** Of the subjects of facts. */
  readonly #versions = new Map<Subject, number>();
  #position: LogPosition | undefined;

  constructor(private readonly rememberDays: number) {
    const retentionMs = rememberDays * dayMs;
    this.edges = new EdgeFacts({ ...defaultEdgeLimits, retentionMs });
    this.refusals = new RefusalFacts({ ...defaultRefusalLimits, retentionMs });
    this.usage = new UsageFacts({ ...defaultUsageLimits, retentionDays: rememberDays });
  }

  versionOf(subject: Subject): number {
    return this.#versions.get(subject) ?? 0;
  }

  /** Takes an event of the log. One that it has taken already changes nothing. */
  evolve(recorded: RecordedEvent): void {
    if (this.#position !== undefined && recorded.position.sequence <= this.#position.sequence) return;
    this.#position = recorded.position;
    // the type of an event decides the type of its data; only a union of all types shows that
    const event = recorded as AnyRecordedEvent;
    this.directory.evolve(event);
    this.edges.evolve(event);
    this.refusals.evolve(event);
    this.usage.evolve(event);
    this.telemetry.evolve(event);
    this.#noteVersion(event);
  }

  /** Takes what the log has that it has not. Fails as `EventLog.read` does, and with the signal's reason. */
  async catchUp(log: EventLog, signal: AbortSignal): Promise<void> {
    const from = this.#position ?? { log: await log.identity(), sequence: 0, digest: '' };
    for await (const batch of log.read(from, { signal })) {
      await mapInSlices(batch, (event) => this.evolve(event));
      // a log at hand is read without a turn for others
      await turn();
    }
    signal.throwIfAborted();
  }

  /**
   * What the log says now, where it lost or dropped what this was folded from, and the counts of this, which it goes on from. What was
   * recorded and lost is recorded again as far as this still knows it; edges are to be seen again.
   */
  async foldedAnew(log: EventLog, signal: AbortSignal): Promise<TrafficMemory> {
    const anew = new TrafficMemory(this.rememberDays);
    await anew.catchUp(log, signal);
    await anew.take(await checkpointOf(this, this.#logName), this.#logName);
    return anew;
  }

  /** Takes a checkpoint of an earlier one that folded this log, before anything is counted. */
  async take(checkpoint: Uint8Array, log: string): Promise<CheckpointTaken> {
    const taken = await resultInSlices(checkpointInSteps(this, log, checkpoint));
    if (taken.taken) this.telemetry.seenUntil(this.differences.polledAt ?? 0);
    return taken;
  }

  /** What the log does not say yet. Asked again before it is recorded, it says the same again. */
  decide(at: number): readonly Fact[] {
    return [
      ...this.telemetry.decide(),
      ...this.edges.decide(),
      ...this.refusals.decide(at),
      ...this.usage.decide(at),
    ];
  }

  /** All that the log does not say yet, due or not: nobody will count on. */
  flush(at: number): readonly Fact[] {
    return [
      ...this.telemetry.decide(),
      ...this.edges.decide(),
      ...this.refusals.flush(at),
      ...this.usage.flush(at),
    ];
  }

  get #logName(): string {
    return this.#position?.log ?? '';
  }

  #noteVersion({ type, subject, subjectVersion }: AnyRecordedEvent): void {
    switch (type) {
      case 'EdgeObserved':
      case 'TrafficRefused':
      case 'UsageRecorded':
      case 'TelemetryChanged':
        this.#versions.set(subject, subjectVersion);
        return;
      case 'EdgeForgotten':
      case 'RefusalForgotten':
      case 'UsageForgotten':
        this.#versions.delete(subject);
        return;
      default:
    }
  }
}

/** What was counted, to be taken by the next memory of this log. */
export async function checkpointOf(memory: TrafficMemory, log: string): Promise<Uint8Array> {
  return Buffer.concat(await mapInSlices(encodeCheckpoint(memory, log), (chunk) => chunk));
}
