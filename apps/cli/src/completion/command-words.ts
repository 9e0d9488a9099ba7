import type { Command } from 'commander';

/** What a shell needs to know of a command. */
export interface CommandWords {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionWords[];
  /** Of its first argument, where it has only some. */
  readonly choices: readonly string[];
}

export interface OptionWords {
  readonly long: string;
  readonly short?: string;
  readonly summary: string;
  /** Undefined where it takes no value; empty where any will do. */
  readonly values?: readonly string[];
  readonly file: boolean;
}

/** Of the commands that `--help` lists. */
export function commandWords(root: Command): readonly CommandWords[] {
  const help = root.createHelp();
  return help.visibleCommands(root).map((command) => ({
    name: command.name(),
    summary: oneLine(help.subcommandDescription(command)),
    choices: command.registeredArguments[0]?.argChoices ?? [],
    options: help
      .visibleOptions(command)
      .flatMap(({ long, short, description, required, argChoices, flags }) =>
        long === undefined
          ? []
          : [
              {
                long,
                ...(short !== undefined && { short }),
                summary: oneLine(description),
                ...(required && { values: argChoices ?? [] }),
                file: /<(path|file)>/.test(flags),
              },
            ],
      ),
  }));
}

function oneLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
