/**
 * Decides who may lead, where several replicas run. Being elected is permission to claim the role in the log; the log's epoch
 * is what keeps a former leader from writing.
 */
export interface Leadership {
  /** Who this process is, as a leader. */
  readonly holder: string;

  /**
   * Runs `whileLeading` each time this process is elected, until the signal aborts. The signal that `whileLeading` gets aborts when
   * the lead is lost or in doubt; it must then return soon. What it throws ends `run`.
   */
  run(signal: AbortSignal, whileLeading: (leading: AbortSignal) => Promise<void>): Promise<void>;

  /** For readiness and metrics. */
  readonly leading: boolean;

  /** Why nobody can be elected now, if that is so. */
  readonly problem?: string | undefined;
}

/** One process alone: it always leads. */
export class SoleLeader implements Leadership {
  #leading = false;
  constructor(readonly holder: string) {}

  get leading(): boolean {
    return this.#leading;
  }

  async run(signal: AbortSignal, whileLeading: (leading: AbortSignal) => Promise<void>): Promise<void> {
    this.#leading = true;
    try {
      await whileLeading(signal);
    } finally {
      this.#leading = false;
    }
  }
}
