import { Command } from 'commander';
import { PlansService } from '@mcp/contracts';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { whenAllowed } from '../connect/when-allowed.js';
import { withApi } from '../connect/with-api.js';
import type { Run } from '../run.js';
import { outputOption } from './options.js';
import { tellPlan } from './plan.command.js';

interface UndoOptions extends ConnectionOptions {
  readonly reason: string;
  readonly output: 'table' | 'json' | 'yaml';
}

export function undoCommand(run: Run): Command {
  const command = new Command('undo')
    .summary('plan to take a change back')
    .description(
      'Plans that each object that a change wrote is to be as it was when the change was asked for, and says how to apply that: what the change made is deleted, what it changed gets its former fields. Refused where somebody changed one of them since. Nothing is changed.',
    )
    .argument('<change>', 'the id of a change that was applied, as `changes` lists it')
    .option('--reason <text>', 'why; kept in the history when the plan is applied', '')
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(command).action(async (changeId: string, options: UndoOptions) => {
    await withApi(run, options, async (api) => {
      const request = { changeId, reason: options.reason };
      const { plan } = await whenAllowed(run, () => api.unary(PlansService.planUndo, request));
      if (plan === undefined) throw new Error('the API answered no plan');
      tellPlan(plan, options.output, run);
    });
  });
}
