import { ExplainAccessResponse } from '@mcp/contracts';
import { CallRefused, messageLimitBytes } from '@mcp/grpc';
import { VisibleNamespaces } from '@mcp/mesh';
import type { AccessRequest } from '@mcp/policy';
import { reachedPodsToProto } from '../to-proto/access-answer.to-proto.js';
import { accessAnswers } from './access-answers.js';
import { accessPage } from './access-page.js';
import { accessSummary, withoutUnknownWords } from './access-summary.js';
import { askedClient, mustSeeClient, type ClientFields } from './asked-client.js';
import { askedTarget, mustSeeTarget, type TargetFields } from './asked-target.js';
import type { AnswerPages, Paging } from './thread/answer-pages.js';

export interface AccessQuestion {
  readonly client: ClientFields;
  readonly target: TargetFields;
  readonly request: AccessRequest;
}

/** May this client reach that workload or Service, and why. Answers are encoded. */
export class ExplainAccess {
  constructor(private readonly pages: AnswerPages) {}

  /** Fails as `askedClient` and `askedTarget` do, and as `AnswerPages.place`. */
  async explain(
    { client, target, request }: AccessQuestion,
    paging: Paging,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    const place = await this.pages.place(['explain', client, target, request], paging, signal);
    const { index } = place.mesh;
    mustSeeClient(index.view, paging.visible, client);
    mustSeeTarget(index.view, paging.visible, target);
    const from = askedClient(index, client, 'client');
    const to = askedTarget(index, target, 'target');
    const answers = await accessAnswers(index, from.callers, to.goals, request, signal);
    const { visible = VisibleNamespaces.all } = paging;
    const told = visible.areAll ? answers : withoutUnknownWords(answers);
    const page = await accessPage(index, answers, place, signal);
    const answer = ExplainAccessResponse.encode({
      ...this.pages.frame(place, page.next),
      summary: accessSummary(from, to, request, told),
      answers: page.answers,
      notReached: place.start > 0 ? [] : reachedPodsToProto(to.notReached),
    }).finish();
    if (answer.byteLength <= messageLimitBytes) return answer;
    throw new CallRefused(
      'ANSWER_TOO_LARGE',
      `the answer has ${answer.byteLength} bytes, a message may have ${messageLimitBytes}: ask about a single request, or about one workload of the Service`,
      { facts: { bytes: String(answer.byteLength), limit: String(messageLimitBytes) } },
    );
  }
}
