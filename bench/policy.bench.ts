import type { Benchmark } from './benchmark.js';
import { findings } from './policy/findings.js';
import { incremental } from './policy/incremental.js';
import { reach } from './policy/reachability.js';
import { verdicts } from './policy/verdicts.js';

export const policy: Benchmark = {
  name: 'policy',
  title: 'Policy answers',
  async run({ quick }) {
    const parts = [
      await verdicts(quick),
      await findings(quick),
      await reach(quick),
      await incremental(quick),
    ];
    return { rows: parts.flatMap(({ rows }) => rows), notes: parts.flatMap(({ notes }) => notes) };
  },
};
