import { type VisibleNamespaces, withoutHidden } from '@mcp/mesh';
import { impactInGeneral } from '../apply/accepted-impact.js';
import { seenSimulation } from '../policy-answers/seen-simulation.js';
import type { MadePlan } from './plans.js';

/** A plan as someone may see it who does not see all namespaces, see `seenSimulation`. The same object where all may be seen. */
export function seenPlan(made: MadePlan, visible: VisibleNamespaces): MadePlan {
  if (visible.areAll) return made;
  const { simulation, impacts } = made.assessed;
  return {
    ...made,
    tried: made.tried.map((tried) => withoutHidden(tried, visible)),
    assessed: {
      ...made.assessed,
      impacts: impacts.map(({ code }) => ({ code, message: impactInGeneral[code], digest: '' })),
      simulation: simulation instanceof Error ? simulation : seenSimulation(simulation, visible),
    },
  };
}
