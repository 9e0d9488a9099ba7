import type { Severity } from '@mcp/policy';
import type { Paint, Tone } from './paint.js';

/** What is told of a finding, of manifests or of the mesh. */
export interface ToldFinding {
  readonly code: string;
  readonly severity: Severity;
  readonly object: { readonly kind: string; readonly namespace: string; readonly name: string };
  readonly field: string;
  readonly message: string;
  readonly advice: string;
  readonly where: string;
}

export const severities = ['error', 'warning', 'info'] as const satisfies readonly Severity[];

const tones: Readonly<Record<Severity, Tone>> = { error: 'bad', warning: 'doubtful', info: 'faint' };

/** Each finding in a few lines, under the place where it is, and how many there are last. */
export function findingsText(findings: readonly ToldFinding[], paint: Paint): string {
  const lines: string[] = [];
  let place: string | undefined;
  for (const { code, severity, object, field, message, advice, where } of findings) {
    if (where !== place && where !== '') lines.push(paint('strong', where));
    place = where;
    lines.push(
      `  ${paint(tones[severity], severity.padEnd(7))}  ${code}  ${nameOf(object)}${field === '' ? '' : `  ${field}`}`,
      `           ${message}`,
      ...(advice === '' ? [] : [paint('faint', `           ${advice}`)]),
    );
  }
  return [...lines, countOf(findings)].map((line) => `${line}\n`).join('');
}

export function countOf(findings: readonly { readonly severity: Severity }[]): string {
  if (findings.length === 0) return 'No findings.';
  const counts = severities
    .map((severity) => ({ severity, count: findings.filter((found) => found.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}${count > 1 && severity !== 'info' ? 's' : ''}`);
  return `${findings.length} finding${findings.length === 1 ? '' : 's'}: ${counts.join(', ')}.`;
}

/** Whether any is as bad as this, or worse. */
export function anyAsBadAs(
  worst: Severity | 'never',
  findings: readonly { readonly severity: Severity }[],
): boolean {
  const limit = worst === 'never' ? -1 : severities.indexOf(worst);
  return findings.some(({ severity }) => severities.indexOf(severity) <= limit);
}

function nameOf({ kind, namespace, name }: ToldFinding['object']): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`;
}
