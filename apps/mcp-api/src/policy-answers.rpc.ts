import { Controller } from '@nestjs/common';
import { GrpcMethod } from '@nestjs/microservices';
import type { ServerCall } from '@mcp/grpc';
import { CallGate } from './call-gate.js';
import type { CallHeaders } from './call-headers.js';
import { ExplainAccess } from './policy-answers/explain-access.js';
import { accessRequestOf, ExplainAccessRequest } from './requests/access.requests.js';

@Controller()
export class PolicyAnswersRpc {
  constructor(
    private readonly gate: CallGate,
    private readonly explanations: ExplainAccess,
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
}
