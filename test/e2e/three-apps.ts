import { type ClientOptions, credentials, Metadata } from '@grpc/grpc-js';
import {
  ApplyAuthorizationPolicyRequest,
  type ApplyAuthorizationPolicyResponse,
  type Change,
  ChangesClient,
  GetChangeRequest,
  type GetChangeResponse,
  MeshContextClient,
  type Phase,
  PolicyAnswersClient,
  TrafficClient,
} from '@mcp/contracts';
import { freePort } from '@mcp/testing';
import { answerOf } from './answer-of.js';
import { AppProcess } from './app-process.js';
import { eventually } from './eventually.js';

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
}

export async function prepareApps({ all, collector, api }: AppSettings): Promise<PreparedApps> {
  const environment = async (own: Environment = {}): Promise<Environment> => ({
    ...all,
    MCP_HTTP_PORT: String(await freePort()),
    ...own,
  });
  const grpcPort = String(await freePort());
  return {
    apps: {
      collector: new AppProcess('collector', await environment(collector)),
      'mcp-api': new AppProcess('mcp-api', await environment({ MCP_GRPC_PORT: grpcPort, ...api })),
      reconciler: new AppProcess('reconciler', await environment()),
    },
    address: `127.0.0.1:${grpcPort}`,
  };
}

/** The three apps as processes, and clients of their API for one caller. What they run on is the subclass's. */
export abstract class ThreeApps {
  readonly apps: Readonly<Record<AppName, AppProcess>>;
  readonly address: string;
  readonly caller = new Metadata();
  readonly graphs: MeshContextClient;
  readonly changes: ChangesClient;
  readonly policies: PolicyAnswersClient;
  readonly traffic: TrafficClient;

  protected constructor({ apps, address }: PreparedApps) {
    this.apps = apps;
    this.address = address;
    // a crash of the server must not make a client wait longer than the test does
    const options: ClientOptions = {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 500,
    };
    this.graphs = new MeshContextClient(address, credentials.createInsecure(), options);
    this.changes = new ChangesClient(address, credentials.createInsecure(), options);
    this.policies = new PolicyAnswersClient(address, credentials.createInsecure(), options);
    this.traffic = new TrafficClient(address, credentials.createInsecure(), options);
  }

  async startApps(): Promise<void> {
    await Promise.all(Object.values(this.apps).map((app) => app.start()));
  }

  protected async closeApps(): Promise<void> {
    for (const client of [this.graphs, this.changes, this.policies, this.traffic]) client.close();
    await Promise.all(Object.values(this.apps).map((app) => app.crash()));
  }

  /** The deadline of a call that is made now. */
  soon(): { deadline: number } {
    return { deadline: Date.now() + 10_000 };
  }

  apply(asked: Partial<ApplyAuthorizationPolicyRequest>): Promise<ApplyAuthorizationPolicyResponse> {
    const request = ApplyAuthorizationPolicyRequest.fromPartial({
      ...{ namespace: 'shop', reason: 'the end-to-end test' },
      ...asked,
    });
    return answerOf((done) => this.graphs.applyAuthorizationPolicy(request, this.caller, this.soon(), done));
  }

  /** @param atLeast a position that the answer must include. */
  async change(changeId: string, atLeast = ''): Promise<Change | undefined> {
    const { change } = await answerOf<GetChangeResponse>((done) =>
      this.changes.getChange(
        GetChangeRequest.fromPartial({ changeId, atLeast }),
        this.caller,
        this.soon(),
        done,
      ),
    );
    return change;
  }

  reaches(changeId: string, phase: Phase): Promise<Change | undefined> {
    return eventually(
      () => this.change(changeId),
      (found) => found?.phase === phase,
    );
  }
}
