import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import {
  GraphForm,
  type ApplyAuthorizationPolicyResponse,
  type ApplyHTTPRouteResponse,
  type ApplyObjectResponse,
} from '@mcp/contracts';
import { streamed, type ServerCall, type StreamCall } from '@mcp/grpc';
import { ApplyObject, type ObjectWish } from './apply/apply-object.js';
import { ConvergenceSpans } from './apply/convergence-spans.js';
import { DryRunObject } from './apply/dry-run-object.js';
import { requestedManifest } from './apply/requested-manifest.js';
import { requestedRoute } from './apply/requested-route.js';
import { requestedSpec } from './apply/requested-spec.js';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { traceparentOf } from './call-spans.js';
import { callerOf, TakesChange } from './caller.guard.js';
import { GetMeshGraph } from './graph/get-mesh-graph.js';
import { namespaceFilter } from './graph/namespace-filter.js';
import { WatchMeshGraph } from './graph/watch-mesh-graph.js';
import {
  ApplyAuthorizationPolicyRequest,
  ApplyHTTPRouteRequest,
  ApplyObjectRequest,
  type ChangeTerms,
} from './requests/apply.request.js';
import { GraphRequest, WatchGraphRequest } from './requests/graph.requests.js';
import { acceptedToProto, type ApplyAnswer, dryRunToProto } from './to-proto/apply-answer.to-proto.js';

@Controller()
export class MeshContextRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly meshGraph: GetMeshGraph,
    private readonly graphWatch: WatchMeshGraph,
    private readonly objects: ApplyObject,
    private readonly dryRuns: DryRunObject,
    private readonly convergence: ConvergenceSpans,
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

  @TakesChange(true)
  @GrpcMethod('MeshContext', 'ApplyAuthorizationPolicy')
  async applyAuthorizationPolicy(
    request: ApplyAuthorizationPolicyRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<ApplyAuthorizationPolicyResponse> {
    const { namespace, name } = request;
    const key = { kind: 'AuthorizationPolicy', namespace, name } as const;
    return this.#apply(() => ({ key, spec: requestedSpec(request) }), request, call);
  }

  @TakesChange(true)
  @GrpcMethod('MeshContext', 'ApplyHTTPRoute')
  async applyHttpRoute(
    request: ApplyHTTPRouteRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<ApplyHTTPRouteResponse> {
    return this.#apply(() => requestedRoute(request), request, call);
  }

  @TakesChange(true)
  @GrpcMethod('MeshContext', 'ApplyObject')
  async applyObject(
    request: ApplyObjectRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<ApplyObjectResponse> {
    return this.#apply(() => requestedManifest(request.yaml), request, call);
  }

  async #apply(
    readObject: () => Pick<ObjectWish, 'key' | 'spec'>,
    { expectedRevision, idempotencyKey, reason, dryRun }: ChangeTerms,
    call: ServerCall,
  ): Promise<ApplyAnswer> {
    const signal = this.gate.enter(call);
    const traceparent = traceparentOf(call);
    const wish: ObjectWish = { ...readObject(), expectedRevision, idempotencyKey, reason, traceparent };
    if (!dryRun) {
      const accepted = await this.objects.apply(wish, callerOf(call), signal);
      this.convergence.follow(accepted, wish);
      return acceptedToProto(accepted);
    }
    await this.objects.decide(wish, callerOf(call), signal);
    return dryRunToProto(await this.dryRuns.ask(wish));
  }
}
