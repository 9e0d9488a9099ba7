import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { untraced } from './tracer.js';
import { spanEnds, type Tracing } from './tracing.js';

const noTracing: Tracing = { tracer: untraced, close: () => Promise.resolve() };

/** Sends spans to an OTLP receiver; to none without a URL. The libraries are loaded only for one. */
export async function startTracing(
  service: string,
  otlpUrl: string | undefined,
  { logger, metrics }: { readonly logger: Logger; readonly metrics: Metrics },
): Promise<Tracing> {
  const count = metrics.counter(
    'mcp_process_spans_total',
    'Spans of traces by what became of them: sent, failed to be sent, or dropped since too many waited.',
    'end',
    spanEnds,
  );
  if (otlpUrl === undefined) return noTracing;
  const { OtlpTracing } = await import('./otlp-tracing.js');
  return new OtlpTracing(service, otlpUrl, count, logger);
}
