import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import type { GetLogHeadResponse } from '@mcp/contracts';
import { streamed, type ServerCall, type StreamCall } from '@mcp/grpc';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { LeavesOutHidden, seenBy } from './caller.guard.js';
import { ExportEvents } from './events/export-events.js';
import { ListEvents } from './events/list-events.js';
import { LogHead } from './events/log-head.js';
import { EventsRequest, ExportRequest } from './requests/event.requests.js';

@Controller()
export class EventsRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly events: ListEvents,
    private readonly whole: ExportEvents,
    private readonly head: LogHead,
  ) {}

  @LeavesOutHidden(true)
  @GrpcMethod('Events', 'ListEvents')
  listEvents(request: EventsRequest, _headers: CallHeaders, call: ServerCall): Promise<Uint8Array> {
    return this.events.page(request, seenBy(call), this.gate.enter(call));
  }

  @GrpcMethod('Events', 'ExportEvents')
  exportEvents({ after }: ExportRequest, _headers: CallHeaders, call: StreamCall): Observable<never> {
    const signal = this.gate.enterStream(call);
    return streamed(call, this.whole.from(after, signal), signal);
  }

  @GrpcMethod('Events', 'GetLogHead')
  getLogHead(_request: unknown, _headers: CallHeaders, call: ServerCall): Promise<GetLogHeadResponse> {
    this.gate.enter(call);
    return this.head.now();
  }
}
