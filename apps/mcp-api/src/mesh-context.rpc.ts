import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import { GraphForm, type ApplyAuthorizationPolicyResponse } from '@mcp/contracts';
import { streamed, type ServerCall, type StreamCall } from '@mcp/grpc';
import { ApplyAuthorizationPolicy } from './apply/apply-authorization-policy.js';
import { DryRunAuthorizationPolicy } from './apply/dry-run-authorization-policy.js';
import { requestedSpec } from './apply/requested-spec.js';
import { CallGate } from './call-gate.js';
import { traceparentOf, type CallHeaders } from './call-headers.js';
import { AsksForRights, callerOf } from './caller.guard.js';
import { GetMeshGraph } from './graph/get-mesh-graph.js';
import { namespaceFilter } from './graph/namespace-filter.js';
import { WatchMeshGraph } from './graph/watch-mesh-graph.js';
import { ApplyRequest } from './requests/apply.request.js';
import { GraphRequest, WatchGraphRequest } from './requests/graph.requests.js';
import { acceptedToProto, dryRunToProto } from './to-proto/apply-answer.to-proto.js';

@Controller()
export class MeshContextRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly meshGraph: GetMeshGraph,
    private readonly graphWatch: WatchMeshGraph,
    private readonly policies: ApplyAuthorizationPolicy,
    private readonly dryRuns: DryRunAuthorizationPolicy,
  ) {}

  @GrpcMethod('MeshContext', 'GetMeshGraph')
  getMeshGraph(request: GraphRequest, _headers: CallHeaders, call: ServerCall): Promise<Uint8Array> {
    const signal = this.gate.enter(call);
    const { namespaces, at, form, ...paging } = request;
    const question = { filter: namespaceFilter(namespaces), at };
    return form === GraphForm.GRAPH_FORM_TYPED
      ? this.meshGraph.page({ ...question, ...paging }, signal)
      : this.meshGraph.json(question, signal);
  }

  @GrpcMethod('MeshContext', 'WatchMeshGraph')
  watchMeshGraph(
    { namespaces, ...wanted }: WatchGraphRequest,
    _headers: CallHeaders,
    call: StreamCall,
  ): Observable<never> {
    const signal = this.gate.enterStream(call);
    const question = { filter: namespaceFilter(namespaces), ...wanted };
    return streamed(call, this.graphWatch.watch(question, signal), signal);
  }

  @AsksForRights(true)
  @GrpcMethod('MeshContext', 'ApplyAuthorizationPolicy')
  async applyAuthorizationPolicy(
    request: ApplyRequest,
    headers: CallHeaders,
    call: ServerCall,
  ): Promise<ApplyAuthorizationPolicyResponse> {
    const signal = this.gate.enter(call);
    const { namespace, name, expectedRevision, idempotencyKey, reason, dryRun } = request;
    const wish = {
      key: { kind: 'AuthorizationPolicy', namespace, name },
      spec: requestedSpec(request),
      expectedRevision,
      idempotencyKey,
      reason,
      traceparent: traceparentOf(headers),
    } as const;
    if (!dryRun) return acceptedToProto(await this.policies.apply(wish, callerOf(call), signal));
    await this.policies.decide(wish, callerOf(call), signal);
    return dryRunToProto(await this.dryRuns.ask(wish));
  }
}
