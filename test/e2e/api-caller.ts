import { type ClientOptions, credentials, Metadata } from '@grpc/grpc-js';
import {
  ApplyAuthorizationPolicyRequest,
  type ApplyAuthorizationPolicyResponse,
  ApplyObjectRequest,
  type ApplyObjectResponse,
  type Change,
  ChangesClient,
  DesiredObjectsClient,
  GetChangeRequest,
  type GetChangeResponse,
  ImpactCode,
  MeshContextClient,
  type Phase,
  PlansClient,
  PolicyAnswersClient,
  TrafficClient,
} from '@mcp/contracts';
import { answerOf } from './answer-of.js';
import { eventually } from './eventually.js';

/** For a change of a mesh that nobody has looked at for a day. */
export const unknownImpact = [ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT];

/** For tests of what becomes of a change, whatever it does. */
const anyImpact = [
  ...unknownImpact,
  ImpactCode.IMPACT_CODE_CUTS_LIVE_CALLERS,
  ImpactCode.IMPACT_CODE_OPENS_TO_EVERYONE,
];

/** Clients of one process of the API, and the calls that most tests make, for one caller. */
export class ApiCaller {
  readonly graphs: MeshContextClient;
  readonly changes: ChangesClient;
  readonly plans: PlansClient;
  readonly desired: DesiredObjectsClient;
  readonly policies: PolicyAnswersClient;
  readonly traffic: TrafficClient;

  constructor(
    readonly address: string,
    readonly caller = new Metadata(),
  ) {
    // a crash of the server must not make a client wait longer than the test does
    const options: ClientOptions = {
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 500,
    };
    this.graphs = new MeshContextClient(address, credentials.createInsecure(), options);
    this.changes = new ChangesClient(address, credentials.createInsecure(), options);
    this.plans = new PlansClient(address, credentials.createInsecure(), options);
    this.desired = new DesiredObjectsClient(address, credentials.createInsecure(), options);
    this.policies = new PolicyAnswersClient(address, credentials.createInsecure(), options);
    this.traffic = new TrafficClient(address, credentials.createInsecure(), options);
  }

  hangUp(): void {
    const { graphs, changes, plans, desired, policies, traffic } = this;
    for (const client of [graphs, changes, plans, desired, policies, traffic]) client.close();
  }

  /** The deadline of a call that is made now. */
  soon(): { deadline: number } {
    return { deadline: Date.now() + 10_000 };
  }

  apply(asked: Partial<ApplyAuthorizationPolicyRequest>): Promise<ApplyAuthorizationPolicyResponse> {
    const request = ApplyAuthorizationPolicyRequest.fromPartial({
      ...{ namespace: 'shop', reason: 'the end-to-end test' },
      acceptImpact: anyImpact,
      ...asked,
    });
    return answerOf((done) => this.graphs.applyAuthorizationPolicy(request, this.caller, this.soon(), done));
  }

  applyObject(yaml: string): Promise<ApplyObjectResponse> {
    const request = ApplyObjectRequest.fromPartial({ yaml, acceptImpact: anyImpact });
    return answerOf((done) => this.graphs.applyObject(request, this.caller, this.soon(), done));
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
