import { Command, Option } from 'commander';
import { type ApiClient, messageJson } from '@mcp/api-client';
import { Plan, PlanChangeRequest, PlansService } from '@mcp/contracts';
import { readManifestInputs } from '@mcp/manifests';
import { applicableObjects } from '../apply/applicable.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { whenAllowed } from '../connect/when-allowed.js';
import { withApi } from '../connect/with-api.js';
import { CannotRun } from '../exit-code.js';
import { planText } from '../output/plan.js';
import { structured } from '../output/structured.js';
import { basisNotes } from '../output/told-basis.js';
import type { Run } from '../run.js';
import { fileDoc, fileFlags, manifestInputs } from './input-files.js';
import { duration, outputOption, repeated } from './options.js';
import { objectDoc, readObject } from './references.js';

interface PlanOptions extends ConnectionOptions {
  readonly file: readonly string[];
  readonly delete: readonly string[];
  readonly reason: string;
  readonly audit: number;
  readonly undoOnDenials: number;
  readonly output: 'table' | 'json' | 'yaml';
}

export function planCommand(run: Run): Command {
  const command = new Command('plan')
    .summary('what a change would do, before anybody asks for it')
    .description(
      'Has the cluster try out every object, simulates what becomes of those who call, and says how risky that is and how to apply it. Nothing is changed.',
    )
    .option(fileFlags, `what is to be: ${fileDoc}`, repeated, [])
    .option(
      '--delete <object>',
      `what there is to be none of: ${objectDoc}; may be given several times`,
      repeated,
      [],
    )
    .option('--reason <text>', 'why; kept in the history when the plan is applied', '')
    .addOption(
      new Option(
        '--audit <duration>',
        'for so long, Servers that are to deny only audit, then they deny; at most 7 days',
      )
        .argParser(duration)
        .default(0, 'they deny at once'),
    )
    .addOption(
      new Option(
        '--undo-on-denials <duration>',
        'undo it all if a caller that had been let in is denied within so long; at most a day',
      )
        .argParser(duration)
        .default(0, 'it is not watched'),
    )
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(command).action(async (options: PlanOptions) => {
    if (options.file.length + options.delete.length === 0)
      throw new CannotRun(
        'there is no change to plan: say what is to be with -f, or what to delete with --delete',
      );
    const objects = applicableObjects(await readManifestInputs(await manifestInputs(options.file, run)));
    const request = PlanChangeRequest.fromPartial({
      yaml: objects.map(({ yaml }) => yaml).join('\n---\n'),
      delete: options.delete.map(readObject),
      reason: options.reason,
      staging: {
        auditSeconds: Math.ceil(options.audit / 1_000),
        undoOnDenialsSeconds: Math.ceil(options.undoOnDenials / 1_000),
      },
    });
    await withApi(run, options, async (api) => {
      const plan = await whenAllowed(run, () => planOf(api, request));
      tellPlan(plan, options.output, run);
    });
  });
}

async function planOf(api: ApiClient, request: PlanChangeRequest): Promise<Plan> {
  const { plan } = await api.unary(PlansService.planChange, request);
  if (plan === undefined) throw new Error('the API answered no plan');
  return plan;
}

export function tellPlan(plan: Plan, output: PlanOptions['output'], run: Run): void {
  if (output !== 'table') return run.write(structured(messageJson('Plan', Plan, plan), output));
  basisNotes(plan.basis).forEach((note) => run.note(note));
  run.write(planText(plan, run.paint));
}
