import { sourceStateSubject } from '@mcp/events';
import { decideSet, type SetCommand } from '../src/decide-set.js';
import { changeView, type DesiredStates } from '../src/desired-states.js';
import { decideUndo } from '../src/undo.js';
import { ada, gone, outcome, seen, statesAfter, step, type Step } from './story.js';

export const live = step(sourceStateSubject('AuthorizationPolicy'), 'SourceStateChanged', {
  ...{ kind: 'AuthorizationPolicy', phase: 'live', reason: '' },
});

/** For specifications: a story that goes on by what is decided on it. */
export class Told {
  constructor(private readonly steps: readonly Step[] = [live]) {}

  get states(): DesiredStates {
    return statesAfter(this.steps);
  }

  and(...steps: readonly Step[]): Told {
    return new Told([...this.steps, ...steps]);
  }

  asks(setId: string, objects: SetCommand['objects'], more: Partial<SetCommand> = {}): Told {
    const decision = decideSet({ setId, objects, actor: ada, at: 5_000, ...more }, this.states);
    if (decision.decision !== 'accepted') throw new Error(JSON.stringify(decision));
    return this.and(
      ...decision.writes.map(({ subject, event: { type, data } }) => ({ subject, type, data })),
    );
  }

  /** Asks, and all of it is applied and seen. */
  changes(setId: string, objects: SetCommand['objects'], more: Partial<SetCommand> = {}): Told {
    return changeIds(this.asks(setId, objects, more), setId).reduce(
      (told, id) => {
        const change = changeView(told.states, id);
        if (change === undefined) throw new Error(`no change ${id}`);
        const { key, spec, revision } = change;
        const uid = `u-${key.name}`;
        const applies = outcome(id, 'ChangeApplied', { revision, uid, resourceVersion: id, modified: true });
        const by = [id, revision] as const;
        return told.and(applies, spec === undefined ? gone(uid, key) : seen(spec, { key, uid, rv: id, by }));
      },
      this.asks(setId, objects, more),
    );
  }

  /** As `changes`, of the undo of a change. */
  undoes(changeId: string, setId: string): Told {
    const decision = decideUndo(this.states, changeId);
    if (decision.decision !== 'undo') throw new Error(JSON.stringify(decision));
    return this.changes(setId, decision.objects, { undoes: changeId });
  }
}

function changeIds({ states }: Told, setId: string): readonly string[] {
  return states.sets.get(setId)?.changes ?? [];
}
