import { PolicyIndex } from '../ports/policy-index.js';
import type { AppliedPolicyObject, PolicyKey } from '../what-if/affected-namespaces.js';
import { policyKeyOf } from '../what-if/affected-namespaces.js';
import { whatIf } from '../what-if/what-if.js';
import type { MeshView } from '../view.js';
import { type Effect, Impact } from './impact.js';
import type { KnownCaller } from './known-caller.js';

/** Policy objects that are changed one after the other. `whatIf` must not refuse them. */
export interface OrderedChange {
  readonly apply: readonly AppliedPolicyObject[];
  readonly delete: readonly PolicyKey[];
}

export interface SafeOrder {
  readonly order: readonly PolicyKey[];
  /** Callers that in some state in between get an answer that they get neither before nor after. Empty: the order is safe. */
  readonly unsafe: readonly KnownCaller[];
  /** False: there may be a better order, which would have taken too long to find. */
  readonly exhaustive: boolean;
}

/**
 * The order in which the fewest of these callers, those that are refused first, get an answer in between that they get neither before nor
 * after. The order as given, applied before deleted, where that is as good as any; `mostStates` bounds how many states in between are decided.
 */
export function safeOrder(
  view: MeshView,
  change: OrderedChange,
  callers: readonly KnownCaller[],
  { now, mostStates }: { readonly now: number; readonly mostStates: number },
): SafeOrder {
  const steps: readonly Step[] = [
    ...change.apply.map((object) => ({ key: policyKeyOf(object), apply: object })),
    ...change.delete.map((key) => ({ key })),
  ];
  const states = new StatesBetween(view, steps, callers, now);
  for (const order of [steps.keys(), conventional(steps)]) {
    const way = [...order];
    if (states.costOf(way) === 0)
      return { order: way.map((at) => keyAt(steps, at)), unsafe: [], exhaustive: true };
  }
  return cheapest(steps, states, mostStates);
}

interface Step {
  readonly key: PolicyKey;
  /** Absent: it is deleted. */
  readonly apply?: AppliedPolicyObject;
}

/** Who may call first, what it is asked of last; and the reverse for what goes. */
const rank = [
  'MeshTLSAuthentication',
  'NetworkAuthentication',
  'HTTPRoute',
  'GatewayHTTPRoute',
  'GRPCRoute',
  'AuthorizationPolicy',
  'ServerAuthorization',
  'HTTPLocalRateLimitPolicy',
  'Server',
  'EgressNetwork',
];

function conventional(steps: readonly Step[]): Iterable<number> {
  const placeOf = ({ key, apply }: Step) =>
    apply === undefined ? 2 * rank.length - rank.indexOf(key.kind) : rank.indexOf(key.kind);
  return [...steps.entries()].sort(([, a], [, b]) => placeOf(a) - placeOf(b)).map(([at]) => at);
}

/** Uniform-cost search over the sets of steps that are done. */
function cheapest(steps: readonly Step[], states: StatesBetween, mostStates: number): SafeOrder {
  const open: Way[] = [{ steps: [], cost: 0 }];
  const closed = new Set<string>();
  let best: Way | undefined;
  while (states.decided < mostStates) {
    const [way] = open.splice(cheapestOf(open), 1);
    if (way === undefined) break;
    if (way.steps.length === steps.length) {
      best = way;
      break;
    }
    const done = nameOf(way.steps);
    if (closed.has(done)) continue;
    closed.add(done);
    for (const at of steps.keys()) {
      if (way.steps.includes(at)) continue;
      const next = [...way.steps, at];
      open.push({ steps: next, cost: way.cost + states.costAfter(next) });
    }
  }
  const way = best?.steps ?? cheaper(states, [...steps.keys()], [...conventional(steps)]);
  return {
    order: way.map((at) => keyAt(steps, at)),
    unsafe: states.unsafeOn(way),
    exhaustive: best !== undefined,
  };
}

interface Way {
  readonly steps: readonly number[];
  readonly cost: number;
}

/** Of those that cost the least, the one that has come furthest, and then the one that was found first. */
function cheapestOf(ways: readonly Way[]): number {
  let best = 0;
  for (const [at, { cost, steps }] of ways.entries()) {
    const chosen = ways[best];
    if (chosen === undefined) break;
    if (cost < chosen.cost || (cost === chosen.cost && steps.length > chosen.steps.length)) best = at;
  }
  return best;
}

function cheaper(states: StatesBetween, a: readonly number[], b: readonly number[]): readonly number[] {
  return states.costOf(b) < states.costOf(a) ? b : a;
}

/** What callers get when some of the steps are done, each set of steps decided once. */
class StatesBetween {
  decided = 0;
  readonly #before: PolicyIndex;
  /** Of each caller, for each of the pod groups that it calls. */
  readonly #after: readonly (readonly Effect[])[];
  readonly #wrong = new Map<string, readonly WrongAnswer[]>();

  constructor(
    private readonly view: MeshView,
    private readonly steps: readonly Step[],
    private readonly callers: readonly KnownCaller[],
    private readonly now: number,
  ) {
    this.#before = new PolicyIndex(view);
    this.#after = this.#effects([...steps.keys()]);
  }

  costOf(way: readonly number[]): number {
    return way.reduce((cost, _, at) => cost + this.costAfter(way.slice(0, at + 1)), 0);
  }

  /** One that is cut off costs more than all others. */
  costAfter(done: readonly number[]): number {
    const dear = this.callers.length + 1;
    return this.#wrongAfter(done).reduce((cost, { isCut }) => cost + (isCut ? dear : 1), 0);
  }

  unsafeOn(way: readonly number[]): readonly KnownCaller[] {
    return [
      ...new Set(way.flatMap((_, at) => this.#wrongAfter(way.slice(0, at + 1)).map(({ caller }) => caller))),
    ];
  }

  #wrongAfter(done: readonly number[]): readonly WrongAnswer[] {
    if (done.length === this.steps.length) return [];
    const name = nameOf(done);
    let wrong = this.#wrong.get(name);
    if (wrong === undefined) {
      this.decided += 1;
      const between = this.#effects(done);
      wrong = this.callers.flatMap((caller, at) => {
        const those = (between[at] ?? []).filter((is, group) => !isEither(is, this.#after[at]?.[group]));
        return those.length === 0 ? [] : [{ caller, isCut: those.includes('cut') }];
      });
      this.#wrong.set(name, wrong);
    }
    return wrong;
  }

  #effects(done: readonly number[]): readonly (readonly Effect[])[] {
    const steps = done.map((at) => this.steps[at]).filter((step) => step !== undefined);
    const apply = steps.flatMap(({ apply: object }) => object ?? []);
    const gone = steps.filter((step) => step.apply === undefined).map(({ key }) => key);
    const changed = whatIf(this.view, { apply, delete: gone }, this.now);
    if ('refused' in changed) throw new Error(`not to be ordered: ${changed.refused.object}`);
    const impact = new Impact(this.#before, new PolicyIndex(changed.view));
    return this.callers.map((caller) => impact.on(caller).map(({ effect }) => effect));
  }
}

interface WrongAnswer {
  readonly caller: KnownCaller;
  readonly isCut: boolean;
}

/** What it is before the change, or after it. */
function isEither(effect: Effect, after: Effect | undefined): boolean {
  return effect === 'unchanged' || effect === 'rule-changed' || effect === after;
}

function nameOf(done: readonly number[]): string {
  return [...done].sort((a, b) => a - b).join();
}

function keyAt(steps: readonly Step[], at: number): PolicyKey {
  const step = steps[at];
  if (step === undefined) throw new RangeError(`there is no step ${at}`);
  return step.key;
}
