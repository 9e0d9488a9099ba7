import { CommanderError } from 'commander';
import { exitCodes, type ExitCode } from './exit-code.js';
import { withoutGoForms } from './go-flags.js';
import { program } from './program.js';
import { Run } from './run.js';
import type { Terminal } from './terminal.js';

/** Runs the command once. Never throws: what goes wrong is told in one line, and in the exit code. */
export async function runCommand(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const run = new Run(terminal);
  try {
    await program(run).parseAsync(withoutGoForms(args), { from: 'user' });
    return run.code;
  } catch (error) {
    // it has told already what it has to say
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.failed;
    run.note(`linkerd-mcp: ${describe(error)}`);
    return exitCodes.failed;
  }
}

/** An expected fault has a code, and says in one line what to do. Of anything else the stack helps whoever reports it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error) return error.message.replaceAll(/\s*\n\s*/g, ' ');
  return `this is a bug, please report it: ${error.stack ?? error.message}`;
}
