import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { ServerCall } from '@mcp/grpc';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { LeavesOutHidden, seenBy } from './caller.guard.js';
import {
  callGraphDefaults,
  CallGraphRequest,
  DenialsRequest,
  TrafficRequest,
} from './requests/traffic.requests.js';
import { CallGraphs } from './traffic/call-graphs.js';
import { Denials } from './traffic/denials.js';
import { EdgeSeriesAnswers } from './traffic/edge-series.js';

@Controller()
export class TrafficRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly callGraphs: CallGraphs,
    private readonly edgeSeries: EdgeSeriesAnswers,
    private readonly denials: Denials,
  ) {}

  @LeavesOutHidden(true)
  @GrpcMethod('Traffic', 'GetCallGraph')
  getCallGraph(
    { depth, maxEdges, ...asked }: CallGraphRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<Uint8Array> {
    const question = {
      ...asked,
      depth: depth === 0 ? callGraphDefaults.depth : depth,
      maxEdges: maxEdges === 0 ? callGraphDefaults.maxEdges : maxEdges,
    };
    return this.callGraphs.around(question, seenBy(call), this.gate.enter(call));
  }

  @LeavesOutHidden(true)
  @GrpcMethod('Traffic', 'GetTraffic')
  getTraffic(request: TrafficRequest, _headers: CallHeaders, call: ServerCall): Promise<Uint8Array> {
    this.gate.enter(call);
    return this.edgeSeries.series(request, seenBy(call));
  }

  @LeavesOutHidden(true)
  @GrpcMethod('Traffic', 'ListDenials')
  listDenials(request: DenialsRequest, _headers: CallHeaders, call: ServerCall): Promise<Uint8Array> {
    this.gate.enter(call);
    return this.denials.list(request, seenBy(call));
  }
}
