import { Command } from 'commander';
import { applyCommand } from './commands/apply.command.js';
import { checkCommand } from './commands/check.command.js';
import { changesCommand } from './commands/changes.command.js';
import { deleteCommand } from './commands/delete.command.js';
import { denialsCommand } from './commands/denials.command.js';
import { diffCommand } from './commands/diff.command.js';
import { driftCommand } from './commands/drift.command.js';
import { eventsCommand } from './commands/events.command.js';
import { watchCommand } from './commands/watch.command.js';
import { whatIfCommand } from './commands/what-if.command.js';
import { completionCommand } from './completion/completion.command.js';
import { extensionMetadataCommand } from './commands/extension-metadata.command.js';
import { explainCommand } from './commands/explain.command.js';
import { graphCommand } from './commands/graph.command.js';
import { installCommand, uninstallCommand } from './commands/install.command.js';
import { lintCommand } from './commands/lint.command.js';
import { planCommand } from './commands/plan.command.js';
import { undoCommand } from './commands/undo.command.js';
import { withdrawCommand } from './commands/withdraw.command.js';
import { whoCanReachCommand } from './commands/who-can-reach.command.js';
import type { Run } from './run.js';
import { version } from './version.js';

/** The whole command, ready to parse. Nothing of it ends the process. */
export function program(run: Run): Command {
  const root = new Command('linkerd-mcp')
    .description('Ask what is in a Linkerd mesh, who may call whom and why, and change its policy safely.')
    .version(version, '--version', 'print the version')
    .helpCommand(false)
    // an option after the name of a command is that command's
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => run.write(text),
      writeErr: (text) => run.terminal.note(text),
      getOutHasColors: () => run.terminal.coloured,
      getErrHasColors: () => false,
    });
  const commands = [
    graphCommand(run),
    watchCommand(run),
    explainCommand(run),
    whoCanReachCommand(run),
    whatIfCommand(run),
    lintCommand(run),
    planCommand(run),
    applyCommand(run),
    deleteCommand(run),
    undoCommand(run),
    withdrawCommand(run),
    diffCommand(run),
    driftCommand(run),
    changesCommand(run),
    eventsCommand(run),
    denialsCommand(run),
    completionCommand(run, root),
  ];
  // Linkerd asks its extensions to ignore the flags of versions to come; what is inherited would undo that
  const check = checkCommand(run);
  commands.splice(-1, 0, check, installCommand(run), uninstallCommand(run));
  for (const command of commands) {
    root.addCommand(command.copyInheritedSettings(root));
    for (const part of command.commands) part.copyInheritedSettings(root);
  }
  check.allowUnknownOption().allowExcessArguments();
  root.addCommand(extensionMetadataCommand(run).copyInheritedSettings(root), { hidden: true });
  return root;
}
