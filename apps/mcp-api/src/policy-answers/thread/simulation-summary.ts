import type { CallerCoverage } from '@mcp/contracts';
import type { Effect } from '@mcp/policy';
import type { EffectTally } from './simulated-callers.js';

/** "2 known callers would lose access (412 calls let in before); of 1 it is not known. …" */
export function simulationSummary(
  tally: ReadonlyMap<Effect, EffectTally>,
  coverage: readonly CallerCoverage[],
): string {
  const told = effectsInWords(tally);
  const callers =
    told.length === 0
      ? 'No known caller would be decided about otherwise.'
      : `Of the known callers, ${told.join('; ')}.`;
  return [callers, coverageInWords(coverage)].filter((sentence) => sentence !== '').join(' ');
}

function effectsInWords(tally: ReadonlyMap<Effect, EffectTally>): readonly string[] {
  return (Object.entries(words) as [keyof typeof words, string][]).flatMap(([effect, what]) => {
    const { callers, unseenProbes, allowed } = tally.get(effect) ?? none;
    if (callers === 0) return [];
    const probes = unseenProbes === 0 ? '' : `, ${unseenProbes} of them probes that no telemetry shows`;
    return [`${callers} ${what} (let in ${allowed} times before${probes})`];
  });
}

const words = {
  cut: 'would lose access',
  unknown: 'may lose access, which is not known',
  opened: 'would gain access',
  'rule-changed': 'would be decided about by another rule, with the same verdict',
} as const;

const none: EffectTally = { callers: 0, unseenProbes: 0, allowed: 0 };

function coverageInWords(coverage: readonly CallerCoverage[]): string {
  const unsure = coverage.filter(({ impactKnown }) => !impactKnown).length;
  if (coverage.length === 0) return 'No port that is known would be decided about otherwise.';
  if (unsure === 0) return '';
  return `Of ${unsure} of the ${coverage.length} workloads that it is about, others may call than those that are known, and what becomes of them is not known.`;
}
