import { ExplainAccessResponse } from '@mcp/contracts';
import { CallRefused, messageLimitBytes } from '@mcp/grpc';
import type { AccessRequest } from '@mcp/policy';
import { accessAnswerToProto, reachedPodsToProto } from '../to-proto/access-answer.to-proto.js';
import { accessAnswers } from './access-answers.js';
import { accessSummary } from './access-summary.js';
import { answerBasis, type Collector } from './answer-basis.js';
import { askedClient, type ClientFields } from './asked-client.js';
import { askedTarget, type TargetFields } from './asked-target.js';
import type { MeshAtPosition } from './mesh-at.js';

export interface AccessQuestion {
  readonly client: ClientFields;
  readonly target: TargetFields;
  readonly request: AccessRequest;
  /** Empty: now. */
  readonly at: string;
}

/** May this client reach that workload or Service, and why. Answers are encoded. */
export class ExplainAccess {
  constructor(
    private readonly meshes: MeshAtPosition,
    private readonly collector: Collector,
  ) {}

  async explain({ client, target, request, at }: AccessQuestion, signal: AbortSignal): Promise<Uint8Array> {
    const mesh = await this.meshes.at(at, 'at', signal);
    const { index } = mesh;
    const from = askedClient(index, client, 'client');
    const to = askedTarget(index, target, 'target');
    const answers = await accessAnswers(index, from.callers, to.goals, request, signal);
    const answer = ExplainAccessResponse.encode({
      basis: answerBasis(mesh, this.collector),
      summary: accessSummary(from.name, to.name, request, answers),
      answers: answers.map(accessAnswerToProto),
      notReached: reachedPodsToProto(to.notReached),
    }).finish();
    if (answer.byteLength <= messageLimitBytes) return answer;
    throw new CallRefused(
      'ANSWER_TOO_LARGE',
      `the answer has ${answer.byteLength} bytes, a message may have ${messageLimitBytes}: ask about a single request, or about one workload of the Service`,
      { facts: { bytes: String(answer.byteLength), limit: String(messageLimitBytes) } },
    );
  }
}
