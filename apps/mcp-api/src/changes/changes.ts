import { WatchChangeResponse, type Change } from '@mcp/contracts';
import {
  changeSetView,
  changeView,
  type ChangeView,
  type DesiredStates,
  seenChange,
  type SeenChangeSet,
} from '@mcp/desired-state';
import type { EventLog } from '@mcp/event-log';
import { formatPosition } from '@mcp/events';
import { CallRefused } from '@mcp/grpc';
import type { VisibleNamespaces } from '@mcp/mesh';
import { caughtUpTo } from '../caught-up-to.js';
import type { Following } from '../following.js';
import type { Sight } from '../sight.js';
import { changeToProto } from '../to-proto/change.to-proto.js';
import type { DesiredStatesAt, MomentAsked } from './desired-at.js';

/** Answers what became of a change. */
export class Changes {
  constructor(
    private readonly log: EventLog,
    private readonly desired: Following<DesiredStates>,
    private readonly past: DesiredStatesAt,
  ) {}

  /** Fails with CHANGE_NOT_FOUND, also where none of it may be seen, and as `DesiredStatesAt.moment` does. */
  async get(
    changeId: string,
    moment: MomentAsked,
    visible: VisibleNamespaces,
    signal: AbortSignal,
  ): Promise<Change> {
    if (moment.at === '' && moment.atTime === undefined) await this.#lookFor(changeId, visible, signal);
    return this.past.moment(
      moment,
      ({ state, position }) => {
        const view = viewOf(state, changeId, visible);
        if (view === undefined) throw notFound(changeId);
        return changeToProto(view, formatPosition(position));
      },
      signal,
    );
  }

  /**
   * The change now, and whenever its phase or the drift of its object is another; what came and went while the peer did not
   * read is in its history only. Ends when nothing more will happen to it, or, following drift, with the signal.
   * Fails with CHANGE_NOT_FOUND, also where none of it may be seen any more, and as `Sight.current` does.
   */
  async *watch(
    changeId: string,
    followDrift: boolean,
    sight: Sight,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    await this.#lookFor(changeId, sight.visible, signal);
    let told = '';
    for (;;) {
      const visible = await sight.current();
      const { state, position } = this.desired.now;
      const view = viewOf(state, changeId, visible);
      if (view === undefined) throw notFound(changeId);
      const telling = distinctive(view);
      if (telling !== told) {
        told = telling;
        yield WatchChangeResponse.encode({ change: changeToProto(view, formatPosition(position)) }).finish();
      }
      if (view.ended && !followDrift) return;
      // what may be seen can change while nothing else does
      const untilAskedAgain = AbortSignal.any([signal, AbortSignal.timeout(sight.askEveryMs)]);
      try {
        await this.desired.movedFrom(position, untilAskedAgain);
      } catch (error) {
        if (signal.aborted) return;
        if (!untilAskedAgain.aborted) throw error;
      }
    }
  }

  /** A change that another server has just recorded may not be here yet. */
  async #lookFor(changeId: string, visible: VisibleNamespaces, signal: AbortSignal): Promise<void> {
    if (viewOf(this.desired.now.state, changeId, visible) !== undefined) return;
    await caughtUpTo(this.desired, await this.log.head(), signal);
  }
}

function viewOf(
  states: DesiredStates,
  id: string,
  visible: VisibleNamespaces,
): ChangeView | SeenChangeSet | undefined {
  const view = changeSetView(states, id) ?? changeView(states, id);
  return view && seenChange(states, view, visible);
}

function notFound(changeId: string): CallRefused {
  return new CallRefused(
    'CHANGE_NOT_FOUND',
    `there is no change ${changeId}, it was not asked for yet, or it ended too long ago`,
    {
      facts: { change_id: changeId },
    },
  );
}

function distinctive(change: ChangeView | SeenChangeSet): string {
  // of parts that may not be seen the phase tells
  if ('members' in change)
    return [change.phase, change.stage?.state, ...change.members.map(distinctive)].join();
  const { phase, drift, problem, history } = change;
  return JSON.stringify([phase, history.length, drift.drift, problem?.code]);
}
