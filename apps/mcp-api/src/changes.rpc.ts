import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import type { GetChangeResponse, ListChangesResponse, WithdrawChangeResponse } from '@mcp/contracts';
import { streamed, type ServerCall, type StreamCall } from '@mcp/grpc';
import { WithdrawChange } from './apply/withdraw-change.js';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { callerOf, LeavesOutHidden, seenBy, sightOf, TakesChange } from './caller.guard.js';
import { Changes } from './changes/changes.js';
import { ListChanges } from './changes/list-changes.js';
import { ChangeRequest, ChangesRequest, WatchedChangeRequest } from './requests/change.requests.js';
import { WithdrawChangeRequest } from './requests/plan.requests.js';
import { durabilityToProto } from './to-proto/apply-answer.to-proto.js';

@Controller()
export class ChangesRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly changes: Changes,
    private readonly list: ListChanges,
    private readonly withdrawals: WithdrawChange,
  ) {}

  @LeavesOutHidden(true)
  @GrpcMethod('Changes', 'ListChanges')
  listChanges(
    request: ChangesRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<ListChangesResponse> {
    return this.list.page(request, seenBy(call), this.gate.enter(call));
  }

  @LeavesOutHidden(true)
  @GrpcMethod('Changes', 'GetChange')
  async getChange(
    { changeId, ...moment }: ChangeRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<GetChangeResponse> {
    return { change: await this.changes.get(changeId, moment, seenBy(call), this.gate.enter(call)) };
  }

  @TakesChange(true)
  @GrpcMethod('Changes', 'WithdrawChange')
  async withdrawChange(
    { changeId, reason }: WithdrawChangeRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<WithdrawChangeResponse> {
    const withdrawn = await this.withdrawals.withdraw(
      changeId,
      reason,
      callerOf(call),
      this.gate.enter(call),
    );
    return { ...withdrawn, durability: durabilityToProto(withdrawn.durability) };
  }

  @LeavesOutHidden(true)
  @GrpcMethod('Changes', 'WatchChange')
  watchChange(
    { changeId, followDrift }: WatchedChangeRequest,
    _headers: CallHeaders,
    call: StreamCall,
  ): Observable<never> {
    const signal = this.gate.enterStream(call);
    return streamed(call, this.changes.watch(changeId, followDrift, sightOf(call), signal), signal);
  }
}
