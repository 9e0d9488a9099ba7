import {
  planApply,
  revisionOf,
  type DryRunAnswer,
  type DryRunQuestion,
  type DryRunReply,
} from '@mcp/desired-state';
import type { DesiredPresence, DesiredState } from '@mcp/events';
import { TargetUnavailable, type ApplyAnswer, type PolicyTarget } from '@mcp/sources';
import type { DesiredView } from './desired-view.js';
import {
  carryOut,
  liveStateOf,
  lookUntilFresh,
  notACluster,
  refusalOf,
  wouldDiffer,
} from './planned-apply.js';

/** In the place of the change that a dry run does not have. */
const dryRunChangeId = 'dry-run';

/** Answers what would happen if an object were to be so. Changes nothing, neither in the cluster nor in the log. */
export class DryRunResponder {
  constructor(
    private readonly view: DesiredView,
    private readonly target: PolicyTarget,
    private readonly manifestOf: (desired: DesiredPresence) => string,
  ) {}

  async answer(question: DryRunQuestion, signal: AbortSignal): Promise<DryRunReply> {
    try {
      const reply = await lookUntilFresh(() => this.#look(question, signal));
      if (reply !== 'stale') return reply;
      return { plan: 'unknown', message: 'the object changes faster than it can be read; ask again' };
    } catch (error) {
      if (!(error instanceof TargetUnavailable)) throw error;
      return { plan: 'unknown', message: error.message };
    }
  }

  async #look(question: DryRunQuestion, signal: AbortSignal): Promise<DryRunReply | 'stale'> {
    const desired: DesiredState = { changeId: dryRunChangeId, ...question };
    const { key } = question;
    const live = liveStateOf(await this.target.live(key, signal));
    const plan = planApply(question, live, this.view.states);
    if (plan.plan === 'nothing') return { plan: 'nothing', ...(live !== undefined && { live }) };
    if (plan.plan === 'refuse') return refusalOf(plan, desired, this.manifestOf);
    const revision = revisionOf(this.view.states, key) + 1;
    const answer = await carryOut(this.target, plan, { desired, revision, dryRun: true }, signal);
    if (answer.answer === 'stale') return 'stale';
    if (answer.answer === 'not-a-cluster') return notACluster(answer.manifest);
    if (answer.answer === 'differs') return wouldDiffer(key, answer.fields);
    if (live === undefined || plan.plan === 'create') return { plan: 'create', answer: wouldBe(answer) };
    return { plan: plan.plan, live, answer: wouldBe(answer) };
  }
}

function wouldBe(
  answer: Exclude<ApplyAnswer, { answer: 'stale' | 'not-a-cluster' | 'differs' }>,
): DryRunAnswer {
  return answer.answer === 'applied' ? { answer: 'accepted' } : answer;
}
