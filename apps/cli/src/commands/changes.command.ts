import { Command } from 'commander';
import { type ApiClient, messageJson } from '@mcp/api-client';
import {
  Change,
  ChangesService,
  GetChangeRequest,
  GetMeshGraphRequest,
  GraphForm,
  MeshContextService,
} from '@mcp/contracts';
import { allPages } from '../connect/all-pages.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { CannotRun } from '../exit-code.js';
import { changesText, changeText } from '../output/changes.js';
import { structured } from '../output/structured.js';
import type { Run } from '../run.js';
import { listed, outputOption } from './options.js';

interface ChangesOptions extends ConnectionOptions {
  readonly namespace?: readonly string[];
  readonly watch: boolean;
  readonly output: 'table' | 'json' | 'yaml';
}

export function changesCommand(run: Run): Command {
  const command = new Command('changes')
    .summary('what was asked for, and what became of it')
    .description(
      'Shows the last change of each object that was asked for, or one change with all of its phases and what proves them.',
    )
    .argument('[change]', 'the id of one')
    .option('-n, --namespace <namespaces>', 'only of objects there; several with commas', listed)
    .option('--watch', 'follow the one until it has converged or ended otherwise', false)
    .addOption(outputOption(['table', 'json', 'yaml']));
  return withConnectionOptions(command).action(
    async (changeId: string | undefined, options: ChangesOptions) => {
      if (options.watch && changeId === undefined)
        throw new CannotRun('--watch is of one change: say its id, as `changes` lists it');
      await withApi(run, options, async (api) => {
        if (changeId === undefined) {
          tell(await lastChanges(api, options, run), options, run, (changes) =>
            changesText(changes, run.paint),
          );
          return;
        }
        if (options.watch) {
          for await (const { change } of api.stream(ChangesService.watchChange, {
            changeId,
            followDrift: false,
          }))
            if (change !== undefined) tell([change], options, run, () => changesText([change], run.paint));
          return;
        }
        const change = await changeOf(api, changeId);
        tell([change], options, run, () => changeText(change, run.paint));
      });
    },
  );
}

/** Of each object that there is a wish for. The graph says which; changes that newer ones replaced are known by their id only. */
async function lastChanges(
  api: ApiClient,
  { namespace = [] }: ChangesOptions,
  run: Run,
): Promise<readonly Change[]> {
  const pages = await allPages(run, (pageToken) =>
    api.unary(
      MeshContextService.getMeshGraph,
      GetMeshGraphRequest.fromPartial({
        namespaces: [...namespace],
        form: GraphForm.GRAPH_FORM_TYPED,
        pageToken,
      }),
    ),
  );
  const ids = pages
    .flatMap(({ entities }) => entities)
    .flatMap(({ entity }) => {
      const id = entity?.$case === 'policyObject' ? entity.policyObject.desired?.changeId : undefined;
      return id ?? [];
    });
  const changes: Change[] = [];
  for (const id of ids) changes.push(await changeOf(api, id));
  return changes;
}

async function changeOf(api: ApiClient, changeId: string): Promise<Change> {
  const { change } = await api.unary(ChangesService.getChange, GetChangeRequest.fromPartial({ changeId }));
  if (change === undefined) throw new Error(`the API answered nothing of change ${changeId}`);
  return change;
}

function tell(
  changes: readonly Change[],
  { output }: ChangesOptions,
  run: Run,
  inWords: (changes: readonly Change[]) => string,
): void {
  if (output === 'table') run.write(inWords(changes));
  else
    run.write(
      structured(
        changes.map((change) => messageJson('Change', Change, change)),
        output,
      ),
    );
}
