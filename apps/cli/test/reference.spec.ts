import { describe, expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { format, resolveConfig } from 'prettier';
import { Readable } from 'node:stream';
import { program } from '../src/program.js';
import { Run } from '../src/run.js';

const path = 'docs/reference/command.md';
const quiet = new Run({
  environment: {},
  stdin: Readable.from([]),
  write: () => undefined,
  hasRoom: async () => undefined,
  note: () => undefined,
  coloured: false,
  watched: false,
});

/** Those that `--help` lists, each followed by the commands that it has of its own. */
function listed(root: Command) {
  const help = root.createHelp();
  const own = (command: Command) =>
    help
      .visibleCommands(command)
      .filter((each) => each.name() !== 'help')
      .map((part) => ({ command: part, name: `${command.name()} ${part.name()}` }));
  return help
    .visibleCommands(root)
    .flatMap((command) => [{ command, name: command.name() }, ...own(command)]);
}

/** Every command, argument and option. */
function reference(root: Command): string {
  const help = root.createHelp();
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
  const table = (title: string, rows: readonly (readonly [string, string])[]) =>
    rows.length === 0
      ? []
      : [
          `| ${title} | |`,
          '| --- | --- |',
          ...rows.map(([name, text]) => `| \`${name.replaceAll('|', '\\|')}\` | ${cell(text)} |`),
          '',
        ];
  return [
    '# The command linkerd-mcp: every option',
    '',
    '[The command](../cli.md) says what it is for.',
    '',
    '<!-- Generated from apps/cli/src: GOLDEN_UPDATE=1 npm run unit -- apps/cli -->',
    '',
    ...listed(root).flatMap(({ command, name }) => [
      `## ${name}`,
      '',
      ...command
        .description()
        .split('\n')
        .flatMap((line) => [cell(line), '']),
      '```',
      `linkerd-mcp ${name} ${command.usage()}`,
      '```',
      '',
      ...table(
        'argument',
        help.visibleArguments(command).map((each) => [each.name(), help.argumentDescription(each)]),
      ),
      ...table(
        'option',
        help.visibleOptions(command).map((each) => [each.flags, help.optionDescription(each)]),
      ),
    ]),
  ].join('\n');
}

describe('the reference of the command', () => {
  it('is what the command takes', async () => {
    const text = reference(program(quiet));
    const formatted = await format(text, { ...(await resolveConfig(path)), filepath: path });
    if (process.env['GOLDEN_UPDATE'] === '1') writeFileSync(path, formatted);
    expect(readFileSync(path, 'utf8')).toBe(formatted);
  });

  it('has every command that the guide names, and the guide every command', () => {
    const commands = program(quiet)
      .createHelp()
      .visibleCommands(program(quiet))
      .map((command) => command.name());
    const guide = readFileSync('docs/cli.md', 'utf8');
    const named = new Set([...guide.matchAll(/linkerd mcp ([a-z-]+)/g)].map(([, name = '']) => name));
    expect([...named].sort()).toEqual([...commands].sort());
  });
});
