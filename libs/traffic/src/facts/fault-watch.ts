import type { TelemetryFault } from '@mcp/events';

/** A fault as one reading shows it. */
export type FaultSeen = Omit<TelemetryFault, 'since'>;

/** A part that fails once in a while is no news; one that works again once is not mended. */
const readings = { begin: 2, end: 4 };

/** One that comes back within the hour is given twice as long to stay away, an hour of readings at most. */
const soonMs = 3_600_000;
const longestPatience = 240;

interface Watched {
  fault: TelemetryFault;
  /** Readings in a row that had it, before it is held. */
  sights: number;
  /** Readings in a row without it, since it is held. */
  clear: number;
  held: boolean;
  patience: number;
  endedAt: number | undefined;
}

/** Faults that last: each is held from the second reading in a row that has it until four in a row had it not. */
export class FaultWatch {
  readonly #watched = new Map<string, Watched>();

  /** In order of their names. */
  get held(): readonly TelemetryFault[] {
    return [...this.#watched.entries()]
      .filter(([, { held }]) => held)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { fault }]) => fault);
  }

  /** Takes over what another held before. */
  hold(faults: readonly TelemetryFault[]): void {
    for (const fault of faults) this.#watched.set(faultName(fault), { ...newly(fault), held: true });
  }

  /**
   * Takes the faults of one reading. `told` says of a fault whether this reading would have shown it; where not, it stays what it is.
   */
  take(seen: readonly FaultSeen[], at: number, told: (fault: FaultSeen) => boolean): FaultNews {
    const news = { began: [] as TelemetryFault[], ended: [] as TelemetryFault[] };
    const now = new Map(seen.map((fault) => [faultName(fault), fault]));
    for (const [name, fault] of now) {
      const watched = this.#watched.get(name) ?? newly({ ...fault, since: at });
      this.#watched.set(name, watched);
      if (!watched.held && watched.sights === 0) watched.fault = { ...fault, since: at };
      watched.clear = 0;
      watched.sights += 1;
      if (watched.held || watched.sights < readings.begin) continue;
      watched.held = true;
      if (watched.endedAt !== undefined) watched.patience = Math.min(2 * watched.patience, longestPatience);
      news.began.push(watched.fault);
    }
    for (const [name, watched] of this.#watched) {
      if (now.has(name) || !told(watched.fault)) continue;
      watched.sights = 0;
      watched.clear += 1;
      if (watched.held && watched.clear >= watched.patience) {
        watched.held = false;
        watched.endedAt = at;
        news.ended.push(watched.fault);
      }
      if (!watched.held && at - (watched.endedAt ?? 0) > soonMs) this.#watched.delete(name);
    }
    return news;
  }
}

export interface FaultNews {
  readonly began: readonly TelemetryFault[];
  readonly ended: readonly TelemetryFault[];
}

function faultName({ code, part = '', counters = '' }: FaultSeen): string {
  return `${code} ${part} ${counters}`;
}

function newly(fault: TelemetryFault): Watched {
  return { fault, sights: 0, clear: 0, held: false, patience: readings.end, endedAt: undefined };
}
