import { parseArgs } from 'node:util';
import { benchmarks } from './benchmarks.js';
import type { BenchmarkOptions, BenchmarkResult } from './benchmark.js';
import { Child } from './child.js';
import { machine, markdownOf, writeReports, type Report } from './report.js';

// npm run bench -- [name …] [--write] [--quick] [--minutes n]
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    write: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '1' },
  },
});
const known = benchmarks.map(({ name }) => name);
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) throw new Error(`no benchmark ${unknown.join(', ')}; there are ${known.join(', ')}`);
if (values.quick && values.write) throw new Error('a quick run is not worth writing down');

const options: BenchmarkOptions = { quick: values.quick, minutes: Number(values.minutes) };
const command = ['npm run bench --', ...process.argv.slice(2).filter((word) => word !== '--write')].join(' ');
const chosen = benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const made: Record<string, Report> = {};
for (const { name, title } of chosen) {
  // each in a process of its own: what one leaves on the heap is no burden for the next
  const child = Child.start('one-benchmark', { name, options });
  const { rows, notes } = await child.next<BenchmarkResult>();
  await child.end();
  const date = new Date().toISOString().slice(0, 10);
  const report: Report = { title, date, machine: machine(), command: command.trim(), rows, notes };
  made[name] = report;
  process.stdout.write(`${markdownOf(report)}\n`);
  if (values.write) await writeReports(made, known);
}
