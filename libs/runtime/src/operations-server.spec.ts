import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Health } from './health.js';
import { listening } from './listening.js';
import { Metrics } from './metrics.js';
import { OperationsServer } from './operations-server.js';

describe('the operations server', () => {
  const health = new Health();
  let server: OperationsServer;
  let ready = false;

  beforeEach(async () => {
    const metrics = new Metrics({ ofProcess: false });
    const count = metrics.counter('mcp_test_outcomes_total', 'Outcomes.', 'outcome', ['done', 'retry']);
    count('done', 2);
    health.started();
    health.register('log', () => ({ ready, reason: ready ? 'caught up' : 'replaying' }));
    server = await OperationsServer.start({ host: '127.0.0.1', port: 0, health, metrics });
  });
  afterEach(() => server.close());

  const get = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`, { method });
    return { status: response.status, body: await response.text() };
  };

  it('says that the process runs', async () => {
    expect(await get('/healthz')).toEqual({ status: 200, body: 'ok\n' });
  });

  it('says which part is not ready, and why', async () => {
    ready = false;
    const { status, body } = await get('/readyz');
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({ ready: false, parts: { log: { ready: false, reason: 'replaying' } } });
  });

  it('is ready when every part is', async () => {
    ready = true;
    expect((await get('/readyz')).status).toBe(200);
  });

  it('shows counters from the start, at zero where nothing happened', async () => {
    const { body } = await get('/metrics');
    expect(body).toContain('mcp_test_outcomes_total{outcome="done"} 2');
    expect(body).toContain('mcp_test_outcomes_total{outcome="retry"} 0');
  });

  it('names the variable to change when its port is taken', async () => {
    const start = () =>
      OperationsServer.start({
        host: '127.0.0.1',
        port: server.port,
        health,
        metrics: new Metrics({ ofProcess: false }),
      });
    await expect(listening({ MCP_HTTP_PORT: server.port }, start)).rejects.toThrow(
      `MCP_HTTP_PORT=${server.port}: `,
    );
  });

  it('refuses other paths and methods', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await get('/healthz', 'POST')).status).toBe(405);
  });
});
