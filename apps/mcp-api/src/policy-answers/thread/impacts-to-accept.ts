import { createHash } from 'node:crypto';
import { ImpactCode, type CallerCoverage, type ImpactToAccept } from '@mcp/contracts';
import { canonicalJson, formatClientSeen, formatWorkloadRef } from '@mcp/mesh';
import type { Effect, KnownCaller, OpenedPort, SafeOrder } from '@mcp/policy';
import type { EffectTally } from './simulated-callers.js';

/** What a simulation found, as far as it may have to be accepted. */
export interface Found {
  readonly tally: ReadonlyMap<Effect, EffectTally>;
  readonly callers: ReadonlyMap<Effect, readonly KnownCaller[]>;
  readonly coverage: readonly CallerCoverage[];
  readonly opened: readonly OpenedPort[];
  /** Undefined: too many callers to look for one. */
  readonly order: SafeOrder | undefined;
}

/** At most so many are named. */
const mostNamed = 5;

/** What has to be accepted by name before the change is recorded, the worst first. */
export function impactsToAccept({
  tally,
  callers,
  coverage,
  opened,
  order,
}: Found): readonly ImpactToAccept[] {
  const of = (effect: Effect) => (callers.get(effect) ?? []).map(callerName);
  const impacts: ImpactToAccept[] = [];
  const add = (code: ImpactCode, message: string, about: readonly string[]) =>
    impacts.push({ code, message, digest: digestOf(about) });
  const cut = tally.get('cut');
  if (cut !== undefined)
    add(
      ImpactCode.IMPACT_CODE_CUTS_LIVE_CALLERS,
      `${counted(cut.callers, 'caller')} that ${cut.callers === 1 ? 'is' : 'are'} let in now (${cut.allowed} times so far) would be refused`,
      of('cut'),
    );
  const open = opened.filter(({ sure }) => sure);
  if (open.length > 0)
    add(
      ImpactCode.IMPACT_CODE_OPENS_TO_EVERYONE,
      `anybody would be let in, without any authentication, at ${named(open.map(portName))}`,
      open.map(portName),
    );
  const unknown = whatIsUnknown({ tally, coverage, opened });
  if (unknown.length > 0)
    add(ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT, unknown.join('; '), [
      ...of('unknown'),
      ...coverage.filter(({ impactKnown }) => !impactKnown).map(workloadName),
      ...opened.filter(({ sure }) => !sure).map(portName),
    ]);
  if (order === undefined)
    add(
      ImpactCode.IMPACT_CODE_UNSAFE_ORDER,
      'there are too many callers to look for an order that is safe for all of them',
      [],
    );
  else if (order.unsafe.length > 0)
    add(
      ImpactCode.IMPACT_CODE_UNSAFE_ORDER,
      `while the objects are applied one after the other, ${counted(order.unsafe.length, 'caller')} would get an answer that they get neither before nor after: ${named(order.unsafe.map(callerName))}${order.exhaustive ? '' : '; a better order may exist, the search for it was given up'}`,
      order.unsafe.map(callerName),
    );
  return impacts;
}

/** "High risk: …" in one sentence. */
export function riskInWords(impacts: readonly ImpactToAccept[]): string {
  const [worst, ...others] = impacts;
  if (worst === undefined)
    return 'Low risk: no known caller loses access, and nothing is opened to everyone.';
  const level = worst.code === ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT ? 'Unknown risk' : 'High risk';
  const more = others.length === 0 ? '' : ` Besides: ${others.map(({ message }) => message).join('; ')}.`;
  return `${level}: ${worst.message}.${more}`;
}

function whatIsUnknown({ tally, coverage, opened }: Omit<Found, 'order' | 'callers'>): readonly string[] {
  const callers = tally.get('unknown')?.callers ?? 0;
  const unsure = coverage.filter(({ impactKnown }) => !impactKnown);
  const perhapsOpen = opened.filter(({ sure }) => !sure);
  return [
    ...(callers > 0 ? [`what becomes of ${counted(callers, 'known caller')} is not known`] : []),
    ...(unsure.length > 0
      ? [
          `others than the known ones may call ${named(unsure.map((one) => `${workloadName(one)} (${one.message})`))}`,
        ]
      : []),
    ...(perhapsOpen.length > 0
      ? [`whether anybody would be let in is not known at ${named(perhapsOpen.map(portName))}`]
      : []),
  ];
}

function workloadName({ workload }: CallerCoverage): string {
  return workload === undefined ? '' : formatWorkloadRef(workload);
}

function portName({ workload, port }: OpenedPort): string {
  return `port ${port} of ${formatWorkloadRef(workload)}`;
}

function callerName({ client, workload, port }: KnownCaller): string {
  const who = formatClientSeen(client);
  return `${who} at port ${port} of ${formatWorkloadRef(workload)}`;
}

/** The same for the same names, in whatever order. */
function digestOf(names: readonly string[]): string {
  return createHash('sha256')
    .update(canonicalJson([...new Set(names)].sort()))
    .digest('hex')
    .slice(0, 16);
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}

function named(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
