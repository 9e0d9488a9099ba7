import type { Server, ServerCredentials, ServiceDefinition } from '@grpc/grpc-js';
import { Transport, type GrpcOptions } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';
import { CallRefused } from './call-refused.js';
import { packageDefinition } from './package-definition.js';
import { addReflection } from './reflection.js';
import { OpenStreams, type StreamLimits } from './stream-limits.js';

export interface GrpcServerConfig {
  /** `host:port`. */
  readonly address: string;
  readonly streams: StreamLimits;
  /** How long open calls may take to end once the server drains. */
  readonly drainTimeoutMs: number;
  /** Connections are closed at this age, so that clients behind a plain load balancer spread again. Absent: never. */
  readonly maxConnectionAgeMs?: number;
  /** Absent: plain text. */
  readonly credentials?: ServerCredentials;
}

export const grpcServerDefaults = {
  streams: { perConnection: 100, total: 2_000 },
  drainTimeoutMs: 10_000,
} as const satisfies Partial<GrpcServerConfig>;

/** What a client may send, and what one accepts by default. */
export const messageLimitBytes = 4 * 1024 * 1024;

/** Half-open connections are noticed after at most 30 s + 10 s. */
const keepaliveTimeMs = 30_000;
const keepaliveTimeoutMs = 10_000;
const connectionAgeGraceMs = 30_000;

/**
 * One gRPC server of a Nest application: the options that Nest builds it from, with health and reflection, and the way to end
 * it. Health says NOT_SERVING until `serving(true)`.
 */
export class GrpcServer {
  readonly options: GrpcOptions;
  readonly streams: OpenStreams;
  readonly #health: HealthImplementation;
  readonly #drain = new AbortController();
  #server: Server | undefined;

  constructor(
    private readonly config: GrpcServerConfig,
    private readonly services: readonly ServiceDefinition[],
  ) {
    this.streams = new OpenStreams(config.streams);
    this.#health = new HealthImplementation();
    this.serving(false);
    const definition = packageDefinition(services);
    this.options = {
      transport: Transport.GRPC,
      options: {
        url: config.address,
        package: [...new Set(Object.keys(definition).map(packageOf))],
        packageDefinition: definition,
        gracefulShutdown: false,
        maxReceiveMessageLength: messageLimitBytes,
        keepalive: {
          keepaliveTimeMs,
          keepaliveTimeoutMs,
          keepalivePermitWithoutCalls: 1,
        },
        ...(config.maxConnectionAgeMs === undefined
          ? {}
          : {
              channelOptions: {
                'grpc.max_connection_age_ms': config.maxConnectionAgeMs,
                'grpc.max_connection_age_grace_ms': connectionAgeGraceMs,
              },
            }),
        ...(config.credentials === undefined ? {} : { credentials: config.credentials }),
        onLoadPackageDefinition: (_definition: unknown, server: Server) => {
          this.#server = server;
          this.#health.addToServer(server);
          addReflection(server);
        },
      },
    };
  }

  /** Aborts when the server drains, with the error that open streams end with. */
  get draining(): AbortSignal {
    return this.#drain.signal;
  }

  /** What health says, of the server and of each service. */
  serving(serving: boolean): void {
    const paths = this.services.flatMap((service) => Object.values(service).map(({ path }) => path));
    for (const service of new Set(['', ...paths.map((path) => path.split('/')[1] ?? '')])) {
      this.#health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
    }
  }

  /**
   * Ends the server: health says NOT_SERVING, no new calls, open streams end with UNAVAILABLE and may be resumed
   * elsewhere, other calls run to their end. What is still open after the drain timeout is cut.
   */
  async drain(): Promise<void> {
    this.serving(false);
    this.#drain.abort(
      new CallRefused('SERVER_DRAINING', 'the server goes away; resume at the last position you were given'),
    );
    const server = this.#server;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      const cut = setTimeout(() => {
        server.forceShutdown();
        resolve();
      }, this.config.drainTimeoutMs);
      server.tryShutdown(() => {
        clearTimeout(cut);
        resolve();
      });
    });
  }
}

/** `mcp.v1` of `mcp.v1.MeshContext`. */
function packageOf(service: string): string {
  return service.slice(0, service.lastIndexOf('.'));
}
