import type { WatchedEdge } from './watched-edge.js';

const hourMs = 3_600_000;

/** The edges that the log has as idle, by the hour in which they last had traffic. */
export class IdleEdges {
  readonly #byHour = new Map<number, Set<WatchedEdge>>();
  readonly #hours = new Map<WatchedEdge, number>();

  /** After the log has said something of it. */
  note(edge: WatchedEdge): void {
    this.drop(edge);
    if (edge.recorded?.activity !== 'idle') return;
    const hour = Math.floor(edge.lastSeenAt / hourMs);
    const others = this.#byHour.get(hour);
    if (others === undefined) this.#byHour.set(hour, new Set([edge]));
    else others.add(edge);
    this.#hours.set(edge, hour);
  }

  drop(edge: WatchedEdge): void {
    const hour = this.#hours.get(edge);
    if (hour === undefined) return;
    this.#hours.delete(edge);
    const others = this.#byHour.get(hour);
    others?.delete(edge);
    if (others?.size === 0) this.#byHour.delete(hour);
  }

  /** Those that had no traffic since before `at`; the longest silent first. Takes as long as they are many. */
  *silentSince(at: number): Generator<WatchedEdge> {
    const hours = [...this.#byHour.keys()].filter((hour) => hour * hourMs < at).sort((a, b) => a - b);
    for (const hour of hours) {
      const edges = [...(this.#byHour.get(hour) ?? [])].sort((a, b) => a.lastSeenAt - b.lastSeenAt);
      for (const edge of edges) if (edge.lastSeenAt < at) yield edge;
    }
  }
}
