import { metered, openSharedLog } from '@mcp/adapters';
import {
  ApiSettings,
  EventLogSettings,
  ProcessSettings,
  listening,
  readSettings,
  runApp,
  SourceSettings,
  startProcessParts,
  TrafficSettings,
} from '@mcp/runtime';
import { readSigningKey } from './events/signing-key.js';
import { listenOn, startMcpApi } from './start-mcp-api.js';
import { whoMayCall } from './who-may-call.js';

await runApp({
  name: 'mcp-api',
  summary: 'serves the mesh graph and takes changes, over gRPC',
  settings: [ProcessSettings, EventLogSettings, ApiSettings, SourceSettings, TrafficSettings],
  start: async (environment, signal) => {
    const logSettings = readSettings(EventLogSettings, environment);
    const api = readSettings(ApiSettings, environment);
    const source = readSettings(SourceSettings, environment);
    const { logger, health, metrics, operations, tracing } = await startProcessParts('mcp-api', environment);
    const { host, ...callers } = await whoMayCall(api, source, logger);
    const signingKey = await readSigningKey(api.signingKeyFile);
    const opened = metered(
      await openSharedLog(logSettings, readSettings(TrafficSettings, environment), health, logger),
      metrics,
    );
    const { log, board, series } = opened;
    const given = {
      log,
      board,
      series,
      ...callers,
      changesPerMinute: api.changesPerMinute,
      signingKey,
      logger,
      tracer: tracing.tracer,
      health,
      metrics,
    };
    const { grpcPort, meshPort } = api;
    const served = await listening({ MCP_GRPC_PORT: grpcPort, MCP_MESH_PORT: meshPort }, () =>
      startMcpApi(listenOn(host, grpcPort, meshPort), given, signal),
    );
    health.started();
    logger.info('mcp-api started', { host, port: served.port, meshPort: served.meshPort, log: opened.place });
    return {
      done: served.done.finally(async () => {
        await opened.close();
        await tracing.close();
        await operations.close();
      }),
    };
  },
});
