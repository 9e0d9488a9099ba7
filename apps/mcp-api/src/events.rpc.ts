import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { ServerCall } from '@mcp/grpc';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { ListEvents } from './events/list-events.js';
import { EventsRequest } from './requests/event.requests.js';

@Controller()
export class EventsRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly events: ListEvents,
  ) {}

  @GrpcMethod('Events', 'ListEvents')
  listEvents(request: EventsRequest, _headers: CallHeaders, call: ServerCall): Promise<Uint8Array> {
    return this.events.page(request, this.gate.enter(call));
  }
}
