import { Effect, type SimulateChangeResponse } from '@mcp/contracts';
import { deepEqual, formatClientSeen, formatWorkloadRef, type Refusal } from '@mcp/mesh';
import type { Ledger, LedgerRow, RefusalSeen, Refusals } from '@mcp/traffic';
import { seenCallerToProto } from '../to-proto/denial.to-proto.js';

type Caller = Pick<RefusalSeen, 'workload' | 'port' | 'client'>;

/** Who was refused since a time, in milliseconds since the epoch, at a port that had let them in before. */
export function deniedKnownCallers(
  refusals: Refusals,
  ledger: Ledger,
  since: number,
): readonly RefusalSeen[] {
  const denied = refusalsSince(refusals, since, ['denied', 'terminated']);
  const known = callersIn(ledger, denied, (row) => row.allowed > 0 && row.firstAt < since);
  return denied.filter((refusal) => known.has(callerName(refusal)));
}

/** Who was let in by an audit since a time and is not in the ledger yet, so that no simulation knows of them. */
export function auditedUnknownCallers(
  refusals: Refusals,
  ledger: Ledger,
  since: number,
): readonly RefusalSeen[] {
  const audited = refusalsSince(refusals, since, ['audited']);
  const known = callersIn(ledger, audited, () => true);
  return audited.filter((refusal) => !known.has(callerName(refusal)));
}

/** Names of those that the ledger has in the namespaces of refusals. */
function callersIn(
  ledger: Ledger,
  refusals: readonly RefusalSeen[],
  counts: (row: LedgerRow) => boolean,
): ReadonlySet<string> {
  const namespaces = new Set(refusals.map(({ workload }) => workload.namespace));
  const names = new Set<string>();
  for (const namespace of namespaces)
    for (const row of ledger.rowsIn(namespace)) if (counts(row)) names.add(callerName(row));
  return names;
}

function refusalsSince(refusals: Refusals, since: number, kinds: readonly Refusal[]): readonly RefusalSeen[] {
  return refusals.page({ kinds, from: since }, { limit: Infinity }).refusals;
}

/** Those that a simulated change does not surely leave as they are. One that is not on the first page of its impacts may be any. */
export function changedFor(
  callers: readonly RefusalSeen[],
  simulation: SimulateChangeResponse | Error,
): readonly RefusalSeen[] {
  if (simulation instanceof Error) return callers;
  const whole = simulation.nextPageToken === '';
  return callers.filter(({ workload, port, client }) => {
    const seen = seenCallerToProto(client);
    const effects = simulation.impacts.flatMap((impact) =>
      impact.port === port && deepEqual(impact.workload, workload) && deepEqual(impact.client, seen)
        ? [impact.effect]
        : [],
    );
    return effects.length === 0
      ? !whole
      : effects.some((effect) => effect === Effect.EFFECT_OPENED || effect === Effect.EFFECT_UNKNOWN);
  });
}

/** `identity:… at port 8080 of shop/Deployment/web`. */
export function callerName({ client, port, workload }: Caller): string {
  return `${formatClientSeen(client)} at port ${port} of ${formatWorkloadRef(workload)}`;
}
