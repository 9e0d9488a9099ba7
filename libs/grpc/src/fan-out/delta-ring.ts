export interface RingLimits {
  readonly deltas: number;
  readonly bytes: number;
}

/** A place in a feed. */
export interface Place {
  /** Orders the places of one feed; means nothing to clients. */
  readonly offset: number;
  /** What clients know it by. */
  readonly position: string;
}

/** One delta with the place it leads to, and what it reads as for each filter it was asked for. */
interface Slot<Delta> extends Place {
  readonly delta: Delta;
  readonly encoded: Map<string, Uint8Array | undefined>;
  bytes: number;
}

/**
 * The last deltas of a feed, bounded by count and bytes; shared by all who follow it. Indexes count deltas from the first
 * one ever pushed and are never used twice.
 */
export class DeltaRing<Delta> {
  #slots: Slot<Delta>[] = [];
  #oldest = 0;
  #bytes = 0;
  /** Where the feed stands before its oldest delta. */
  #base: Place;
  #head: Place;

  constructor(
    private readonly limits: RingLimits,
    start: Place,
  ) {
    this.#base = start;
    this.#head = start;
  }

  get oldest(): number {
    return this.#oldest;
  }

  get next(): number {
    return this.#oldest + this.#slots.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(delta: Delta, at: Place, bytes: number): void {
    this.#head = at;
    this.#slots.push({ delta, ...at, encoded: new Map(), bytes });
    this.#bytes += bytes;
    this.#trim();
  }

  at(index: number): Slot<Delta> | undefined {
    return this.#slots[index - this.#oldest];
  }

  /** What clients know the place before this index by. */
  positionBefore(index: number): string {
    if (index === this.next) return this.#head.position;
    return this.at(index - 1)?.position ?? this.#base.position;
  }

  /** The feed has moved to this place without a delta. */
  advance(at: Place): void {
    this.#head = at;
  }

  /** The index of the first delta beyond this offset; undefined where the ring no longer has all that came after it. */
  after(offset: number): number | undefined {
    if (offset < this.#base.offset) return undefined;
    let low = 0;
    let high = this.#slots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#slots[middle]?.offset ?? Infinity) <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#oldest + low;
  }

  /** What the delta at this index reads as for a filter, encoded when first asked for. */
  encoded(
    index: number,
    filterKey: string,
    encode: (delta: Delta, position: string) => Uint8Array | undefined,
  ): Uint8Array | undefined {
    const slot = this.at(index);
    if (slot === undefined) return undefined;
    if (!slot.encoded.has(filterKey)) {
      const message = encode(slot.delta, slot.position);
      slot.encoded.set(filterKey, message);
      slot.bytes += message?.byteLength ?? 0;
      this.#bytes += message?.byteLength ?? 0;
      this.#trim();
      return message;
    }
    return slot.encoded.get(filterKey);
  }

  #trim(): void {
    let dropped = 0;
    const count = this.#slots.length;
    while (dropped < count && (count - dropped > this.limits.deltas || this.#bytes > this.limits.bytes)) {
      const slot = this.#slots[dropped];
      if (slot === undefined) break;
      this.#bytes -= slot.bytes;
      this.#base = { offset: slot.offset, position: slot.position };
      dropped += 1;
    }
    if (dropped === 0) return;
    this.#slots = this.#slots.slice(dropped);
    this.#oldest += dropped;
  }
}
