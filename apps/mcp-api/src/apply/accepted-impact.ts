import type { ImpactCode } from '@mcp/events';
import { CallRefused } from '@mcp/grpc';
import { planOutdated } from '../plans/plan-refusals.js';
import type { FoundImpact } from './found-impact.js';
import type { ChangeWish } from './change-wish.js';

/** What a caller is told who did not name all that the change may come to; without names of callers, where these are not theirs to know. */
export function impactNotAccepted(missing: readonly FoundImpact[], maySee: boolean): CallRefused {
  const codes = [...new Set(missing.map(({ code }) => code))].join(',');
  const what = missing.map(({ code, message }) => `${code} (${maySee ? message : impactInGeneral[code]})`);
  return new CallRefused(
    'IMPACT_NOT_ACCEPTED',
    `the change was not recorded, since it may come to more than it says: ${what.join('; ')}. PlanChange tells what it would do; name ${codes} in accept_impact to do it nevertheless`,
    {
      facts: { subject: 'accept_impact', impacts: codes },
      violations: missing.map(({ code }) => ({
        field: 'accept_impact',
        description: `must name ${code} for this change to be recorded`,
      })),
    },
  );
}

/** Fails with PLAN_OUTDATED where the change would come to something that its plan did not say. */
export function mustBeAsPlanned(impacts: readonly FoundImpact[], plan: ChangeWish['plan']): void {
  if (plan?.impacts === undefined) return;
  const planned = plan.impacts;
  const others = impacts.filter(
    ({ code, digest }) => !planned.some((known) => known.code === code && known.digest === digest),
  );
  if (others.length === 0) return;
  const differences = others.map(
    ({ code }) =>
      `${code} is ${planned.some((known) => known.code === code) ? 'about others than it was' : 'new'}`,
  );
  throw planOutdated(plan.id, differences);
}

/** Without names. */
export const impactInGeneral: Readonly<Record<ImpactCode, string>> = {
  CUTS_LIVE_CALLERS: 'callers that are let in now would be refused',
  OPENS_TO_EVERYONE: 'anybody would be let in somewhere, without any authentication',
  UNKNOWN_IMPACT: 'who calls is not known well enough to tell what would come of it',
  UNSAFE_ORDER: 'callers would get another answer while its objects are applied one after the other',
};
