import { Command } from 'commander';
import { ChangesService } from '@mcp/contracts';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { whenAllowed } from '../connect/when-allowed.js';
import { withApi } from '../connect/with-api.js';
import type { Run } from '../run.js';

interface WithdrawOptions extends ConnectionOptions {
  readonly reason: string;
}

export function withdrawCommand(run: Run): Command {
  const command = new Command('withdraw')
    .summary('see to it that a change that waits is not applied')
    .description(
      'Ends what waits of a change, so that it is not applied, or what is to follow it by itself. What was applied stays: `undo` takes that back.',
    )
    .argument('<change>', 'the id of a change that waits, as `changes --open` lists it')
    .option('--reason <text>', 'why; kept in the history', '');
  return withConnectionOptions(command).action(async (changeId: string, options: WithdrawOptions) => {
    await withApi(run, options, async (api) => {
      const request = { changeId, reason: options.reason };
      const { message } = await whenAllowed(run, () => api.unary(ChangesService.withdrawChange, request));
      run.write(`${message}\n`);
    });
  });
}
