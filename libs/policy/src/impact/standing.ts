import { formatWorkloadRef } from '@mcp/mesh';
import type { Target } from '../answers/decide.js';
import type { PolicyIndex } from '../ports/policy-index.js';
import { authorizationsOf } from '../reach/reach-target.js';
import type { Verdict } from '../verdict.js';
import type { WorkloadView } from '../view.js';
import { CallerClasses } from './caller-classes.js';
import { type Assumed, clientOf, outcomesOf } from './caller-outcomes.js';
import { CallingAddresses } from './calling-addresses.js';
import type { KnownCaller } from './known-caller.js';

/** What policy as it stands decides about callers that telemetry knows. */
export class Standing {
  readonly #workloads: ReadonlyMap<string, WorkloadView>;
  readonly #callingFrom: CallingAddresses;
  readonly #classes = new Map<string, CallerClasses>();
  /** By port of a pod group, and class of callers. */
  readonly #verdicts = new Map<string, Verdict>();

  constructor(private readonly index: PolicyIndex) {
    this.#callingFrom = new CallingAddresses(index);
    this.#workloads = new Map(
      [...index.view.namespaces.values()].flatMap(({ workloads }) =>
        workloads.map((workload) => [formatWorkloadRef(workload.ref), workload]),
      ),
    );
  }

  /**
   * The verdict that all of its requests get at all pods of the workload, from all addresses that it may call from; `unknown` where there
   * are several, and where an input is missing. Undefined where the workload is not there.
   */
  on(caller: KnownCaller): Verdict | undefined {
    const workload = this.#workloads.get(formatWorkloadRef(caller.workload));
    if (workload === undefined) return undefined;
    if (workload.shapelessPods > 0) return 'unknown';
    const { namespace } = workload.ref;
    return agreed(
      workload.groups.map(({ endpoint }, group) =>
        this.#at(
          { namespace, endpoint, port: caller.port },
          `${formatWorkloadRef(workload.ref)} ${group}`,
          caller,
        ),
      ),
    );
  }

  #at(target: Target, group: string, caller: KnownCaller): Verdict {
    const place = `${group}:${target.port}`;
    let classes = this.#classes.get(place);
    if (classes === undefined) {
      const policy = this.index.portPolicy(target.namespace, target.endpoint, target.port);
      classes = new CallerClasses(authorizationsOf(policy), this.#callingFrom);
      this.#classes.set(place, classes);
    }
    const { key, addresses } = classes.of(caller);
    const known = this.#verdicts.get(`${place} ${key}`);
    if (known !== undefined) return known;
    const verdict = agreed(
      addresses.flatMap((address) =>
        outcomesOf(this.index, target, caller, clientOf(caller.client, address), asSeen).map(
          (one) => one.verdict,
        ),
      ),
    );
    this.#verdicts.set(`${place} ${key}`, verdict);
    return verdict;
  }
}

/** As of a change of which nobody is told: routes are taken to be those that telemetry named. */
const asSeen: Assumed = { routeHolds: true, bytesHold: true };

function agreed(verdicts: readonly Verdict[]): Verdict {
  const [first = 'unknown'] = verdicts;
  return verdicts.every((verdict) => verdict === first) ? first : 'unknown';
}
