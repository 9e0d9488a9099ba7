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

/** Another process leads the same mesh, and nothing elects between the two. */
export class RoleTaken extends Error {
  readonly code = 'ROLE_TAKEN';
  constructor(holder: string) {
    super(
      `another process has taken the role of ${holder}; run one, or set MCP_LEADER_ELECTION=lease for both (ROLE_TAKEN)`,
    );
  }
}

/** One process alone: it leads until it ends. Fails with `RoleTaken` when a lead ends for another reason. */
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
      if (!signal.aborted) throw new RoleTaken(this.holder);
    } finally {
      this.#leading = false;
    }
  }
}
