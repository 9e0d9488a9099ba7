import { NotAllowed } from '@mcp/access';
import type { VisibleNamespaces } from '@mcp/mesh';

/** Milliseconds. A right is remembered for 10 s before it comes here: with these, a lost one shows nothing after 30 s. */
const timing = { askEveryMs: 5_000, believeMs: 20_000 };

export type SightTimes = Partial<typeof timing>;

/** What a caller may see, for as long as the call is open. */
export class Sight {
  #known: { readonly visible: VisibleNamespaces; readonly asked: number };
  #tried: number;

  /** `visible`: found out just now. `ask`: fails with `NotAllowed` where nothing may be seen. */
  constructor(
    visible: VisibleNamespaces,
    private readonly ask: () => Promise<VisibleNamespaces>,
    private readonly times: SightTimes = {},
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#tried = now();
    this.#known = { visible, asked: this.#tried };
  }

  /** When the call began, or when it was last asked for. */
  get visible(): VisibleNamespaces {
    return this.#known.visible;
  }

  /** How long what `current` answers may stand before it is to be asked for again, in milliseconds. */
  get askEveryMs(): number {
    return this.times.askEveryMs ?? timing.askEveryMs;
  }

  /**
   * Of now: to be asked for before each message. Fails with `NotAllowed` where nothing may be seen any more, and as `ask` does where that has
   * not been known for 20 s.
   */
  async current(): Promise<VisibleNamespaces> {
    const now = this.now();
    const { believeMs = timing.believeMs } = this.times;
    const tooOld = now - this.#known.asked >= believeMs;
    if (!tooOld && now - this.#tried < this.askEveryMs) return this.#known.visible;
    try {
      this.#known = { visible: await this.ask(), asked: now };
    } catch (error) {
      if (error instanceof NotAllowed || tooOld) throw error;
    }
    this.#tried = now;
    return this.#known.visible;
  }
}
