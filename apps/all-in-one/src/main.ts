import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { isShared, meshSource, metered, openOwnLog, openSharedLog, openTrafficSource } from '@mcp/adapters';
import {
  allSettings,
  ApiSettings,
  EventLogSettings,
  LeadershipSettings,
  listening,
  readSettings,
  runApp,
  SimulationSettings,
  SourceSettings,
  startProcessParts,
  TrafficSettings,
} from '@mcp/runtime';
import { startSimulatedMesh } from '@mcp/simulated-mesh';
import { Collector, trafficParts } from '../../collector/src/index.js';
import { listenOn, readSigningKey, startMcpApi, whoMayCall } from '../../mcp-api/src/index.js';
import { Reconciler } from '../../reconciler/src/index.js';
import { AllInOneModule } from './all-in-one.module.js';
import { firstLook, welcome } from './welcome.js';

await runApp({
  name: 'all-in-one',
  summary:
    'collector, mcp-api and reconciler in one process, by default on a simulated mesh and an embedded log',
  settings: allSettings,
  start: async (environment, signal) => {
    const logSettings = readSettings(EventLogSettings, environment);
    const source = readSettings(SourceSettings, environment);
    const simulation = readSettings(SimulationSettings, environment);
    const leadership = readSettings(LeadershipSettings, environment);
    const settings = readSettings(TrafficSettings, environment);
    const api = readSettings(ApiSettings, environment);
    const parts = await startProcessParts('all-in-one', { MCP_LOG_LEVEL: 'warn', ...environment });
    const { logger, health, metrics, operations, tracing } = parts;
    const { host, ...callers } = await whoMayCall(api, source, logger);
    const signingKey = await readSigningKey(api.signingKeyFile);

    const hosted =
      source.clusterSource === 'simulated' && simulation.url === undefined
        ? await startSimulatedMesh({
            host: '127.0.0.1',
            port: 0,
            seed: String(simulation.seed),
            paceMs: simulation.stepMs,
          })
        : undefined;
    // a process with a log of its own is alone with it: there is nobody to be elected from
    const alone = !isShared(logSettings) && leadership.leaderElection === undefined;
    const mesh = await meshSource(
      source,
      hosted ?? simulation,
      alone ? Object.assign(leadership, { leaderElection: 'none' }) : leadership,
    );
    const opened = metered(
      isShared(logSettings)
        ? await openSharedLog(logSettings, settings, health, logger)
        : await openOwnLog(logSettings, settings, await mesh.identity()),
      metrics,
    );

    const traffic = openTrafficSource(settings, source, hosted ?? simulation);
    const { log, board, series } = opened;
    // What feeds the log ends only after the API has drained: a change accepted last is still in the log's hands.
    const app = await NestFactory.createApplicationContext(
      AllInOneModule.create(opened, mesh, trafficParts(traffic, opened.series, settings), parts, logSettings),
      { logger: false },
    );
    // ends everything when the process is told to stop, and when one part fails: half of the three would be a wrong answer
    const stop = new AbortController();
    const given = {
      log,
      board,
      series,
      ...callers,
      changesPerMinute: api.changesPerMinute,
      signingKey,
      logger: logger.with({ part: 'mcp-api' }),
      tracer: tracing.tracer,
      health,
      metrics,
    };
    const { grpcPort, meshPort } = api;
    const served = await listening({ MCP_GRPC_PORT: grpcPort, MCP_MESH_PORT: meshPort }, () =>
      startMcpApi(listenOn(host, grpcPort, meshPort), given, AbortSignal.any([signal, stop.signal])),
    );
    const end = (): void => stop.abort();
    const tasks = [
      served.done.finally(end),
      app.get(Collector).run(stop.signal).finally(end),
      app.get(Reconciler).run(stop.signal).finally(end),
    ];
    health.started();
    const seen = await firstLook(() => served.api.overview(), stop.signal);
    if (!stop.signal.aborted) {
      welcome(seen, {
        mesh: mesh.place,
        log: opened.place,
        api: `${host}:${served.port}`,
        operations: operations.port,
        authenticated: api.auth === 'token-file' || api.auth === 'kubernetes',
      });
    }

    const done = Promise.allSettled(tasks).then(async (ends) => {
      await app.close();
      await traffic.close();
      await opened.close();
      await hosted?.close();
      await tracing.close();
      await operations.close();
      const failed = ends.find((ended) => ended.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    });
    return { done };
  },
});
