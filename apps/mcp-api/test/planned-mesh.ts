import {
  ApplyPlanRequest,
  PlanChangeRequest,
  PlanUndoRequest,
  WithdrawChangeRequest,
  type ApplyPlanResponse,
  type ImpactCode,
  Plan,
  type WithdrawChangeResponse,
} from '@mcp/contracts';
import type { DryRunAnswer, DryRunQuestion, DryRunReply, FieldConflict, LiveState } from '@mcp/desired-state';
import { dryRunTopic } from '@mcp/event-log';
import { formatResourceKey } from '@mcp/mesh';
import { containerPort, RecordedMesh } from './recorded-mesh.js';
import { ServedApi } from './served-api.js';

const dayMs = 24 * 3_600_000;
export const workload = 'shop/Deployment/api';

export function as(account: string) {
  return {
    kind: 'identity',
    identity: `${account}.shop.serviceaccount.identity.linkerd.cluster.local`,
  } as const;
}

/** An API with a mesh, for specifications of plans: all who call are known of the last two days, web and report. */
export class PlannedMesh {
  /** What the cluster has, by `formatResourceKey`. */
  readonly live = new Map<string, LiveState>();
  readonly serving = new AbortController();
  /** Fields of others that an apply would change. */
  conflictsOf: (question: DryRunQuestion) => readonly FieldConflict[] = () => [];

  private constructor(
    readonly served: ServedApi,
    readonly mesh: RecordedMesh,
  ) {}

  static async start(options: Parameters<typeof ServedApi.start>[0] = {}): Promise<PlannedMesh> {
    const now = Date.now();
    const served = await (await ServedApi.start(options)).ready();
    const mesh = await RecordedMesh.of(served);
    await mesh.namespace('shop');
    for (const [name, ip] of [
      ['web', '10.0.0.7'],
      ['report', '10.0.0.8'],
    ] as const)
      await mesh.workload('shop', name, { [`${name}-1`]: ip }, { serviceAccount: name });
    await mesh.workload(
      'shop',
      'api',
      { 'api-1': '10.0.0.9' },
      { serviceAccount: 'api', ports: [containerPort('http', 8080)] },
    );
    await mesh.usage(workload, now - dayMs, [{ client: as('web'), allowed: 40 }], { observedMs: dayMs });
    await mesh.usage(workload, now, [
      { client: as('web'), allowed: 60 },
      { client: as('report'), allowed: 2 },
    ]);
    const planned = new PlannedMesh(served, mesh);
    void served.board.serve(dryRunTopic, (question) => planned.#answer(question), planned.serving.signal);
    return planned;
  }

  planned(request: Partial<PlanChangeRequest>): Promise<Plan> {
    return new Promise((resolve, reject) => {
      this.served.plans.planChange(PlanChangeRequest.fromPartial(request), (error, made) =>
        error ? reject(error) : resolve(made.plan ?? Plan.fromPartial({})),
      );
    });
  }

  undoOf(changeId: string): Promise<Plan> {
    return new Promise((resolve, reject) => {
      const request = PlanUndoRequest.fromPartial({ changeId, reason: 'too strict' });
      this.served.plans.planUndo(request, (error, made) =>
        error ? reject(error) : resolve(made.plan ?? Plan.fromPartial({})),
      );
    });
  }

  apply(planId: string, ...acceptImpact: readonly ImpactCode[]): Promise<ApplyPlanResponse> {
    return new Promise((resolve, reject) => {
      const request = ApplyPlanRequest.fromPartial({ planId, acceptImpact: [...acceptImpact] });
      this.served.plans.applyPlan(request, (error, accepted) => (error ? reject(error) : resolve(accepted)));
    });
  }

  withdraw(changeId: string): Promise<WithdrawChangeResponse> {
    return new Promise((resolve, reject) => {
      const request = WithdrawChangeRequest.fromPartial({ changeId });
      this.served.changes.withdrawChange(request, (error, withdrawn) =>
        error ? reject(error) : resolve(withdrawn),
      );
    });
  }

  async close(): Promise<void> {
    this.serving.abort();
    await this.served.close();
  }

  /** As a reconciler of a cluster that would take everything. */
  async #answer(question: unknown): Promise<DryRunReply> {
    const { key, spec } = question as DryRunQuestion;
    const there = this.live.get(formatResourceKey(key));
    const conflicts = this.conflictsOf({ key, ...(spec && { spec }) });
    const answer = conflicts.length > 0 ? ({ answer: 'conflict', conflicts } as const) : accepted;
    if (there === undefined) return spec === undefined ? { plan: 'nothing' } : { plan: 'create', answer };
    return { plan: spec === undefined ? 'delete' : 'update', live: there, answer };
  }
}

const accepted: DryRunAnswer = { answer: 'accepted' };

export const manifest = (kind: string, name: string, spec: string, version = 'v1alpha1') =>
  `{apiVersion: policy.linkerd.io/${version}, kind: ${kind}, metadata: {name: ${name}, namespace: shop}, spec: ${spec}}`;
export const server = (accessPolicy: string) =>
  manifest(
    'Server',
    'api',
    `{podSelector: {matchLabels: {app: api}}, port: 8080, proxyProtocol: HTTP/1, accessPolicy: ${accessPolicy}}`,
    'v1beta3',
  );
export const clients = (...accounts: readonly string[]) =>
  manifest(
    'MeshTLSAuthentication',
    'clients',
    `{identities: [${accounts.map((account) => as(account).identity).join(', ')}]}`,
  );
export const policy = manifest(
  'AuthorizationPolicy',
  'clients',
  '{targetRef: {group: policy.linkerd.io, kind: Server, name: api}, requiredAuthenticationRefs: [{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: clients}]}',
);
/** In the order that would cut everybody off for a while. */
export const only = (...accounts: readonly string[]) =>
  [server('deny'), policy, clients(...accounts)].join('\n---\n');
