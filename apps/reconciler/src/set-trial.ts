import {
  isLost,
  membersOf,
  phaseOf,
  planApply,
  standingOf,
  turnOf,
  type Change,
  type DesiredStates,
} from '@mcp/desired-state';
import { formatResourceKey } from '@mcp/mesh';
import type { PolicyTarget } from '@mcp/sources';
import type { AskerRights } from './asker-rights.js';
import { desiredBy, type ChangeSettler } from './change-settler.js';
import type { DesiredView } from './desired-view.js';
import { carryOut, liveStateOf, lookUntilFresh, type Refusal } from './planned-apply.js';

/** Tries out the changes of a set before the first of them is applied, so that one of which a part is refused is, as a rule, not applied at all. */
export class SetTrial {
  constructor(
    private readonly view: DesiredView,
    private readonly target: PolicyTarget,
    private readonly settler: ChangeSettler,
    private readonly askers: AskerRights,
  ) {}

  /** Whether another change of the set would be refused, which is then recorded of that one. Asks nothing once one of them was applied. */
  async wouldBreak(change: Change, signal: AbortSignal): Promise<boolean> {
    const others = membersOf(this.view.states, change).filter(({ id }) => id !== change.id);
    if (others.some(({ applied }) => applied !== undefined)) return false;
    for (const other of others)
      if ((await lookUntilFresh(() => this.#tryOut(other, signal))) === 'refused') return true;
    return false;
  }

  async #tryOut(change: Change, signal: AbortSignal): Promise<'accepted' | 'refused' | 'stale'> {
    const live = liveStateOf(await this.target.live(change.key, signal));
    const plan = planApply({ ...change, changeId: change.id }, live, this.view.states);
    if (plan.plan === 'nothing') return 'accepted';
    if (plan.plan === 'refuse') return this.#refuse(change, plan, signal);
    const refusal = await this.askers.refusal(change, plan.plan);
    if (refusal !== undefined) return this.#refuse(change, refusal, signal);
    const write = { desired: desiredBy(change), revision: change.revision, dryRun: true };
    const answer = await carryOut(this.target, plan, write, signal);
    if (answer.answer === 'applied') return 'accepted';
    return (await this.settler.settle(change, answer, signal)) === 'stale' ? 'stale' : 'refused';
  }

  async #refuse(...[change, refusal, signal]: Parameters<ChangeSettler['refuse']>): Promise<'refused'> {
    await this.settler.refuse(change, refusal, signal);
    return 'refused';
  }
}

/** Why a change of a set is not applied; undefined where nothing stands against it. */
export function brokenBy(states: DesiredStates, change: Change): Refusal | undefined {
  if (turnOf(states, change) !== 'never') return undefined;
  const members = membersOf(states, change);
  const lost = [...standingOf(states, change), ...members].find(
    (member) => isLost(member) && member.problem?.code !== 'SET_BROKEN',
  );
  const applied = members
    .filter((member) => member.applied !== undefined)
    .map(({ key }) => formatResourceKey(key));
  const why = lost === undefined ? '' : `: ${formatResourceKey(lost.key)} is ${phaseOf(lost)}`;
  const left =
    applied.length === 0 ? 'nothing of it was applied' : `applied of it and left so: ${applied.join(', ')}`;
  return {
    plan: 'refuse',
    code: 'SET_BROKEN',
    message: `its set cannot be applied as a whole${why}; ${left}`,
  };
}
