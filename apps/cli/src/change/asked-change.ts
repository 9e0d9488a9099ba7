import type { Command } from 'commander';
import { type ApiClient, messageJson } from '@mcp/api-client';
import { Change, ChangesService, type ImpactCode, Phase } from '@mcp/contracts';
import { duration, outputOption, wholeNumber } from '../commands/options.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { whenAllowed } from '../connect/when-allowed.js';
import { CannotRun } from '../exit-code.js';
import { changesText, phaseText } from '../output/changes.js';
import { structured } from '../output/structured.js';
import type { Run } from '../run.js';
import { acceptImpactOption } from './accept-impact.js';

/** What every command has that asks for a change. */
export interface ChangeOptions extends ConnectionOptions {
  readonly dryRun: boolean;
  readonly reason: string;
  readonly expectedRevision?: number;
  readonly idempotencyKey?: string;
  readonly acceptImpact: readonly ImpactCode[];
  readonly wait?: number | true;
  readonly output: 'table' | 'json' | 'yaml';
}

const waitMs = 60_000;

export function withChangeOptions(command: Command): Command {
  command
    .option('--dry-run', 'ask whether the cluster would take it, and change nothing', false)
    .option('--reason <text>', 'why; kept in the history', '')
    .option(
      '--expected-revision <n>',
      'the revision that was seen; 0: nothing was asked for yet. For one object',
      wholeNumber,
    )
    .option('--idempotency-key <key>', 'makes a repeated request one')
    .addOption(acceptImpactOption())
    .option('--wait [duration]', 'follow the change until it has converged, for 60s or so long', duration)
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(command);
}

/** What the API answered, as every call does that takes a change. */
export interface AskedChange {
  /** Empty for a dry run. */
  readonly changeId: string;
  readonly message: string;
  /** The whole answer, as plain JSON. */
  readonly json: unknown;
}

/** Asks, tells the answer, and with --wait follows what was asked for until it has converged or ended otherwise. */
export function askForChange(
  run: Run,
  options: ChangeOptions,
  ask: (api: ApiClient) => Promise<AskedChange>,
): Promise<void> {
  return withApi(run, options, async (api) => {
    const { changeId, message, json } = await whenAllowed(run, () => ask(api));
    if (options.wait === undefined || options.dryRun) {
      if (options.output !== 'table') run.write(structured([json], options.output));
      else run.write(`${message}${changeId === '' ? '' : ` (change ${changeId})`}\n`);
      return;
    }
    run.note(message);
    const change = await settled(api, changeId, options.wait === true ? waitMs : options.wait, run);
    if (options.output === 'table') run.write(changesText([change], run.paint));
    else run.write(structured([messageJson('Change', Change, change)], options.output));
    if (change.phase !== Phase.PHASE_CONVERGED) run.endBadly();
  });
}

/** The change as it was last told: converged, ended otherwise, or as far as it came within the time. */
async function settled(api: ApiClient, changeId: string, limitMs: number, run: Run): Promise<Change> {
  let last: Change | undefined;
  const timeUp = AbortSignal.timeout(limitMs);
  const changes = api.stream(ChangesService.watchChange, { changeId, followDrift: false }, timeUp);
  for await (const { change } of changes) {
    if (change === undefined) continue;
    last = change;
    run.note(`${changeId}: ${phaseText(change.phase)}`);
  }
  if (last === undefined)
    throw new CannotRun(`nothing was told of change ${changeId} within ${limitMs / 1_000} s`);
  return last;
}
