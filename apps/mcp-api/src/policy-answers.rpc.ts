import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import {
  ExplainAccessResponse,
  GetReachabilityResponse,
  LintPoliciesResponse,
  SimulateChangeResponse,
  WhatCanReachResponse,
  WhoCanReachResponse,
} from '@mcp/contracts';
import type { ServerCall } from '@mcp/grpc';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { LeavesOutHidden, seenBy } from './caller.guard.js';
import { ExplainAccess } from './policy-answers/explain-access.js';
import { LintPolicies } from './policy-answers/lint-policies.js';
import { ReachAnswers } from './policy-answers/reach-answers.js';
import {
  seenAnswer,
  seenClients,
  seenExplanation,
  seenLint,
  seenMatrix,
  seenTargets,
} from './policy-answers/seen-answers.js';
import { seenSimulation } from './policy-answers/seen-simulation.js';
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

  @LeavesOutHidden(true)
  @GrpcMethod('PolicyAnswers', 'ExplainAccess')
  explainAccess(
    { client, target, request, ...paging }: ExplainAccessRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    const question = { client, target, request: accessRequestOf(request) };
    const visible = seenBy(call);
    const answer = this.explanations.explain(question, { ...paging, visible }, this.gate.enter(call));
    return seenAnswer(ExplainAccessResponse, answer, seenExplanation, visible);
  }

  @LeavesOutHidden(true)
  @GrpcMethod('PolicyAnswers', 'WhoCanReach')
  whoCanReach(
    { target, request, ...paging }: WhoCanReachRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    const visible = seenBy(call);
    const answer = this.reach.who(
      target,
      accessRequestOf(request),
      { ...paging, visible },
      this.gate.enter(call),
    );
    return seenAnswer(WhoCanReachResponse, answer, seenClients, visible);
  }

  @LeavesOutHidden(true)
  @GrpcMethod('PolicyAnswers', 'WhatCanReach')
  whatCanReach(
    { client, request, ...paging }: WhatCanReachRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    const visible = seenBy(call);
    const answer = this.reach.what(
      client,
      accessRequestOf(request),
      { ...paging, visible },
      this.gate.enter(call),
    );
    return seenAnswer(WhatCanReachResponse, answer, seenTargets, visible);
  }

  @LeavesOutHidden(true)
  @GrpcMethod('PolicyAnswers', 'GetReachability')
  getReachability(
    { namespaces, request, ...paging }: ReachabilityRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    const visible = seenBy(call);
    const asked = accessRequestOf(request);
    const answer = this.reach.matrix(namespaces, asked, { ...paging, visible }, this.gate.enter(call));
    return seenAnswer(GetReachabilityResponse, answer, seenMatrix, visible);
  }

  @LeavesOutHidden(true)
  @GrpcMethod('PolicyAnswers', 'LintPolicies')
  lintPolicies(
    { namespace, ...paging }: LintRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    const visible = seenBy(call);
    const answer = this.lints.lint(namespace, { ...paging, visible }, this.gate.enter(call));
    return seenAnswer(LintPoliciesResponse, answer, seenLint, visible);
  }

  @LeavesOutHidden(true)
  @GrpcMethod('PolicyAnswers', 'ValidateManifests')
  validateManifests({ yaml }: ValidateRequest, _headers: CallHeaders, call: ServerCall): Promise<Uint8Array> {
    return this.engine.validate(yaml, this.gate.enter(call));
  }

  @LeavesOutHidden(true)
  @GrpcMethod('PolicyAnswers', 'SimulateChange')
  simulateChange(
    { at, pageBytes, pageToken, ...asked }: SimulateRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    const visible = seenBy(call);
    const paging = { at, pageBytes, pageToken, visible };
    const answer = this.simulations.simulate(asked, paging, this.gate.enter(call));
    return seenAnswer(SimulateChangeResponse, answer, seenSimulation, visible);
  }
}
