import { loadavg } from 'node:os';
import type { Benchmark } from './benchmark.js';
import { findings } from './policy/findings.js';
import { incremental } from './policy/incremental.js';
import { reach } from './policy/reachability.js';
import { verdicts } from './policy/verdicts.js';
import { number } from './words.js';

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
    const [, load = 0] = loadavg();
    return {
      rows: parts.flatMap(({ rows }) => rows),
      notes: [
        ...parts.flatMap(({ notes }) => notes),
        `Load of the machine over five minutes: ${number(load)}.`,
      ],
    };
  },
};
