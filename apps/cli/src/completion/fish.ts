import type { Command } from 'commander';
import { commandWords, type OptionWords } from './command-words.js';

export function fishCompletion(root: Command): string {
  const commands = commandWords(root);
  const names = commands.map(({ name }) => name).join(' ');
  const first = `not __fish_seen_subcommand_from ${names}`;
  const lines = commands.flatMap(({ name, summary, options, choices }) => [
    line(first, `-f -a ${name} -d ${quoted(summary)}`),
    ...(choices.length === 0 ? [] : [line(seen(name), `-f -a ${quoted(choices.join(' '))}`)]),
    ...options.map((option) => line(seen(name), optionWords(option))),
  ]);
  return `# completion of linkerd-mcp for fish\n${lines.join('\n')}\n`;
}

function line(condition: string, rest: string): string {
  return `complete -c linkerd-mcp -n ${quoted(condition)} ${rest}`;
}

function seen(name: string): string {
  return `__fish_seen_subcommand_from ${name}`;
}

function optionWords({ long, short, summary, values, file }: OptionWords): string {
  const words = [`-l ${long.slice(2)}`, ...(short === undefined ? [] : [`-s ${short.slice(1)}`])];
  if (values !== undefined) words.push(file ? '-r -F' : '-x');
  if (values !== undefined && values.length > 0) words.push(`-a ${quoted(values.join(' '))}`);
  return [...words, `-d ${quoted(summary)}`].join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
