import type { CollectorPresence, Telemetry } from '@mcp/contracts';
import type { EventLog } from '@mcp/event-log';
import type { MeshGraph } from '@mcp/graph';
import { stepInSlices } from '@mcp/runtime';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import { sourcesOf } from '../graph/sources.js';
import { unreadDenials } from '../traffic/unread-denials.js';

/** Who asks less often is told what the log said last. */
const oftenMs = 10_000;

/** Knows since when whom policy refuses is seen without a gap. */
export class SeenTraffic {
  #since: number | undefined;
  #askedAt = 0;

  constructor(
    private readonly log: Pick<EventLog, 'head'>,
    private readonly graph: Following<MeshGraph>,
    private readonly collector: { readonly presence: CollectorPresence },
    private readonly clock: () => number = Date.now,
  ) {}

  /** Why denials cannot be seen now; undefined where they can. */
  async unseen(): Promise<string | undefined> {
    return whyUnseen(await this.#telemetry(), this.collector.presence);
  }

  /**
   * Milliseconds since the epoch; undefined where it is not seen now. Asked every few seconds it knows of times in which no collector was at work,
   * which are not in the log. Fails as `caughtUpTo` does.
   */
  async since(signal: AbortSignal): Promise<number | undefined> {
    await caughtUpTo(this.graph, await this.log.head(), signal);
    const telemetry = await this.#telemetry();
    const seen = whyUnseen(telemetry, this.collector.presence) === undefined;
    const now = this.clock();
    const known = now - this.#askedAt <= oftenMs ? this.#since : undefined;
    this.#askedAt = now;
    this.#since = seen ? (known ?? telemetry?.since?.getTime()) : undefined;
    return this.#since;
  }

  /** Does not hold the event loop. */
  async #telemetry(): Promise<Telemetry | undefined> {
    await stepInSlices(this.graph.now.state.derive());
    return sourcesOf(this.graph.now.state.meshWide()).telemetry;
  }
}

function whyUnseen(telemetry: Telemetry | undefined, collector: CollectorPresence): string | undefined {
  if (telemetry === undefined) return 'no telemetry was ever read';
  if (!collector.atWork) return 'no collector is at work';
  const unread = unreadDenials(telemetry).filter((kind) => watched.includes(kind));
  if (unread.length === 0) return undefined;
  return telemetry.reason === '' ? `not read: ${unread.join(', ')}` : telemetry.reason;
}

const watched: readonly string[] = ['denied', 'terminated', 'audited'];
