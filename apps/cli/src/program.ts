import { Command } from 'commander';
import { completionCommand } from './completion/completion.command.js';
import { extensionMetadataCommand } from './commands/extension-metadata.command.js';
import { lintCommand } from './commands/lint.command.js';
import type { Run } from './run.js';
import { version } from './version.js';

/** The whole command, ready to parse. Nothing of it ends the process. */
export function program(run: Run): Command {
  const root = new Command('linkerd-mcp')
    .description('Ask what is in a Linkerd mesh, who may call whom and why, and change its policy safely.')
    .version(version, '--version', 'print the version')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => run.write(text),
      writeErr: (text) => run.terminal.note(text),
      getOutHasColors: () => run.terminal.coloured,
      getErrHasColors: () => false,
    });
  const commands = [lintCommand(run), completionCommand(run, root)];
  for (const command of commands) root.addCommand(command.copyInheritedSettings(root));
  root.addCommand(extensionMetadataCommand(run).copyInheritedSettings(root), { hidden: true });
  return root;
}
