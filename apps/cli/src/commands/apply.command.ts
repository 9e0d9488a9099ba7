import { Command } from 'commander';
import { type ApiClient, messageJson } from '@mcp/api-client';
import {
  ApplyObjectRequest,
  ApplyObjectResponse,
  Change,
  ChangesService,
  MeshContextService,
  Phase,
} from '@mcp/contracts';
import { readManifestInputs } from '@mcp/manifests';
import { type ApplicableObject, applicableObjects } from '../apply/applicable.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { whenAllowed } from '../connect/when-allowed.js';
import { withApi } from '../connect/with-api.js';
import { CannotRun } from '../exit-code.js';
import { changesText, phaseText } from '../output/changes.js';
import { structured } from '../output/structured.js';
import type { Run } from '../run.js';
import { fileDoc, fileFlags, manifestInputs } from './input-files.js';
import { duration, outputOption, repeated, wholeNumber } from './options.js';

interface ApplyOptions extends ConnectionOptions {
  readonly file: readonly string[];
  readonly dryRun: boolean;
  readonly reason: string;
  readonly expectedRevision?: number;
  readonly idempotencyKey?: string;
  readonly wait?: number | true;
  readonly output: 'table' | 'json' | 'yaml';
}

const waitMs = 60_000;

export function applyCommand(run: Run): Command {
  const command = new Command('apply')
    .summary('ask for objects of policy to be so')
    .description(
      `Asks for Servers, authorization policies, authentications, routes and rate limits to be as the manifests say, and answers when that is durably recorded. With --wait it follows each until it has converged, and exits with 1 where one does not.
All manifests are read and checked before the first is asked for. Only specs are written: one with labels or annotations is refused.`,
    )
    .requiredOption(fileFlags, fileDoc, repeated)
    .option('--dry-run', 'ask whether the cluster would take them, and change nothing', false)
    .option('--reason <text>', 'why; kept in the history', '')
    .option(
      '--expected-revision <n>',
      'the revision that was seen; 0: nothing was asked for yet. For one object',
      wholeNumber,
    )
    .option('--idempotency-key <key>', 'makes a repeated request one. For one object')
    .option('--wait [duration]', 'follow each change until it has converged, for 60s or so long', duration)
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(command).action(async (options: ApplyOptions) => {
    const objects = applicableObjects(await readManifestInputs(await manifestInputs(options.file, run)));
    if (
      objects.length > 1 &&
      (options.expectedRevision !== undefined || options.idempotencyKey !== undefined)
    )
      throw new CannotRun(
        '--expected-revision and --idempotency-key are of one object, and there are several: apply them one by one',
      );
    await withApi(run, options, async (api) => {
      const answers: ApplyObjectResponse[] = [];
      for (const object of objects) answers.push(await applyOne(api, object, options, run));
      if (options.wait === undefined || options.dryRun) {
        if (options.output !== 'table') run.write(structured(answers.map(answerJson), options.output));
        return;
      }
      const limit = options.wait === true ? waitMs : options.wait;
      const changes = await Promise.all(answers.map(({ changeId }) => settled(api, changeId, limit, run)));
      if (options.output === 'table') run.write(changesText(changes, run.paint));
      else
        run.write(
          structured(
            changes.map((change) => messageJson('Change', Change, change)),
            options.output,
          ),
        );
      if (changes.some(({ phase }) => phase !== Phase.PHASE_CONVERGED)) run.endBadly();
    });
  });
}

/** Tells the answer at once: if a later object is refused, this one is asked for nonetheless. */
async function applyOne(
  api: ApiClient,
  { object, yaml }: ApplicableObject,
  options: ApplyOptions,
  run: Run,
): Promise<ApplyObjectResponse> {
  const request = ApplyObjectRequest.fromPartial({
    yaml,
    dryRun: options.dryRun,
    reason: options.reason,
    ...(options.expectedRevision !== undefined && { expectedRevision: options.expectedRevision }),
    ...(options.idempotencyKey !== undefined && { idempotencyKey: options.idempotencyKey }),
  });
  const answer = await whenAllowed(run, () => api.unary(MeshContextService.applyObject, request));
  const { message, changeId } = answer;
  if (options.output === 'table' && (options.wait === undefined || options.dryRun))
    run.write(`${message}${changeId === '' ? '' : ` (change ${changeId})`}\n`);
  else run.note(`${object}: ${message}`);
  return answer;
}

function answerJson(answer: ApplyObjectResponse): unknown {
  return messageJson('ApplyObjectResponse', ApplyObjectResponse, answer);
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
