import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import { DriftMode, type ListDriftResponse, type SetDriftModeResponse } from '@mcp/contracts';
import type { ServerCall } from '@mcp/grpc';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { traceparentOf } from './call-spans.js';
import { callerOf, LeavesOutHidden, seenBy, TakesChange } from './caller.guard.js';
import { DriftModes, type AskedDriftMode } from './drift/drift-modes.js';
import { ListDrift } from './drift/list-drift.js';
import { ListDriftRequest, SetDriftModeRequest } from './requests/drift.requests.js';
import { durabilityToProto } from './to-proto/apply-answer.to-proto.js';
import { acceptedImpact } from './to-proto/change.to-proto.js';

const modes: Readonly<Record<SetDriftModeRequest['mode'], AskedDriftMode['mode']>> = {
  [DriftMode.DRIFT_MODE_REPORT]: 'report',
  [DriftMode.DRIFT_MODE_ENFORCE]: 'enforce',
  [DriftMode.DRIFT_MODE_ACCEPT]: 'accept',
};

@Controller()
export class DesiredObjectsRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly drift: ListDrift,
    private readonly modes: DriftModes,
  ) {}

  @LeavesOutHidden(true)
  @GrpcMethod('DesiredObjects', 'ListDrift')
  listDrift({ namespaces }: ListDriftRequest, _headers: CallHeaders, call: ServerCall): ListDriftResponse {
    this.gate.enter(call);
    return this.drift.list(namespaces, seenBy(call));
  }

  @TakesChange(true)
  @GrpcMethod('DesiredObjects', 'SetDriftMode')
  async setDriftMode(
    request: SetDriftModeRequest,
    _headers: CallHeaders,
    call: ServerCall,
  ): Promise<SetDriftModeResponse> {
    const signal = this.gate.enter(call);
    const { kind, namespace, name } = request.object;
    const asked = {
      key: { kind, namespace, name },
      mode: modes[request.mode],
      forceFrom: request.forceFrom,
      reason: request.reason,
      acceptImpact: acceptedImpact(request.acceptImpact),
      traceparent: traceparentOf(call),
    };
    const { durability, changeId = '', ...set } = await this.modes.set(asked, callerOf(call), signal);
    return { ...set, durability: durabilityToProto(durability), changeId };
  }
}
