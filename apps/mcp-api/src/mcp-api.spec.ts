import { describe, expect, it } from '@jest/globals';
import type { MeshGraph } from '@mcp/graph';
import type { GrpcServer } from '@mcp/grpc';
import type { Projection } from '@mcp/projections';
import { McpApi } from './mcp-api.js';
import { Readiness } from './readiness.js';

/** As much of the server as its life needs: what is open now. */
function openServer() {
  const state = { open: true, serving: false };
  const server = {
    serving: (serving: boolean) => void (state.serving = serving),
    close: async () => void (state.open = false),
  };
  return { state, server: server as unknown as GrpcServer };
}

const forever = {
  run: (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
};
const graph = undefined as unknown as Projection<MeshGraph>;

describe('the life of the API', () => {
  it('ends, and says why, when a part fails for good', async () => {
    const { state, server } = openServer();
    const failing = { run: async () => Promise.reject(new Error('the log is corrupt')) };
    const api = new McpApi(server, new Readiness({}), [forever, failing], graph);
    await expect(api.run(new AbortController().signal)).rejects.toThrow('the log is corrupt');
    expect(state.open).toBe(false);
  });

  it('ends without error when it is told to stop', async () => {
    const { state, server } = openServer();
    const stop = new AbortController();
    const running = new McpApi(server, new Readiness({}), [forever], graph).run(stop.signal);
    stop.abort();
    await running;
    expect(state.open).toBe(false);
  });
});
