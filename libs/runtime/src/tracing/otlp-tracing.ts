import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatTraceparent, parseTraceparent } from '@mcp/mesh';
import type { Logger } from '../logger.js';
import { BoundedSpans, type SpanLimits, spanLimits } from './bounded-spans.js';
import type { OpenSpan, SpanOptions, Tracer } from './tracer.js';
import type { CountSpans, Tracing } from './tracing.js';

/** How long the end of the process waits for what is left to be sent. */
const farewellMs = 2_000;

/** Traces to a receiver of OTLP over HTTP, as JSON. A caller's decision not to sample is kept. */
export class OtlpTracing implements Tracing {
  readonly tracer: Tracer;
  readonly #provider: BasicTracerProvider;

  /** `otlpUrl`: of the receiver, such as `http://otel-collector:4318`. */
  constructor(
    service: string,
    otlpUrl: string,
    count: CountSpans,
    logger: Logger,
    limits: SpanLimits = spanLimits,
  ) {
    const exporter = new OTLPTraceExporter({
      url: `${otlpUrl.replace(/\/+$/, '')}/v1/traces`,
      timeoutMillis: limits.sendingMs,
    });
    this.#provider = new BasicTracerProvider({
      resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'linkerd-mcp' }),
      spanProcessors: [new BoundedSpans(exporter, limits, count, logger)],
    });
    const inner = this.#provider.getTracer('linkerd-mcp');
    this.tracer = {
      start: (name, { parent, kind, attributes = {} }: SpanOptions): OpenSpan =>
        open(
          inner.startSpan(
            name,
            { kind: kind === 'server' ? SpanKind.SERVER : SpanKind.INTERNAL, attributes },
            under(parent),
          ),
        ),
    };
  }

  async close(): Promise<void> {
    const flushed = this.#provider.shutdown().catch(() => undefined);
    await Promise.race([flushed, sleep(farewellMs, undefined, { ref: false })]);
  }
}

function under(parent: string | undefined): Context {
  const context = parseTraceparent(parent);
  return context === undefined
    ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, { ...context, isRemote: true });
}

function open(span: Span): OpenSpan {
  return {
    traceparent: formatTraceparent(span.spanContext()),
    end(fault) {
      // the library warns of a span that is ended twice
      if (!span.isRecording()) return;
      if (fault !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(fault) });
      span.end();
    },
  };
}

function messageOf(fault: unknown): string {
  if (fault instanceof Error) return fault.message;
  return typeof fault === 'string' ? fault : 'failed';
}
