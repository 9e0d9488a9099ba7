import { GetMeshGraphRequest, type GetMeshGraphResponse, GraphForm, SourcePhase } from '@mcp/contracts';
import { type SimulatedMesh, type SimulatedMeshOptions, startSimulatedMesh } from '@mcp/simulated-mesh';
import { RedisServer, type SentinelTrio } from '@mcp/testing';
import { answerOf } from './answer-of.js';
import { eventually } from './eventually.js';
import {
  type AppSettings,
  type Environment,
  prepareApps,
  type PreparedApps,
  ThreeApps,
} from './three-apps.js';

export interface Simulation {
  /** Closed with the rest; one server that syncs each write, if nothing is said. */
  readonly redis?: RedisServer | SentinelTrio;
  readonly mesh?: Partial<SimulatedMeshOptions>;
  /** What all apps are told besides. */
  readonly all?: Environment;
  readonly collector?: AppSettings['collector'];
}

/** The three apps on a simulated mesh, which moves by `mesh.step()` alone, and on a real Redis. Anybody may call the API. */
export class AppsOnSimulation extends ThreeApps {
  private constructor(
    prepared: PreparedApps,
    readonly mesh: SimulatedMesh,
    private readonly redis: RedisServer | SentinelTrio,
  ) {
    super(prepared);
  }

  /** The mesh and Redis run, the apps are ready, and every kind is followed: before, changes are refused. */
  static async open(simulation: Simulation = {}): Promise<AppsOnSimulation> {
    const mesh = await startSimulatedMesh({
      ...{ host: '127.0.0.1', port: 0, seed: '1', paceMs: 0 },
      ...simulation.mesh,
    });
    const redis = simulation.redis ?? (await RedisServer.start({ settings: { appendfsync: 'always' } }));
    const prepared = await prepareApps({
      all: {
        ...whereIs(redis),
        MCP_CLUSTER_SOURCE: 'simulated',
        MCP_SIMULATION_URL: mesh.url,
        ...simulation.all,
      },
      collector: simulation.collector,
      api: { MCP_AUTH: 'none' },
    });
    const opened = new AppsOnSimulation(prepared, mesh, redis);
    try {
      await opened.startApps();
      await opened.#followsAll();
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  }

  #followsAll(): Promise<unknown> {
    const request = GetMeshGraphRequest.fromPartial({
      form: GraphForm.GRAPH_FORM_TYPED,
      namespaces: ['none'],
    });
    return eventually(
      () =>
        answerOf<GetMeshGraphResponse>((done) =>
          this.graphs.getMeshGraph(request, this.caller, this.soon(), done),
        ),
      ({ sources }) =>
        sources.length > 0 && sources.every(({ phase }) => phase === SourcePhase.SOURCE_PHASE_LIVE),
    );
  }

  async close(): Promise<void> {
    await this.closeApps();
    await this.redis.stop();
    await this.mesh.close();
  }
}

function whereIs(redis: RedisServer | SentinelTrio): Environment {
  if (redis instanceof RedisServer) return { MCP_REDIS_URL: redis.url };
  return {
    MCP_REDIS_SENTINELS: redis.addresses.map(({ host, port }) => `${host}:${port}`).join(),
    MCP_REDIS_SENTINEL_MASTER: redis.master,
  };
}
