import { Health } from './health.js';
import { listening } from './listening.js';
import { createLogger, type Logger } from './logger.js';
import { Metrics } from './metrics.js';
import { OperationsServer } from './operations-server.js';
import { type Environment, readSettings } from './setting.js';
import { ProcessSettings } from './settings.js';
import { startTracing } from './tracing/start-tracing.js';
import type { Tracing } from './tracing/tracing.js';

/** What every process has, whatever it does. */
export interface ProcessParts {
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
  /** Answers from the start, so that `/readyz` can say what is still missing. */
  readonly operations: OperationsServer;
  readonly tracing: Tracing;
}

/** Fails with `ConfigurationError`, or where the port is taken. */
export async function startProcessParts(app: string, environment: Environment): Promise<ProcessParts> {
  const { logLevel, httpHost: host, httpPort: port, otlpUrl } = readSettings(ProcessSettings, environment);
  const logger = createLogger(app, logLevel);
  const health = new Health();
  const metrics = new Metrics({ ofProcess: true });
  metrics.gaugeBy('mcp_process_part_ready', '1 while the part of this process is ready.', 'part', () =>
    Object.entries(health.report().parts).map(([part, { ready }]) => [part, Number(ready)] as const),
  );
  const tracing = await startTracing(app, otlpUrl, { logger, metrics });
  const operations = await listening({ MCP_HTTP_PORT: port }, () =>
    OperationsServer.start({ host, port, health, metrics }),
  );
  return { logger, health, metrics, operations, tracing };
}
