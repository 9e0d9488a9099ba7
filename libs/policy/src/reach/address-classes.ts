import type { Address, Cidr, NetworkEntry, NetworkSet } from '../matching/network.js';
import { parseAddress } from '../matching/network.js';

/** From the first address to the last, both included. */
export interface AddressRange {
  readonly first: string;
  readonly last: string;
}

/** Addresses that are in exactly the same ones of some network sets. */
export interface AddressClass {
  /** One of them. */
  readonly address: Address;
  /** Where `address` is on the line of addresses. */
  readonly slot: number;
  /** All of them, IPv4 before IPv6. */
  readonly ranges: readonly AddressRange[];
}

/**
 * All addresses, in classes that none of the network sets divides. The line of addresses is cut where a network or an exception begins
 * or ends; what lies between two cuts is a slot, and slots that are in the same sets are one class. There are at most twice as many
 * slots as networks and exceptions, and a few more.
 */
export class AddressClasses {
  readonly all: readonly AddressClass[];
  /** Ascending; a slot ends where the next one starts. */
  readonly #starts: readonly bigint[];
  readonly #classOfSlot: Int32Array;
  #classes = 0;
  readonly #cuts = new Map<NetworkSet, readonly number[]>();

  constructor(sets: readonly NetworkSet[]) {
    const distinct = [...new Map(sets.map((set) => [set.text.join('|'), set])).values()];
    const cuts = distinct.flatMap(boundsIn);
    this.#starts = [...new Set([0n, firstV6, ...mappedV4, ...cuts])]
      .filter((start) => start < end)
      .sort((a, b) => (a < b ? -1 : 1));
    const addresses = this.#starts.map(addressAt);
    this.#classOfSlot = new Int32Array(this.#starts.length);
    for (const set of distinct) this.#divide(set);
    const classes = new Map<number, { address: Address; slot: number; ranges: AddressRange[] }>();
    const places = new Map<number, number>();
    for (const [slot, address] of addresses.entries()) {
      if (address === undefined) continue;
      const of = this.#classOfSlot[slot] ?? 0;
      const known = classes.get(of);
      if (known === undefined) {
        places.set(of, places.size);
        classes.set(of, { address, slot, ranges: [this.#rangeOf(slot)] });
      } else known.ranges.push(this.#rangeOf(slot));
      this.#classOfSlot[slot] = places.get(of) ?? 0;
    }
    this.all = [...classes.values()];
  }

  /** The place of its class in `all`. */
  classOf({ ip }: Address): number {
    return this.#classOfSlot[this.#slotAt(positionOf(ip))] ?? 0;
  }

  /** The slots at which the set may begin or end. Slots with no cut between them are alike to it. */
  cutsOf(set: NetworkSet): readonly number[] {
    let known = this.#cuts.get(set);
    if (known === undefined)
      this.#cuts.set(
        set,
        (known = boundsIn(set)
          .filter((bound) => bound < end)
          .map((bound) => this.#slotAt(bound))),
      );
    return known;
  }

  /** Parts the slots of a class that are in the set from those that are not. */
  #divide({ entries }: NetworkSet): void {
    const parted = new Map<number, number>();
    let next = 0;
    for (const [first, behind] of inOrder(entries.flatMap((entry) => this.#slotsOf(entry)))) {
      for (let slot = Math.max(first, next); slot < behind; slot += 1) {
        const of = this.#classOfSlot[slot] ?? 0;
        let part = parted.get(of);
        if (part === undefined) parted.set(of, (part = this.#classes += 1));
        this.#classOfSlot[slot] = part;
      }
      next = Math.max(next, behind);
    }
  }

  /** What the exceptions leave of a network. */
  #slotsOf({ net, except }: NetworkEntry): readonly SlotRange[] {
    const left: SlotRange[] = [];
    const [start, last] = this.#slotRange(net);
    let next = start;
    for (const [first, behind] of inOrder(except.map((each) => this.#slotRange(each)))) {
      if (first > next) left.push([next, Math.min(first, last)]);
      next = Math.max(next, behind);
      if (next >= last) return left;
    }
    return [...left, [next, last]];
  }

  #slotRange(cidr: Cidr): SlotRange {
    const [start, behind] = boundsOf(cidr);
    return [this.#slotAt(start), behind === end ? this.#starts.length : this.#slotAt(behind)];
  }

  #rangeOf(slot: number): AddressRange {
    const start = this.#starts[slot] ?? 0n;
    return { first: textAt(start), last: textAt((this.#starts[slot + 1] ?? end) - 1n) };
  }

  #slotAt(position: bigint): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? end) <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** From the first slot to the one behind the last. */
type SlotRange = readonly [first: number, behind: number];

function inOrder(ranges: readonly SlotRange[]): readonly SlotRange[] {
  return [...ranges].sort(([a], [b]) => a - b);
}

/** The line: all of IPv4, then all of IPv6. */
const firstV6 = 1n << 32n;
const end = firstV6 + (1n << 128n);
/** No address is there: those of IPv6 that stand for IPv4 are read as that. */
const mappedV4 = [firstV6 + (0xffffn << 32n), firstV6 + (0x10000n << 32n)] as const;

function positionOf(ip: Address['ip']): bigint {
  return lineOf(ip) + numberOf(ip);
}

function boundsIn({ entries }: NetworkSet): readonly bigint[] {
  return entries.flatMap(({ net, except }) => [net, ...except].flatMap(boundsOf));
}

/** Where a network begins, and where what is behind it begins. */
function boundsOf({ ip, bits }: Cidr): readonly [bigint, bigint] {
  const hostBits = BigInt((ip.kind() === 'ipv4' ? 32 : 128) - bits);
  const start = lineOf(ip) + ((numberOf(ip) >> hostBits) << hostBits);
  return [start, start + (1n << hostBits)];
}

function lineOf(ip: Address['ip']): bigint {
  return ip.kind() === 'ipv4' ? 0n : firstV6;
}

function numberOf(ip: Address['ip']): bigint {
  return ip.toByteArray().reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function addressAt(position: bigint): Address | undefined {
  return position >= mappedV4[0] && position < mappedV4[1] ? undefined : parseAddress(textAt(position));
}

function textAt(position: bigint): string {
  if (position < firstV6) return [24n, 16n, 8n, 0n].map((shift) => (position >> shift) & 0xffn).join('.');
  const groups = [112n, 96n, 80n, 64n, 48n, 32n, 16n, 0n].map((shift) =>
    (((position - firstV6) >> shift) & 0xffffn).toString(16),
  );
  return parseAddress(groups.join(':'))?.text ?? groups.join(':');
}
