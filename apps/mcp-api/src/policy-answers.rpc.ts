import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { ServerCall } from '@mcp/grpc';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { ExplainAccess } from './policy-answers/explain-access.js';
import { LintPolicies } from './policy-answers/lint-policies.js';
import { ReachAnswers } from './policy-answers/reach-answers.js';
import { SimulateChange } from './policy-answers/simulate-change.js';
import { PolicyEngine } from './policy-answers/thread/policy-engine.js';
import { accessRequestOf, ExplainAccessRequest } from './requests/access.requests.js';
import { LintRequest, ValidateRequest } from './requests/lint.requests.js';
import { ReachabilityRequest, WhatCanReachRequest, WhoCanReachRequest } from './requests/reach.requests.js';
import { SimulateRequest } from './requests/simulate.request.js';

@Controller()
export class PolicyAnswersRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly explanations: ExplainAccess,
    private readonly reach: ReachAnswers,
    private readonly lints: LintPolicies,
    private readonly simulations: SimulateChange,
    private readonly engine: PolicyEngine,
  ) {}

  @GrpcMethod('PolicyAnswers', 'ExplainAccess')
  explainAccess(
    { client, target, request, ...paging }: ExplainAccessRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    const question = { client, target, request: accessRequestOf(request) };
    return this.explanations.explain(question, paging, this.gate.enter(call));
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

  @GrpcMethod('PolicyAnswers', 'LintPolicies')
  lintPolicies(
    { namespace, ...paging }: LintRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    return this.lints.lint(namespace, paging, this.gate.enter(call));
  }

  @GrpcMethod('PolicyAnswers', 'ValidateManifests')
  validateManifests({ yaml }: ValidateRequest, _headers: CallHeaders, call: ServerCall): Promise<Uint8Array> {
    return this.engine.validate(yaml, this.gate.enter(call));
  }

  @GrpcMethod('PolicyAnswers', 'SimulateChange')
  simulateChange(
    { at, pageBytes, pageToken, ...asked }: SimulateRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    return this.simulations.simulate(asked, { at, pageBytes, pageToken }, this.gate.enter(call));
  }
}
