import { Command } from 'commander';
import { messageJson } from '@mcp/api-client';
import { ApplyChangeRequest, ApplyChangeResponse, MeshContextService } from '@mcp/contracts';
import { askForChange, type ChangeOptions, withChangeOptions } from '../change/asked-change.js';
import type { Run } from '../run.js';
import { objectDoc, readObject } from './references.js';
import { CannotRun } from '../exit-code.js';

export function deleteCommand(run: Run): Command {
  const command = new Command('delete')
    .summary('ask that there be no such objects of policy')
    .description(
      'Asks that there be no such objects, as one change and in this order. Only what was made through this API is deleted, and of whose spec nobody else owns a field.',
    )
    .argument('<objects...>', objectDoc);
  return withChangeOptions(command).action(async (names: readonly string[], options: ChangeOptions) => {
    const { dryRun, reason, expectedRevision: revision, idempotencyKey = '' } = options;
    const objects = names.map(readObject);
    if (objects.length > 1 && revision !== undefined)
      throw new CannotRun(
        '--expected-revision is of one object, and there are several: delete them one by one',
      );
    const expectedRevisions = revision === undefined ? [] : objects.map((object) => ({ object, revision }));
    const request = ApplyChangeRequest.fromPartial({
      ...{ delete: objects, expectedRevisions, dryRun, reason, idempotencyKey },
      acceptImpact: [...options.acceptImpact],
    });
    await askForChange(run, options, async (api) => {
      const answer = await api.unary(MeshContextService.applyChange, request);
      return { ...answer, json: messageJson('ApplyChangeResponse', ApplyChangeResponse, answer) };
    });
  });
}
