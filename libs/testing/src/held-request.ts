/** Where a request is held: before its server has it, or after the server has carried it out and before the client knows. */
export type Moment = 'before' | 'after';

/** A request that went into a gate and did not come out. Its client never gets an answer: in the end its connection is cut. */
export interface HeldRequest {
  readonly text: string;
  /** Cuts the client's connection, and lets the request reach the server late where it has not yet. Resolves with the server's answer. */
  deliver(): Promise<string>;
  /** Cuts the client's connection. */
  drop(): void;
}

/** What is yet to be held at one gate. */
export class Holds {
  readonly #holds = new Set<Hold>();

  /** Resolves once the next request that matches is held. */
  next(moment: Moment, matches: (text: string) => boolean): Promise<HeldRequest> {
    return new Promise((held, failed) => this.#holds.add({ moment, matches, held, failed }));
  }

  /** The hold that is for this request, which is then for no other. */
  take(text: string): Hold | undefined {
    const hold = [...this.#holds].find(({ matches }) => matches(text));
    if (hold !== undefined) this.#holds.delete(hold);
    return hold;
  }
}

export interface Hold {
  readonly moment: Moment;
  readonly matches: (text: string) => boolean;
  readonly held: (request: HeldRequest) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Holds a request for whoever asked for it.
 *
 * @param send makes the request at the server, whatever became of the client; resolves with the answer
 * @param cut ends the client's connection
 */
export async function holdRequest(
  { moment, held, failed }: Hold,
  text: string,
  send: () => Promise<string>,
  cut: () => void,
): Promise<void> {
  try {
    const answer = moment === 'after' ? await send() : undefined;
    held({
      text,
      deliver: async () => {
        cut();
        return answer ?? (await send());
      },
      drop: cut,
    });
  } catch (error) {
    cut();
    failed(error);
  }
}
