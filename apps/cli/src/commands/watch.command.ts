import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { type ApiClient, ApiError, messageJson } from '@mcp/api-client';
import { MeshContextService, WatchMeshGraphRequest, WatchMeshGraphResponse } from '@mcp/contracts';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { WatchedGraph } from '../graph/watched-graph.js';
import type { Run } from '../run.js';
import { listed } from './options.js';

interface WatchOptions extends ConnectionOptions {
  readonly namespace?: readonly string[];
  readonly resumeFrom?: string;
  readonly rates: boolean;
  readonly output: 'table' | 'json';
}

/** How long to wait before a stream that broke is resumed, where the server does not say. */
const resumeAfterMs = 1_000;

export function watchCommand(run: Run): Command {
  const command = new Command('watch')
    .summary('every change of the mesh, as it happens')
    .description(
      'Follows the mesh graph until it is interrupted: a line for each thing that is added, changed or removed. Goes on without a gap when the server restarts.',
    )
    .option(
      '-n, --namespace <namespaces>',
      'only these, and edges that touch them; several with commas',
      listed,
    )
    .option('--resume-from <position>', 'what came after this position, where the server still has it')
    .option('--rates', 'also the rates of edges, as they change by more than a tenth', false)
    .addOption(
      new Option('-o, --output <format>', 'how to print it; json has one message a line')
        .choices(['table', 'json'])
        .default('table'),
    );
  return withConnectionOptions(command).action((options: WatchOptions) =>
    withApi(run, options, (api) => follow(api, options, run)),
  );
}

async function follow(api: ApiClient, options: WatchOptions, run: Run): Promise<void> {
  const graph = new WatchedGraph(run.paint);
  let position = options.resumeFrom ?? '';
  for (;;) {
    const question = WatchMeshGraphRequest.fromPartial({
      namespaces: [...(options.namespace ?? [])],
      resumeFrom: position,
      includeRates: options.rates,
    });
    const from = position;
    try {
      for await (const message of api.stream(MeshContextService.watchMeshGraph, question)) {
        if (message.position !== '') position = message.position;
        if (options.output === 'json')
          run.write(
            `${JSON.stringify(messageJson('WatchMeshGraphResponse', WatchMeshGraphResponse, message))}\n`,
          );
        else for (const line of graph.linesOf(message)) run.write(`${line}\n`);
      }
    } catch (error) {
      // one that never began has something that waiting does not mend
      if (!(error instanceof ApiError) || error.status !== 'UNAVAILABLE' || position === from) throw error;
      run.note(`the stream broke; going on from position ${position}: ${error.message}`);
      await sleep(error.retryAfterMs ?? resumeAfterMs);
    }
  }
}
