/** What a span tells besides its name and its times. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

export interface SpanOptions {
  /** The W3C traceparent that the span hangs under; absent, or not one: it begins a trace. */
  readonly parent?: string | undefined;
  /** `server` for the answer to a call; absent: what a process does by itself. */
  readonly kind?: 'server';
  readonly attributes?: SpanAttributes;
}

export interface OpenSpan {
  /** For what follows from this span; where nothing is traced, the parent as it was given. */
  readonly traceparent: string | undefined;
  /** Ends it, as failed where there is a fault. Whatever comes after the first end is ignored. */
  end(fault?: unknown): void;
}

/** Tells a receiver of traces what this process does. Never fails, and nothing waits for it. */
export interface Tracer {
  start(name: string, options: SpanOptions): OpenSpan;
}

/** Where nothing is traced: what a caller sent is handed on. */
export const untraced: Tracer = {
  start: (_name, { parent }) => ({ traceparent: parent, end: () => undefined }),
};

/** A span around the work. It fails as the work does; the work may end it as failed by itself. */
export async function inSpan<T>(
  tracer: Tracer,
  name: string,
  options: SpanOptions,
  work: (span: OpenSpan) => Promise<T>,
): Promise<T> {
  const span = tracer.start(name, options);
  try {
    const result = await work(span);
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}
