/** What stands in the way of deciding a pattern; undefined where nothing does. */
export type DialectProblem = { readonly kind: 'undecided' | 'invalid'; readonly reason: string };

export function checkDialect(pattern: string): DialectProblem | undefined {
  return pattern.length > 4_096 ? { kind: 'undecided', reason: 'the pattern is too long' } : undefined;
}
