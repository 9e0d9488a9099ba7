import type { Change, Plan } from '@mcp/desired-state';
import type { DesiredPresence, DesiredState } from '@mcp/events';
import type { ApplyAnswer } from '@mcp/sources';
import type { OutcomeRecorder, RecordableOutcome } from './outcome-recorder.js';
import { notACluster, refusalOf, wouldDiffer, type Refusal } from './planned-apply.js';
import type { Outcome } from './work-queue.js';

/** Records how a change ended. */
export class ChangeSettler {
  constructor(
    private readonly recorder: OutcomeRecorder,
    /** The YAML to commit where we may not apply. */
    private readonly manifestOf: (desired: DesiredPresence) => string,
  ) {}

  /** Records what the API server said; `stale` says nothing. */
  async settle(change: Change, answer: ApplyAnswer, signal: AbortSignal): Promise<Outcome | 'stale'> {
    const { revision } = change;
    switch (answer.answer) {
      case 'applied': {
        const { uid, resourceVersion, modified } = answer;
        const data = { revision, uid, resourceVersion, modified };
        await this.recorder.record(change, [{ type: 'ChangeApplied', data }], signal);
        return { outcome: 'done' };
      }
      case 'rejected': {
        const { status, message } = answer;
        return this.#end(
          change,
          { type: 'ChangeRejected', data: { revision, status, message } },
          'REJECTED',
          signal,
        );
      }
      case 'conflict': {
        const { conflicts } = answer;
        return this.#end(
          change,
          { type: 'ChangeConflicted', data: { revision, conflicts } },
          'CONFLICTED',
          signal,
        );
      }
      case 'differs':
        return this.refuse(change, wouldDiffer(change.key, answer.fields), signal);
      case 'not-a-cluster':
        return this.refuse(change, notACluster(answer.manifest), signal);
      case 'stale':
        return 'stale';
    }
  }

  /** Records that there is nothing to do: it was done, or is so without us. */
  async settleDone(
    change: Change,
    { because, live }: Extract<Plan, { plan: 'nothing' }>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { revision, started } = change;
    // of a deletion that was begun and whose answer was lost, that it happened
    const { liveUid, liveResourceVersion } = started ?? {};
    const deleted = liveUid !== undefined && liveResourceVersion !== undefined;
    const data =
      live !== undefined
        ? { revision, ...live, modified: because === 'by-us' }
        : deleted
          ? { revision, uid: liveUid, resourceVersion: liveResourceVersion, modified: true }
          : { revision, modified: false };
    await this.recorder.record(change, [{ type: 'ChangeApplied', data }], signal);
    return { outcome: 'done' };
  }

  async refuse(
    change: Change,
    refused: Refusal | Extract<Plan, { plan: 'refuse' }>,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { code, manifest, ...refusal } = refusalOf(refused, desiredBy(change), this.manifestOf);
    const message = manifest === undefined ? refusal.message : `${refusal.message}:\n${manifest}`;
    const data = { revision: change.revision, code, message };
    return this.#end(change, { type: 'ChangeRefused', data }, code, signal);
  }

  async #end(
    change: Change,
    outcome: RecordableOutcome,
    reason: string,
    signal: AbortSignal,
  ): Promise<Outcome> {
    await this.recorder.record(change, [outcome], signal);
    return { outcome: 'terminal', reason };
  }
}

/** What a change wants. */
export function desiredBy({ id: changeId, key, spec }: Change): DesiredState {
  return { changeId, key, ...(spec !== undefined && { spec }) };
}
