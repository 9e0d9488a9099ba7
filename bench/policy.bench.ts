import type { Benchmark } from './benchmark.js';
import { verdicts } from './policy/verdicts.js';

export const policy: Benchmark = {
  name: 'policy',
  title: 'Policy answers',
  async run({ quick }) {
    const parts = [await verdicts(quick)];
    return { rows: parts.flatMap(({ rows }) => rows), notes: parts.flatMap(({ notes }) => notes) };
  },
};
