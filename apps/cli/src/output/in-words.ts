import {
  type ObjectKey,
  type PolicyRef,
  PortReach,
  type SeenCaller,
  CallerKind,
  Verdict,
  type WorkloadRef,
} from '@mcp/contracts';
import type { Tone } from './paint.js';

export function objectText({ kind, namespace, name }: ObjectKey): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}

export function workloadText(ref: WorkloadRef | undefined): string {
  return ref === undefined ? '?' : `${ref.namespace}/${ref.kind}/${ref.name}`;
}

export function policyText(policy: PolicyRef | undefined): string {
  switch (policy?.ref?.$case) {
    case 'object':
      return objectText(policy.ref.object);
    case 'builtIn':
      return policy.ref.builtIn;
    case undefined:
      return '';
  }
}

export function callerText(caller: SeenCaller | undefined): string {
  if (caller === undefined) return '?';
  if (caller.identity !== '') return caller.identity;
  return caller.kind === CallerKind.CALLER_KIND_UNMESHED ? 'without mesh TLS' : 'mesh TLS, not identified';
}

/** `PORT_REACH_NOT_ENFORCED` of the enumeration `PORT_REACH` is `not-enforced`. */
export function enumText(name: string, prefix: string): string {
  return name
    .slice(prefix.length + 1)
    .toLowerCase()
    .replaceAll('_', '-');
}

export function reachText(reach: PortReach): string {
  return enumText(PortReach[reach], 'PORT_REACH');
}

export function verdictText(verdict: Verdict): string {
  return enumText(Verdict[verdict], 'VERDICT');
}

export const verdictTones: Readonly<Record<Verdict, Tone>> = {
  [Verdict.VERDICT_UNSPECIFIED]: 'doubtful',
  [Verdict.VERDICT_ALLOW]: 'good',
  [Verdict.VERDICT_AUDIT]: 'doubtful',
  [Verdict.VERDICT_DENY]: 'bad',
  [Verdict.VERDICT_NOT_ENFORCED]: 'doubtful',
  [Verdict.VERDICT_UNKNOWN]: 'doubtful',
};

/** To the second, as RFC 3339. Empty where there is none. */
export function timeText(time: Date | undefined): string {
  return time === undefined ? '' : time.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** With three digits. What is not known is `-`, which is not 0. */
export function numberText(value: number | undefined, unit = ''): string {
  return value === undefined ? '-' : `${Number(value.toPrecision(3))}${unit}`;
}

/** `1h 30m`; of 0 seconds `0s`. */
export function secondsText(seconds: number): string {
  const parts = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`);
  return told.length === 0 ? '0s' : told.join(' ');
}
