import { freePort } from '@mcp/testing';
import { ApiCaller } from './api-caller.js';
import { AppProcess } from './app-process.js';

export const appNames = ['collector', 'mcp-api', 'reconciler'] as const;
export type AppName = (typeof appNames)[number];

export type Environment = Readonly<Record<string, string>>;

/** What the apps are told: all of them alike, and some of them besides. */
export interface AppSettings {
  readonly all: Environment;
  readonly collector?: Environment | undefined;
  /** With `MCP_AUTH`. */
  readonly api: Environment;
}

/** Processes that are yet to be started, and where the API will answer. */
export interface PreparedApps {
  readonly apps: Readonly<Record<AppName, AppProcess>>;
  readonly address: string;
  /** One more process of an app, with ports of its own, that is yet to be started. */
  readonly replicaOf: (name: AppName) => Promise<AppProcess>;
}

export async function prepareApps({ all, collector, api }: AppSettings): Promise<PreparedApps> {
  const own = { collector, 'mcp-api': api, reconciler: undefined };
  const replicaOf = async (name: AppName): Promise<AppProcess> => {
    const ports: Environment = {
      MCP_HTTP_PORT: String(await freePort()),
      ...(name === 'mcp-api' && { MCP_GRPC_PORT: String(await freePort()) }),
    };
    return new AppProcess(name, { ...all, ...ports, ...own[name] });
  };
  const apps = {
    collector: await replicaOf('collector'),
    'mcp-api': await replicaOf('mcp-api'),
    reconciler: await replicaOf('reconciler'),
  };
  return { apps, address: apps['mcp-api'].address, replicaOf };
}

/** The three apps as processes, and a caller of their API. What they run on is the subclass's. */
export abstract class ThreeApps extends ApiCaller {
  readonly apps: Readonly<Record<AppName, AppProcess>>;
  readonly #replicaOf: PreparedApps['replicaOf'];
  readonly #replicas: AppProcess[] = [];
  readonly #callers: ApiCaller[] = [this];

  protected constructor({ apps, address, replicaOf }: PreparedApps) {
    super(address);
    this.apps = apps;
    this.#replicaOf = replicaOf;
  }

  async startApps(): Promise<void> {
    await Promise.all(Object.values(this.apps).map((app) => app.start()));
  }

  /** One more process of an app, that is yet to be started and ends with the rest. */
  async replicaOf(name: AppName): Promise<AppProcess> {
    const replica = await this.#replicaOf(name);
    this.#replicas.push(replica);
    return replica;
  }

  /** The same caller, of another replica of the API; or another one. */
  callerAt(address: string, as = this.caller): ApiCaller {
    const caller = new ApiCaller(address, as);
    this.#callers.push(caller);
    return caller;
  }

  protected async closeApps(): Promise<void> {
    for (const caller of this.#callers) caller.hangUp();
    await Promise.all([...Object.values(this.apps), ...this.#replicas].map((app) => app.crash()));
  }
}
