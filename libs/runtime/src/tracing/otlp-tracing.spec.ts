import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseTraceparent } from '@mcp/mesh';
import { OtlpReceiver } from '@mcp/testing';
import { silentLogger } from '../logger.js';
import { Metrics } from '../metrics.js';
import { startTracing } from './start-tracing.js';
import { inSpan } from './tracer.js';
import type { Tracing } from './tracing.js';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const callers = `00-${trace}-00f067aa0ba902b7`;

let receiver: OtlpReceiver;
let metrics: Metrics;

beforeEach(async () => {
  receiver = await OtlpReceiver.start();
  metrics = new Metrics({ ofProcess: false });
});
afterEach(() => receiver.close());

const toReceiver = (url = receiver.url): Promise<Tracing> =>
  startTracing('the-app', url, { logger: silentLogger, metrics });

/** Work that fails within work that goes on. */
const nested = async ({ tracer }: Tracing, parent: string | undefined): Promise<string | undefined> => {
  let carried: string | undefined;
  await inSpan(tracer, 'outer', { parent, attributes: { nth: 1 } }, async (outer) => {
    const failing = inSpan(tracer, 'inner', { parent: outer.traceparent }, ({ traceparent }) => {
      carried = traceparent;
      return Promise.reject(new Error('it did not work'));
    });
    await failing.catch(() => undefined);
  });
  return carried;
};

describe('a span', () => {
  it("hangs under the caller's, and is failed where its work is", async () => {
    const tracing = await toReceiver(`${receiver.url}/`);
    const carried = parseTraceparent(await nested(tracing, `${callers}-01`));
    await tracing.close();
    const [inner, outer] = receiver.spans;
    expect(outer).toEqual({
      service: 'the-app',
      name: 'outer',
      traceId: trace,
      spanId: outer?.spanId,
      parent: '00f067aa0ba902b7',
      fault: undefined,
      attributes: { nth: 1 },
    });
    expect(inner).toMatchObject({ traceId: trace, parent: outer?.spanId, fault: 'it did not work' });
    expect(carried).toEqual({ traceId: trace, spanId: inner?.spanId, traceFlags: 1 });
    expect((await metrics.page()).body).toContain('mcp_process_spans_total{end="sent"} 2');
  });

  it.each([undefined, 'no traceparent'])('begins a trace under %s', async (parent) => {
    const tracing = await toReceiver();
    const carried = parseTraceparent(await nested(tracing, parent));
    await tracing.close();
    const [inner, outer] = receiver.spans;
    expect(outer?.parent).toBeUndefined();
    expect([inner?.traceId, carried?.traceId]).toEqual([outer?.traceId, outer?.traceId]);
  });

  it('is not sent where its caller does not sample, and says so to whatever follows', async () => {
    const tracing = await toReceiver();
    const carried = parseTraceparent(await nested(tracing, `${callers}-00`));
    await tracing.close();
    expect(receiver.spans).toEqual([]);
    expect(carried).toMatchObject({ traceId: trace, traceFlags: 0 });
  });
});

it('where nothing is traced, what a caller sent is handed on', async () => {
  const tracing = await startTracing('the-app', undefined, { logger: silentLogger, metrics });
  expect(await nested(tracing, `${callers}-01`)).toBe(`${callers}-01`);
  await tracing.close();
  expect(receiver.spans).toEqual([]);
});
