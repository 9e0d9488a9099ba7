import { describe, expect, it } from '@jest/globals';
import { ExportResultCode } from '@opentelemetry/core';
import { BasicTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { type Logger, silentLogger } from '../logger.js';
import { BoundedSpans } from './bounded-spans.js';

type Exported = Parameters<SpanExporter['export']>;

/** Spans of a provider over an exporter whose answers the test gives. */
function heldBack(mostWaiting: number) {
  const sent: Exported[] = [];
  const exporter: SpanExporter = {
    export: (...exported) => void sent.push(exported),
    shutdown: () => Promise.resolve(),
  };
  const counts = { sent: 0, failed: 0, dropped: 0 };
  const said: string[] = [];
  const logger: Logger = {
    ...silentLogger,
    info: (message) => void said.push(message),
    warn: (message) => void said.push(message),
  };
  const limits = { mostWaiting, everyMs: 60_000, sendingMs: 60_000 };
  const spans = new BoundedSpans(exporter, limits, (end, by) => void (counts[end] += by), logger);
  const provider = new BasicTracerProvider({ spanProcessors: [spans] });
  const tracer = provider.getTracer('test');
  return {
    counts,
    said,
    spans: (many: number) => {
      for (let nth = 0; nth < many; nth += 1) tracer.startSpan(`span ${nth}`).end();
    },
    /** Sends what waits, and answers. */
    send: async (answer: 'taken' | 'refused') => {
      const flushed = provider.forceFlush().catch(() => undefined);
      while (sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
      const [, done] = sent.shift() ?? [];
      done?.({ code: answer === 'taken' ? ExportResultCode.SUCCESS : ExportResultCode.FAILED });
      await flushed;
    },
  };
}

describe('spans that wait to be sent', () => {
  it('are dropped beyond the limit, and counted, and there is room again once they are sent', async () => {
    const { counts, spans, send } = heldBack(3);
    spans(5);
    expect(counts).toEqual({ sent: 0, failed: 0, dropped: 2 });
    await send('taken');
    spans(3);
    expect(counts).toEqual({ sent: 3, failed: 0, dropped: 2 });
  });

  it('are lost where they cannot be sent; an outage is said twice, when it begins and when it ends', async () => {
    const { counts, said, spans, send } = heldBack(10);
    for (const answer of ['refused', 'refused', 'refused', 'taken', 'taken'] as const) {
      spans(2);
      await send(answer);
    }
    expect(counts).toEqual({ sent: 4, failed: 6, dropped: 0 });
    expect(said).toEqual([
      'spans cannot be sent, and are lost until they can; nothing else is',
      'spans are sent again',
    ]);
  });
});
