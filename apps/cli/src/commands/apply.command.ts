import { Command } from 'commander';
import { type ApiClient, messageJson } from '@mcp/api-client';
import {
  ApplyChangeRequest,
  ApplyChangeResponse,
  ApplyObjectRequest,
  ApplyObjectResponse,
  ApplyPlanResponse,
  MeshContextService,
  PlansService,
} from '@mcp/contracts';
import { readManifestInputs } from '@mcp/manifests';
import { type ApplicableObject, applicableObjects } from '../apply/applicable.js';
import {
  askForChange,
  type AskedChange,
  type ChangeOptions,
  withChangeOptions,
} from '../change/asked-change.js';
import { CannotRun } from '../exit-code.js';
import type { Run } from '../run.js';
import { fileDoc, fileFlags, manifestInputs } from './input-files.js';
import { repeated } from './options.js';

interface ApplyOptions extends ChangeOptions {
  readonly file: readonly string[];
}

export function applyCommand(run: Run): Command {
  const command = new Command('apply')
    .summary('ask for objects of policy to be so')
    .description(
      `Asks for Servers, authorization policies, authentications, routes and rate limits to be as the manifests say, and answers when that is durably recorded. With --wait it follows that until it has converged, and exits with 1 where it does not.
Several objects are one change, applied in an order that is safe for those who call, where there is one: all of it is recorded, or none. Only specs are written: an object with labels or annotations is refused.
A change that may cut callers off, open a port to everyone, or of which that is not known, is refused until --accept-impact names that.
With the id of a plan, asks for what was planned, if all is still as the plan says.`,
    )
    .argument('[plan]', 'the id of a plan, as `plan` and `undo` give it; in place of manifests')
    .option(fileFlags, fileDoc, repeated, []);
  return withChangeOptions(command).action(async (planId: string | undefined, options: ApplyOptions) => {
    if (planId !== undefined) return applyPlan(planId, options, run);
    if (options.file.length === 0)
      throw new CannotRun('there is nothing to apply: say manifests with -f, or the id of a plan');
    const [object, ...more] = applicableObjects(
      await readManifestInputs(await manifestInputs(options.file, run)),
    );
    if (object === undefined) throw new CannotRun('nothing is applied: there is no object in the manifests');
    if (more.length > 0 && options.expectedRevision !== undefined)
      throw new CannotRun(
        '--expected-revision is of one object, and there are several: apply them one by one',
      );
    await askForChange(run, options, (api) =>
      more.length === 0 ? applyOne(api, object, options) : applySet(api, [object, ...more], options),
    );
  });
}

async function applyPlan(planId: string, options: ApplyOptions, run: Run): Promise<void> {
  const { file, dryRun, reason, expectedRevision, idempotencyKey } = options;
  const vain = [
    file.length > 0 && '-f',
    dryRun && '--dry-run',
    reason !== '' && '--reason',
    expectedRevision !== undefined && '--expected-revision',
    idempotencyKey !== undefined && '--idempotency-key',
  ].find((flag) => flag !== false);
  if (vain !== undefined) throw new CannotRun(`${vain} was for the plan to say: leave it out, or plan anew`);
  const request = { planId, acceptImpact: [...options.acceptImpact] };
  await askForChange(run, options, async (api) => {
    const answer = await api.unary(PlansService.applyPlan, request);
    return { ...answer, json: messageJson('ApplyPlanResponse', ApplyPlanResponse, answer) };
  });
}

async function applyOne(
  api: ApiClient,
  { yaml }: ApplicableObject,
  options: ApplyOptions,
): Promise<AskedChange> {
  const { dryRun, reason, expectedRevision, idempotencyKey = '', acceptImpact } = options;
  const request = ApplyObjectRequest.fromPartial({
    ...{ yaml, dryRun, reason, idempotencyKey, expectedRevision },
    acceptImpact: [...acceptImpact],
  });
  const answer = await api.unary(MeshContextService.applyObject, request);
  return { ...answer, json: messageJson('ApplyObjectResponse', ApplyObjectResponse, answer) };
}

async function applySet(
  api: ApiClient,
  objects: readonly ApplicableObject[],
  { dryRun, reason, idempotencyKey = '', acceptImpact }: ApplyOptions,
): Promise<AskedChange> {
  const yaml = objects.map((object) => object.yaml).join('\n---\n');
  const request = ApplyChangeRequest.fromPartial({
    ...{ yaml, dryRun, reason, idempotencyKey },
    acceptImpact: [...acceptImpact],
  });
  const answer = await api.unary(MeshContextService.applyChange, request);
  return { ...answer, json: messageJson('ApplyChangeResponse', ApplyChangeResponse, answer) };
}
