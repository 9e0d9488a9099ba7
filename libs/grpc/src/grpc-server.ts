import { setMaxListeners } from 'node:events';
import { Server, ServerCredentials, type ChannelOptions, type ServiceDefinition } from '@grpc/grpc-js';
import { ServerGrpc } from '@nestjs/microservices';
import { HealthImplementation } from 'grpc-health-check';
import { CallRefused } from './call-refused.js';
import { keepingProvenIdentities } from './mesh-identity-header.js';
import { type OverCall, tellingOfOverCalls } from './over-calls.js';
import { packageDefinition } from './package-definition.js';
import { addReflection } from './reflection.js';
import { OpenStreams, type StreamLimits } from './stream-limits.js';

export interface GrpcServerConfig {
  /** `host:port`; port 0 takes a free one. */
  readonly address: string;
  /** The same, for callers that the mesh proves: only here `l5d-client-id` is left on calls. Absent: nowhere. */
  readonly meshAddress?: string;
  readonly streams: StreamLimits;
  /** How long open calls may take to end once the server drains. */
  readonly drainTimeoutMs: number;
  /** Connections are closed at this age, so that clients behind a plain load balancer spread again. Absent: never. */
  readonly maxConnectionAgeMs?: number;
  /** Absent: plain text. */
  readonly credentials?: ServerCredentials;
  /** Told of each call when it is over. */
  readonly over?: (call: OverCall) => void;
  /** Told of each call with an identity of the mesh that does not come from the own proxy. */
  readonly forgedIdentity?: () => void;
}

export const grpcServerDefaults = {
  streams: { perConnection: 100, total: 2_000 },
  drainTimeoutMs: 10_000,
} as const satisfies Partial<GrpcServerConfig>;

/** What a client may send, and what one accepts by default. */
export const messageLimitBytes = 4 * 1024 * 1024;

/** Half-open connections are noticed after 40 s at most. */
const keepaliveTimeMs = 30_000;
const keepaliveTimeoutMs = 10_000;
const connectionAgeGraceMs = 30_000;

/**
 * The gRPC server of a Nest application, given to Nest as its transport `strategy`: Nest's own, with health, reflection,
 * limits, and an end that streams cannot hold up. Health says NOT_SERVING until `serving(true)`.
 */
export class GrpcServer extends ServerGrpc {
  /** The streams that are open now. */
  readonly streams: OpenStreams;
  readonly #health = new HealthImplementation();
  readonly #drain = new AbortController();
  #bound: { readonly server: Server; readonly port: number } | undefined;
  #meshPort: number | undefined;
  #closed: Promise<void> | undefined;

  constructor(
    private readonly config: GrpcServerConfig,
    private readonly services: readonly ServiceDefinition[],
  ) {
    const definition = packageDefinition(services);
    super({
      url: config.address,
      package: [...new Set(Object.keys(definition).map(packageOf))],
      packageDefinition: definition,
    });
    this.streams = new OpenStreams(config.streams);
    // every open call listens, which is more than Node takes for a leak
    setMaxListeners(0, this.#drain.signal);
    this.serving(false);
  }

  /** The port it listens on; 0 before it listens. */
  get port(): number {
    return this.#bound?.port ?? 0;
  }

  /** The port for callers that the mesh proves; undefined without one, and before it listens. */
  get meshPort(): number | undefined {
    return this.#meshPort;
  }

  /** Aborts when the server drains, with the error that open streams end with. */
  get draining(): AbortSignal {
    return this.#drain.signal;
  }

  /** What health says, of the server and of each service. */
  serving(serving: boolean): void {
    for (const service of new Set(['', ...rpcsOf(this.services).map((path) => path.split('/')[1] ?? '')])) {
      this.#health.setStatus(service, serving ? 'SERVING' : 'NOT_SERVING');
    }
  }

  /** Called by Nest: the server that it adds the services to. */
  override async createClient(): Promise<Server> {
    const { address, meshAddress, over, forgedIdentity = () => undefined } = this.config;
    const interceptors = [
      keepingProvenIdentities(() => this.#meshPort, forgedIdentity),
      ...(over === undefined ? [] : [tellingOfOverCalls(over)]),
    ];
    const server = new Server({ ...channelOptions(this.config), interceptors });
    this.#health.addToServer(server);
    addReflection(server);
    try {
      const port = await this.#bind(server, address);
      if (meshAddress !== undefined) this.#meshPort = await this.#bind(server, meshAddress);
      this.#bound = { server, port };
      return server;
    } catch (error) {
      server.forceShutdown();
      throw error;
    }
  }

  #bind(server: Server, address: string): Promise<number> {
    const credentials = this.config.credentials ?? ServerCredentials.createInsecure();
    return new Promise((resolve, reject) => {
      server.bindAsync(address, credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  }

  /**
   * Called by Nest, and by whoever wants to drain earlier. Health says NOT_SERVING, no new calls are taken, open streams end
   * with UNAVAILABLE and may be resumed elsewhere, other calls run to their end. What is still open after the drain timeout is cut.
   */
  override close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    this.serving(false);
    this.#drain.abort(
      new CallRefused('SERVER_DRAINING', 'the server goes away; resume at the last position you were given'),
    );
    if (this.#bound === undefined) return;
    const { server } = this.#bound;
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

/** The paths of all rpcs of these services. */
export function rpcsOf(services: readonly ServiceDefinition[]): readonly string[] {
  return services.flatMap((service) => Object.values(service).map(({ path }) => path));
}

function channelOptions({ maxConnectionAgeMs }: GrpcServerConfig): ChannelOptions {
  return {
    'grpc.max_receive_message_length': messageLimitBytes,
    'grpc.keepalive_time_ms': keepaliveTimeMs,
    'grpc.keepalive_timeout_ms': keepaliveTimeoutMs,
    'grpc.keepalive_permit_without_calls': 1,
    ...(maxConnectionAgeMs === undefined
      ? {}
      : {
          'grpc.max_connection_age_ms': maxConnectionAgeMs,
          'grpc.max_connection_age_grace_ms': connectionAgeGraceMs,
        }),
  };
}

/** `mcp.v1` of `mcp.v1.MeshContext`. */
function packageOf(service: string): string {
  return service.slice(0, service.lastIndexOf('.'));
}
