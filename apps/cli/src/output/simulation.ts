import { Effect, type Finding, type Impact, Severity, type SimulateChangeResponse } from '@mcp/contracts';
import { callerText, enumText, objectText, workloadText } from './in-words.js';
import type { Paint, Tone } from './paint.js';
import { table } from './table.js';

const tones: Readonly<Record<Effect, Tone>> = {
  [Effect.EFFECT_UNSPECIFIED]: 'doubtful',
  [Effect.EFFECT_CUT]: 'bad',
  [Effect.EFFECT_UNKNOWN]: 'doubtful',
  [Effect.EFFECT_OPENED]: 'doubtful',
  [Effect.EFFECT_RULE_CHANGED]: 'faint',
  [Effect.EFFECT_UNCHANGED]: 'faint',
};

/** The summary, a row for each caller, and what is not known or would be wrong afterwards. */
export function simulationText(answer: SimulateChangeResponse, paint: Paint): string {
  const { summary, impacts, coverage, newFindings, goneFindings, outOfScope } = answer;
  const rows = impacts.map((impact) => [
    paint(tones[impact.effect], enumText(Effect[impact.effect], 'EFFECT')),
    impact.unseenProbe ? 'a probe of the kubelet' : callerText(impact.client),
    impact.clientWorkloads.map(workloadText).join(' '),
    `${workloadText(impact.workload)}:${impact.port}`,
    impact.route === undefined || impact.route.kind === 'default'
      ? ''
      : `${impact.route.kind} ${impact.route.name}`,
    impact.unseenProbe ? '' : String(impact.allowed),
    becauseOf(impact),
  ]);
  const titles = ['EFFECT', 'CALLER', 'RUNS AS IT', 'AT', 'ROUTE', 'LET IN BEFORE', 'AFTER'];
  const lines = [
    ...coverage
      .filter(({ impactKnown }) => !impactKnown)
      .map(({ workload, message }) => `others may call ${workloadText(workload)}: ${message}`),
    ...outOfScope.map((namespace) => `nothing is known of namespace ${namespace}: it is not looked at`),
    ...newFindings.map((finding) => `new   ${findingText(finding)}`),
    ...goneFindings.map((finding) => `gone  ${findingText(finding)}`),
  ].map((line) => `${line}\n`);
  const told = rows.length === 0 ? '' : `\n${table(titles, rows)}`;
  return `${paint('strong', summary)}\n${told}${lines.length === 0 ? '' : `\n${lines.join('')}`}`;
}

/** Of the pods for which it is worst, since they decide. */
function becauseOf({ pods, effect }: Impact): string {
  const worst = pods.find((pod) => pod.effect === effect);
  const [missing] = worst?.unknown ?? [];
  return missing?.message ?? worst?.after[0]?.message ?? '';
}

function findingText({ code, severity, about, field, message }: Finding): string {
  const subject =
    about?.$case === 'object'
      ? objectText(about.object)
      : about === undefined
        ? ''
        : workloadText(about.workload);
  return [enumText(Severity[severity], 'SEVERITY'), code, subject, field, message]
    .filter((text) => text !== '')
    .join('  ');
}
