import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { ApplyPlanResponse, PlanChangeResponse, PlanUndoResponse } from '@mcp/contracts';
import type { ServerCall } from '@mcp/grpc';
import { ConvergenceSpans } from './apply/convergence-spans.js';
import { requestedSet } from './apply/requested-set.js';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { traceparentOf } from './call-spans.js';
import { callerOf, LeavesOutHidden, seenBy, TakesChange } from './caller.guard.js';
import { Plans } from './plans/plans.js';
import { seenPlan } from './plans/seen-plan.js';
import { ApplyPlanRequest, PlanChangeRequest, PlanUndoRequest } from './requests/plan.requests.js';
import type { AskedStaging } from './staged/staged-plan.js';
import { changeAnswerToProto } from './to-proto/apply-answer.to-proto.js';
import { acceptedImpact } from './to-proto/change.to-proto.js';
import { planToProto } from './to-proto/plan.to-proto.js';

@Controller()
export class PlansRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly plans: Plans,
    private readonly convergence: ConvergenceSpans,
  ) {}

  @TakesChange(true)
  @LeavesOutHidden(true)
  @GrpcMethod('Plans', 'PlanChange')
  async planChange(
    request: PlanChangeRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<PlanChangeResponse> {
    const signal = this.gate.enter(call);
    const staging = askedStaging(request);
    const wish = { objects: requestedSet(request), reason: request.reason, ...(staging && { staging }) };
    const visible = seenBy(call);
    const made = await this.plans.plan(wish, callerOf(call), visible, signal);
    return { plan: planToProto(seenPlan(made, visible)) };
  }

  @TakesChange(true)
  @LeavesOutHidden(true)
  @GrpcMethod('Plans', 'PlanUndo')
  async planUndo(
    { changeId, reason }: PlanUndoRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<PlanUndoResponse> {
    const signal = this.gate.enter(call);
    const visible = seenBy(call);
    const made = await this.plans.undo({ changeId, reason }, callerOf(call), visible, signal);
    return { plan: planToProto(seenPlan(made, visible)) };
  }

  @TakesChange(true)
  @GrpcMethod('Plans', 'ApplyPlan')
  async applyPlan(
    { planId, acceptImpact }: ApplyPlanRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<ApplyPlanResponse> {
    const signal = this.gate.enter(call);
    const asking = { acceptImpact: acceptedImpact(acceptImpact), traceparent: traceparentOf(call) };
    const { accepted, wish } = await this.plans.apply(planId, callerOf(call), asking, signal);
    this.convergence.follow(accepted, wish);
    return changeAnswerToProto(accepted);
  }
}

/** Both parts 0 is as none. */
function askedStaging({ staging }: PlanChangeRequest): AskedStaging | undefined {
  if (staging === undefined || staging.auditSeconds + staging.undoOnDenialsSeconds === 0) return undefined;
  return {
    auditForMs: staging.auditSeconds * 1_000,
    undoOnDenialsForMs: staging.undoOnDenialsSeconds * 1_000,
  };
}
