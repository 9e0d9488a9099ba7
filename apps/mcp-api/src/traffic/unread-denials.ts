import { type Telemetry, type TelemetryFault, TelemetryPhase } from '@mcp/contracts';
import { type Refusal, refusals } from '@mcp/mesh';

/** The refusals that telemetry cannot tell of now, in order. */
export function unreadDenials(telemetry: Telemetry | undefined): readonly Refusal[] {
  if (telemetry?.phase !== TelemetryPhase.TELEMETRY_PHASE_LIVE) return refusals;
  return refusals.filter((kind) => telemetry.faults.some((fault) => hides(fault, kind)));
}

function hides({ code, part, counters }: TelemetryFault, kind: Refusal): boolean {
  if (code !== 'PART_MISSING') return false;
  // without the proxies nothing is known of whose counters they are
  if (part === 'proxies' || (part === 'counters' && counters === '')) return true;
  // what audit mode let in is counted with what was allowed
  const what = kind === 'audited' ? 'allowed' : kind;
  return part === 'counters' && counters.startsWith(`${what} `);
}
