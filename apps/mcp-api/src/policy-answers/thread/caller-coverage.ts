import type { CallerCoverage } from '@mcp/contracts';
import type { WorkloadRef } from '@mcp/mesh';
import type { Coverage } from '@mcp/traffic';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Callers are recorded once an hour, and a little later. */
const latestMs = 2 * hourMs;

/** Whether all who call the workload are known `at` this time, in milliseconds since the epoch. */
export function callerCoverage(
  workload: WorkloadRef,
  coverage: Coverage | undefined,
  at: number,
): CallerCoverage {
  const doubt = doubtAbout(coverage, at);
  return {
    workload,
    impactKnown: doubt === undefined,
    code: doubt?.code ?? '',
    message: doubt?.message ?? '',
    until: coverage && new Date(coverage.until),
    observedMs: coverage?.observedMs ?? 0,
    leftOut: coverage?.dropped ?? 0,
  };
}

function doubtAbout(
  coverage: Coverage | undefined,
  at: number,
): { readonly code: string; readonly message: string } | undefined {
  if (coverage === undefined) return { code: 'NEVER_OBSERVED', message: 'who calls it was never recorded' };
  const { until, observedMs, dropped } = coverage;
  if (at - until > latestMs)
    return {
      code: 'NOT_OBSERVED_OF_LATE',
      message: `who calls it was last recorded ${inHours(at - until)} before`,
    };
  if (observedMs < dayMs)
    return {
      code: 'LESS_THAN_A_DAY',
      message: `only ${inHours(observedMs)} of the last 24 hours were observed: others may call it that were not seen`,
    };
  if (dropped > 0)
    return {
      code: 'CALLERS_LEFT_OUT',
      message: `${dropped} calls were of callers too many to be kept`,
    };
  return undefined;
}

/** What is less than a day never rounds to one. */
function inHours(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
