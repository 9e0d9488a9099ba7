import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import {
  GraphForm,
  type ApplyAuthorizationPolicyResponse,
  type ApplyHTTPRouteResponse,
  type ApplyChangeResponse,
  type ApplyObjectResponse,
  type DeleteObjectResponse,
} from '@mcp/contracts';
import { streamed, type ServerCall, type StreamCall } from '@mcp/grpc';
import { ChangeRequests, type ChangeAnswer } from './apply/change-requests.js';
import type { ChangeWish, ObjectWish } from './apply/change-wish.js';
import { ConvergenceSpans } from './apply/convergence-spans.js';
import { DryRunObject } from './apply/dry-run-object.js';
import { requestedManifest } from './apply/requested-manifest.js';
import { requestedRoute } from './apply/requested-route.js';
import { requestedSet } from './apply/requested-set.js';
import { requestedSpec } from './apply/requested-spec.js';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { traceparentOf } from './call-spans.js';
import { callerOf, LeavesOutHidden, seenBy, sightOf, TakesChange } from './caller.guard.js';
import { GetMeshGraph } from './graph/get-mesh-graph.js';
import { namespaceFilter } from './graph/namespace-filter.js';
import { WatchMeshGraph } from './graph/watch-mesh-graph.js';
import {
  ApplyAuthorizationPolicyRequest,
  ApplyChangeRequest,
  ApplyHTTPRouteRequest,
  ApplyObjectRequest,
  DeleteObjectRequest,
  type ChangeTerms,
  type ObjectChangeTerms,
} from './requests/apply.request.js';
import { GraphRequest, WatchGraphRequest } from './requests/graph.requests.js';
import {
  applyAnswerToProto,
  changeAnswerToProto,
  type ApplyAnswer,
} from './to-proto/apply-answer.to-proto.js';
import { acceptedImpact } from './to-proto/change.to-proto.js';

@Controller()
export class MeshContextRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly meshGraph: GetMeshGraph,
    private readonly graphWatch: WatchMeshGraph,
    private readonly requests: ChangeRequests,
    private readonly dryRuns: DryRunObject,
    private readonly convergence: ConvergenceSpans,
  ) {}

  @LeavesOutHidden(true)
  @GrpcMethod('MeshContext', 'GetMeshGraph')
  getMeshGraph(request: GraphRequest, _headers: CallHeaders, call: ServerCall): Promise<Uint8Array> {
    const signal = this.gate.enter(call);
    const { namespaces, at, form, ...paging } = request;
    const question = { filter: namespaceFilter(namespaces), at, visible: seenBy(call) };
    return form === GraphForm.GRAPH_FORM_TYPED
      ? this.meshGraph.page({ ...question, ...paging }, signal)
      : this.meshGraph.json(question, signal);
  }

  @LeavesOutHidden(true)
  @GrpcMethod('MeshContext', 'WatchMeshGraph')
  watchMeshGraph(
    { namespaces, ...wanted }: WatchGraphRequest,
    _headers: CallHeaders,
    call: StreamCall,
  ): Observable<never> {
    const signal = this.gate.enterStream(call);
    const question = { filter: namespaceFilter(namespaces), ...wanted, sight: sightOf(call) };
    return streamed(call, this.graphWatch.watch(question, signal), signal);
  }

  @TakesChange(true)
  @GrpcMethod('MeshContext', 'ApplyAuthorizationPolicy')
  applyAuthorizationPolicy(
    request: ApplyAuthorizationPolicyRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<ApplyAuthorizationPolicyResponse> {
    const { namespace, name } = request;
    const key = { kind: 'AuthorizationPolicy', namespace, name } as const;
    return this.#changeObject(() => ({ key, spec: requestedSpec(request) }), request, call);
  }

  @TakesChange(true)
  @GrpcMethod('MeshContext', 'ApplyHTTPRoute')
  applyHttpRoute(
    request: ApplyHTTPRouteRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<ApplyHTTPRouteResponse> {
    return this.#changeObject(() => requestedRoute(request), request, call);
  }

  @TakesChange(true)
  @GrpcMethod('MeshContext', 'ApplyObject')
  applyObject(
    request: ApplyObjectRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<ApplyObjectResponse> {
    return this.#changeObject(() => requestedManifest(request.yaml), request, call);
  }

  @TakesChange(true)
  @GrpcMethod('MeshContext', 'DeleteObject')
  deleteObject(
    request: DeleteObjectRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<DeleteObjectResponse> {
    const { kind, namespace, name } = request.object;
    return this.#changeObject(() => ({ key: { kind, namespace, name } }), request, call);
  }

  @TakesChange(true)
  @GrpcMethod('MeshContext', 'ApplyChange')
  async applyChange(
    request: ApplyChangeRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<ApplyChangeResponse> {
    const objects = () => requestedSet(request);
    return changeAnswerToProto(await this.#change({ objects, together: true }, request, call));
  }

  async #changeObject(
    read: () => ObjectWish,
    { expectedRevision, ...terms }: ObjectChangeTerms,
    call: ServerCall,
  ): Promise<ApplyAnswer> {
    const objects = (): ChangeWish['objects'] => [{ ...read(), expectedRevision }];
    return applyAnswerToProto(await this.#change({ objects, together: false }, terms, call));
  }

  async #change(
    { objects, together }: { readonly objects: () => ChangeWish['objects']; readonly together: boolean },
    { idempotencyKey, reason, dryRun, acceptImpact }: ChangeTerms,
    call: ServerCall,
  ): Promise<ChangeAnswer> {
    const signal = this.gate.enter(call);
    const wish = {
      ...{ objects: objects(), together, idempotencyKey, reason },
      acceptImpact: acceptedImpact(acceptImpact),
      traceparent: traceparentOf(call),
    };
    const caller = callerOf(call);
    if (dryRun) {
      await this.requests.check(wish, caller, signal);
      return { dryRun: await this.dryRuns.askAll(wish.objects) };
    }
    const accepted = await this.requests.record(wish, caller, signal);
    this.convergence.follow(accepted, wish);
    return accepted;
  }
}
