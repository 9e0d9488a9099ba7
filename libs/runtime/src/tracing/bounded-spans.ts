import { type Span, TraceFlags } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from '../logger.js';
import type { CountSpans } from './tracing.js';

export interface SpanLimits {
  /** Spans that wait or are on their way; more are dropped. */
  readonly mostWaiting: number;
  /** Between two sendings, in milliseconds. */
  readonly everyMs: number;
  /** How long one sending may take, repeats included, in milliseconds. */
  readonly sendingMs: number;
}

/** A span has about a kibibyte: 2 MiB at most. */
export const spanLimits: SpanLimits = { mostWaiting: 2_048, everyMs: 1_000, sendingMs: 5_000 };

/**
 * Sends spans in batches, and knows what became of each. The library drops silently where its queue is full; so nothing is handed
 * to it that it would drop. An outage of the receiver is logged when it begins and when it ends.
 */
export class BoundedSpans implements SpanProcessor {
  readonly #batches: BatchSpanProcessor;
  #waiting = 0;
  #failing = false;

  constructor(
    exporter: SpanExporter,
    private readonly limits: SpanLimits,
    private readonly count: CountSpans,
    private readonly logger: Logger,
  ) {
    const counted: SpanExporter = {
      export: (spans, done) =>
        exporter.export(spans, (result) => {
          this.#sent(spans.length, result.error, result.code === ExportResultCode.SUCCESS);
          done(result);
        }),
      shutdown: () => exporter.shutdown(),
    };
    this.#batches = new BatchSpanProcessor(counted, {
      maxQueueSize: limits.mostWaiting,
      maxExportBatchSize: Math.min(512, limits.mostWaiting),
      scheduledDelayMillis: limits.everyMs,
      exportTimeoutMillis: limits.sendingMs,
    });
  }

  onStart(): void {
    // nothing is known of a span before its end
  }

  onEnd(span: ReadableSpan & Partial<Span>): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.#waiting >= this.limits.mostWaiting) return this.count('dropped', 1);
    this.#waiting += 1;
    this.#batches.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown();
  }

  #sent(spans: number, error: Error | undefined, taken: boolean): void {
    this.#waiting -= spans;
    this.count(taken ? 'sent' : 'failed', spans);
    if (taken === !this.#failing) return;
    this.#failing = !taken;
    if (taken) this.logger.info('spans are sent again');
    else this.logger.warn('spans cannot be sent, and are lost until they can; nothing else is', { error });
  }
}
