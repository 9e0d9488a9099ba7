import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { ServerCall } from '@mcp/grpc';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { ExplainAccess } from './policy-answers/explain-access.js';
import { ReachAnswers } from './policy-answers/reach-answers.js';
import { accessRequestOf, ExplainAccessRequest } from './requests/access.requests.js';
import { ReachabilityRequest, WhatCanReachRequest, WhoCanReachRequest } from './requests/reach.requests.js';

@Controller()
export class PolicyAnswersRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly explanations: ExplainAccess,
    private readonly reach: ReachAnswers,
  ) {}

  @GrpcMethod('PolicyAnswers', 'ExplainAccess')
  explainAccess(
    { client, target, request, at }: ExplainAccessRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    const signal = this.gate.enter(call);
    return this.explanations.explain({ client, target, request: accessRequestOf(request), at }, signal);
  }

  @GrpcMethod('PolicyAnswers', 'WhoCanReach')
  whoCanReach(
    { target, request, ...paging }: WhoCanReachRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    return this.reach.who(target, accessRequestOf(request), paging, this.gate.enter(call));
  }

  @GrpcMethod('PolicyAnswers', 'WhatCanReach')
  whatCanReach(
    { client, request, ...paging }: WhatCanReachRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    return this.reach.what(client, accessRequestOf(request), paging, this.gate.enter(call));
  }

  @GrpcMethod('PolicyAnswers', 'GetReachability')
  getReachability(
    { namespaces, request, ...paging }: ReachabilityRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    return this.reach.matrix(namespaces, accessRequestOf(request), paging, this.gate.enter(call));
  }
}
