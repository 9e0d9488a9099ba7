/**
 * For how many readings in turn the proxies of both ends have told of different traffic, by identity, workload and port as
 * `formatEdgeId` writes them. Belongs to whoever reads; empty at first.
 */
export type IdentityGaps = ReadonlyMap<string, number>;

export const noGaps: IdentityGaps = new Map();

/** Both ends are scraped at other times, so that their rates always differ a little. */
const tolerated = 0.2;
const readingsInTurn = 3;

/** What the clients' proxies and the server's proxies say of the same calls, in calls per second. */
interface BothEnds {
  readonly byClients: number | undefined;
  readonly byServer: number | undefined;
  /** A proxy of one end is younger than the window, so that its rate is too low for now. */
  readonly warming: boolean;
  /** The server's proxies have refused calls of these clients, which they do not count as calls. */
  readonly refused: boolean;
}

/** The gaps of one reading, made of those of the reading before. A pair that is not noted has none. */
export class PartialTelemetry {
  readonly #gaps = new Map<string, number>();

  constructor(private readonly before: IdentityGaps) {}

  /** Answers whether a part of the calls has been seen from one end only, for three readings. Most pairs have no gap, and need no key. */
  note(keyOf: () => string, ends: BothEnds): boolean {
    const differ = differing(ends);
    if (differ === false || (differ === undefined && this.before.size === 0)) return false;
    const key = keyOf();
    const before = this.before.get(key) ?? 0;
    const gaps = differ === true ? Math.min(before + 1, readingsInTurn) : before;
    if (gaps > 0) this.#gaps.set(key, gaps);
    return gaps >= readingsInTurn;
  }

  get gaps(): IdentityGaps {
    return this.#gaps;
  }
}

/** Undefined where that cannot be told. */
function differing({ byClients, byServer, warming, refused }: BothEnds): boolean | undefined {
  if (byClients === undefined || byServer === undefined || warming) return undefined;
  const more = Math.max(byClients, byServer);
  const less = refused && byClients > byServer ? more : Math.min(byClients, byServer);
  return more - less > tolerated * more;
}
