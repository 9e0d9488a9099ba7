// npm run chaos -- --seed N --minutes M: everything that may go wrong, chosen by the seed, and the laws that hold afterwards.
// Several seeds with commas. Needs the servers of `npm test`.
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    minutes: { type: 'string', default: '3' },
  },
});
if (!/^\d+(,\d+)*$/.test(values.seed)) throw new Error('--seed: say a whole number, or several with commas');
if (!(Number(values.minutes) > 0)) throw new Error('--minutes: say a number of minutes');

execFileSync('npm', ['run', '--silent', 'e2e', '--', 'test/chaos'], {
  stdio: 'inherit',
  env: { ...process.env, MCP_CHAOS_SEEDS: values.seed, MCP_CHAOS_MINUTES: values.minutes },
});
