import { describe, expect, it } from '@jest/globals';
import { lintCases } from '../../test/lint-cases/index.js';
import { PolicyIndex } from '../policy-index.js';
import { lint } from './lint.js';
import { lintRules } from './lint-rules.js';

describe('lint', () => {
  it.each(lintCases)('$rule', ({ view, findings }) => {
    expect([...lint(new PolicyIndex(view))]).toEqual(findings);
  });

  it('has for each code a case that shows it, and one that shows its absence', () => {
    const shown = new Set(lintCases.flatMap(({ findings }) => findings.map(({ code }) => code)));
    const absent = new Set(lintCases.flatMap(({ without = [] }) => without));
    const codes = Object.keys(lintRules);
    expect([...shown].sort()).toEqual(codes);
    expect([...absent].sort()).toEqual(codes);
  });
});
