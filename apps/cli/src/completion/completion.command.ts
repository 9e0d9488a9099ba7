import { Argument, Command } from 'commander';
import type { Run } from '../run.js';
import { bashCompletion } from './bash.js';
import { fishCompletion } from './fish.js';
import { zshCompletion } from './zsh.js';

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

export function completionCommand(run: Run, root: Command): Command {
  return new Command('completion')
    .summary('print the completion for a shell')
    .description(
      `Prints what makes a shell complete the command.
For bash: source <(linkerd-mcp completion bash)
For zsh: linkerd-mcp completion zsh > "\${fpath[1]}/_linkerd-mcp"
For fish: linkerd-mcp completion fish > ~/.config/fish/completions/linkerd-mcp.fish`,
    )
    .addArgument(new Argument('<shell>').choices(Object.keys(shells)))
    .action((shell: keyof typeof shells) => run.write(shells[shell](root)));
}
