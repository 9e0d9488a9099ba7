import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { DiffResponse } from '@mcp/contracts';
import type { ServerCall } from '@mcp/grpc';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { LeavesOutHidden, seenBy } from './caller.guard.js';
import { Diff } from './history/diff.js';
import { DiffRequest } from './requests/history.requests.js';

@Controller()
export class HistoryRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly differences: Diff,
  ) {}

  @LeavesOutHidden(true)
  @GrpcMethod('History', 'Diff')
  diff(
    { from, fromTime, to, toTime, ...question }: DiffRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<DiffResponse> {
    const moments = { from: { position: from, time: fromTime }, to: { position: to, time: toTime } };
    return this.differences.page({ ...question, ...moments }, seenBy(call), this.gate.enter(call));
  }
}
