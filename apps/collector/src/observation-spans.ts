import type { Write } from '@mcp/event-log';
import type { OpenSpan, Tracer } from '@mcp/runtime';

/** A span for each observation that shows a change of ours for the first time, from its decision until it is recorded. */
export class ObservationSpans {
  readonly #open = new Map<string, OpenSpan>();

  constructor(private readonly tracer: Tracer) {}

  /** The writes, those that have a traceparent under spans of their own; decided anew, they have the same spans again. */
  around(writes: readonly Write[]): readonly Write[] {
    return writes.map((write) => {
      const { traceparent: parent } = write.event;
      if (parent === undefined) return write;
      const traceparent = this.#spanOf(write.subject, parent).traceparent ?? parent;
      return { ...write, event: { ...write.event, traceparent } };
    });
  }

  end(fault?: unknown): void {
    for (const span of this.#open.values()) span.end(fault);
  }

  #spanOf(subject: string, parent: string): OpenSpan {
    const open = this.#open.get(subject);
    if (open !== undefined) return open;
    const span = this.tracer.start('observe change', { parent, attributes: { 'mcp.subject': subject } });
    this.#open.set(subject, span);
    return span;
  }
}
