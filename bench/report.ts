import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { format, resolveConfig } from 'prettier';
import type { BenchmarkResult } from './benchmark.js';

export interface Report extends BenchmarkResult {
  readonly title: string;
  readonly date: string;
  readonly machine: string;
  readonly command: string;
}

const resultsPath = 'bench/results.json';
const pagePath = 'docs/benchmarks.md';

export function machine(): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`;
  return `${cpus().length} cores (${cpu?.model ?? 'unknown'}), ${memory}, Linux ${release()}, Node ${process.version}`;
}

/** A table with its notes, in Markdown. */
export function markdownOf({ title, date, machine, command, rows, notes }: Report): string {
  const cells = rows.map(({ what, ours, baseline, ratio = '', target = '', met }) => [
    what,
    ours,
    baseline,
    ratio,
    target === '' || met === undefined ? target : `${target}: ${met ? 'met' : '**missed**'}`,
  ]);
  const lines = [['', 'ours', 'baseline', 'ratio', 'target'], Array<string>(5).fill('---'), ...cells];
  const table = lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
  const list = notes.map((note) => `- ${note}`).join('\n');
  return `## ${title}\n\n${table}\n\n${list}\n\n${date}, \`${command}\`, ${machine}.\n`;
}

/** Replaces the reports that were made anew, keeps the others, and writes the page of all. */
export async function writeReports(
  made: Readonly<Record<string, Report>>,
  order: readonly string[],
): Promise<void> {
  const kept = await readFile(resultsPath, 'utf8').then(
    (text) => JSON.parse(text) as Record<string, Report>,
    () => ({}),
  );
  const all: Record<string, Report> = { ...kept, ...made };
  const named = order.flatMap((name) => (all[name] === undefined ? [] : [[name, all[name]] as const]));
  await writeFormatted(resultsPath, JSON.stringify(Object.fromEntries(named)));
  await writeFormatted(pagePath, page + named.map(([, report]) => `\n${markdownOf(report)}`).join(''));
}

const page = `# Benchmarks

Written by \`npm run bench -- --write\`. Each figure stands beside a baseline of the same run: the variants take turns, several
rounds, and a ratio is that of one round. Cells have the median, and the least and the most in brackets. The machine is shared, so
ratios say more than the numbers beside them. Clients have their default limits.
`;

async function writeFormatted(path: string, text: string): Promise<void> {
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}
