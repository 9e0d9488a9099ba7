import { RE2JS } from 're2js';
import { checkDialect } from './regex-dialect.js';

export type ValuePattern =
  /** `matches` is undefined where it cannot be told of this value. */
  | { readonly kind: 'regex'; matches(value: string): boolean | undefined }
  /** `reason` is in words. */
  | { readonly kind: 'undecided'; readonly reason: string }
  /** Linkerd cannot read it either. `reason` is in words. */
  | { readonly kind: 'invalid'; readonly reason: string };

export function compilePattern(text: string): ValuePattern {
  const refused = checkDialect(text);
  if (refused !== undefined) return refused;
  const regex = RE2JS.compile(text);
  return {
    kind: 'regex',
    matches(value) {
      const matcher = regex.matcher(value);
      return matcher.find() && matcher.start() === 0 && matcher.end() === value.length;
    },
  };
}
