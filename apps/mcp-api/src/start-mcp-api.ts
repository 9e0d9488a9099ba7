import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import {
  ChangesService,
  DesiredObjectsService,
  EventsService,
  HistoryService,
  MeshContextService,
  PlansService,
  PolicyAnswersService,
  TrafficService,
} from '@mcp/contracts';
import { GrpcServer, type GrpcServerConfig, grpcServerDefaults, rpcsOf } from '@mcp/grpc';
import type { Metrics } from '@mcp/runtime';
import { McpApi } from './mcp-api.js';
import { McpApiMetrics } from './mcp-api.metrics.js';
import { McpApiModule, type McpApiDependencies } from './mcp-api.module.js';

const services = [
  MeshContextService,
  ChangesService,
  PlansService,
  DesiredObjectsService,
  EventsService,
  HistoryService,
  PolicyAnswersService,
  TrafficService,
];

/**
 * Plain text on this address, with the limits that suit most; port 0 takes a free one. `meshPort`: for callers that the mesh proves;
 * undefined: none.
 */
export function listenOn(host: string, port: number, meshPort?: number): GrpcServerConfig {
  const on = (each: number): string => `${host.includes(':') ? `[${host}]` : host}:${each}`;
  return {
    ...grpcServerDefaults,
    address: on(port),
    ...(meshPort !== undefined && { meshAddress: on(meshPort) }),
  };
}

export interface RunningMcpApi {
  /** The port that gRPC is served on. */
  readonly port: number;
  /** The one for callers that the mesh proves, where there is one. */
  readonly meshPort: number | undefined;
  readonly api: McpApi;
  /** Settles when the API has drained after the signal; rejects when a part of it failed for good. */
  readonly done: Promise<void>;
}

/**
 * Serves the API until the signal aborts. It listens at once and refuses calls with UNAVAILABLE until it has read the log.
 * Fails where the address cannot be listened on.
 */
export async function startMcpApi(
  grpc: GrpcServerConfig,
  dependencies: Omit<McpApiDependencies, 'server' | 'metrics'> & { readonly metrics: Metrics },
  signal: AbortSignal,
): Promise<RunningMcpApi> {
  const metrics = new McpApiMetrics(dependencies.metrics, rpcsOf(services));
  const server = new GrpcServer({ ...grpc, over: metrics.over, forgedIdentity: metrics.forged }, services);
  const app = await NestFactory.createMicroservice(
    McpApiModule.create({ ...dependencies, server, metrics }),
    {
      strategy: server,
      logger: false,
      abortOnError: false,
    },
  );
  await app.listen();
  const api = app.get(McpApi);
  const done = api.run(signal).finally(() => app.close());
  return { port: server.port, meshPort: server.meshPort, api, done };
}
