import {
  planApply,
  revisionOf,
  type DryRunAnswer,
  type DryRunQuestion,
  type DryRunReply,
  type Plan,
} from '@mcp/desired-state';
import type { DesiredState } from '@mcp/events';
import { TargetUnavailable, type ApplyAnswer, type PolicyTarget } from '@mcp/sources';
import type { DesiredView } from './desired-view.js';

/** In the place of the change that a dry run does not have. */
const dryRunChangeId = 'dry-run';

/** How often it is planned anew because the object changed in between. */
const looks = 3;

/** Answers what would happen if an object were to be so. Changes nothing, neither in the cluster nor in the log. */
export class DryRunResponder {
  constructor(
    private readonly view: DesiredView,
    private readonly target: PolicyTarget,
    private readonly manifestOf: (desired: DesiredState) => string,
  ) {}

  async answer(question: DryRunQuestion, signal: AbortSignal): Promise<DryRunReply> {
    try {
      for (let look = 0; look < looks; look++) {
        const reply = await this.#look(question, signal);
        if (reply !== 'stale') return reply;
      }
      return { plan: 'unknown', message: 'the object changes faster than it can be read; ask again' };
    } catch (error) {
      if (!(error instanceof TargetUnavailable)) throw error;
      return { plan: 'unknown', message: error.message };
    }
  }

  async #look({ key, spec }: DryRunQuestion, signal: AbortSignal): Promise<DryRunReply | 'stale'> {
    const desired: DesiredState = { changeId: dryRunChangeId, key, spec };
    const live = await this.target.live(key, signal);
    const plan = planApply({ key, spec }, live, this.view.states);
    if (plan.plan === 'nothing') return { plan: 'nothing' };
    if (plan.plan === 'refuse') return this.#refusal(plan, desired);
    const answer = await this.target.apply(
      {
        desired,
        revision: revisionOf(this.view.states, key) + 1,
        ...(plan.plan === 'update' && { live: plan.live }),
        dryRun: true,
      },
      signal,
    );
    if (answer.answer === 'stale') return 'stale';
    if (answer.answer === 'not-a-cluster') {
      const message = 'the mesh is read from manifests, which nothing is applied to; commit it there instead';
      return { plan: 'refuse', code: 'NOT_A_CLUSTER', message, manifest: answer.manifest };
    }
    return { plan: plan.plan, answer: wouldBe(answer) };
  }

  #refusal({ code, message }: Plan & { plan: 'refuse' }, desired: DesiredState): DryRunReply {
    const manifest = code === 'GITOPS_OWNED' ? { manifest: this.manifestOf(desired) } : {};
    return { plan: 'refuse', code, message, ...manifest };
  }
}

function wouldBe(answer: Exclude<ApplyAnswer, { answer: 'stale' | 'not-a-cluster' }>): DryRunAnswer {
  return answer.answer === 'applied' ? { answer: 'accepted' } : answer;
}
