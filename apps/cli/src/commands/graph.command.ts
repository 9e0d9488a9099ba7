import { Command } from 'commander';
import { messageJson } from '@mcp/api-client';
import { GetMeshGraphRequest, GetMeshGraphResponse, GraphForm, MeshContextService } from '@mcp/contracts';
import { allPages } from '../connect/all-pages.js';
import { type ConnectionOptions, withConnectionOptions } from '../connect/connection-options.js';
import { withApi } from '../connect/with-api.js';
import { graphDot, graphMermaid } from '../graph/graph-drawing.js';
import { graphText } from '../graph/graph-text.js';
import { meshPicture } from '../graph/mesh-picture.js';
import { structured } from '../output/structured.js';
import { collectorNotes, sourceNotes, telemetryNotes } from '../output/told-basis.js';
import type { Run } from '../run.js';
import { atOption } from './access-options.js';
import { listed, outputOption } from './options.js';

interface GraphOptions extends ConnectionOptions {
  readonly namespace?: readonly string[];
  readonly at?: string;
  readonly output: 'table' | 'json' | 'yaml' | 'dot' | 'mermaid';
}

export function graphCommand(run: Run): Command {
  const command = new Command('graph')
    .summary('what is in the mesh, and who calls whom')
    .description(
      'Shows the mesh graph: workloads with what policy says of their ports, and who calls whom with the newest rates.\nA rate that is not known is -, which is not 0.',
    )
    .option(
      '-n, --namespace <namespaces>',
      'only these, and edges that touch them; several with commas',
      listed,
    )
    .option(...atOption)
    .addOption(outputOption(['table', 'json', 'yaml', 'dot', 'mermaid']));
  return withConnectionOptions(command).action(async (options: GraphOptions) => {
    const graph = await withApi(run, options, async (api) => {
      const pages = await allPages(run, (pageToken) =>
        api.unary(
          MeshContextService.getMeshGraph,
          GetMeshGraphRequest.fromPartial({
            namespaces: [...(options.namespace ?? [])],
            at: options.at ?? '',
            form: GraphForm.GRAPH_FORM_TYPED,
            // the past has none
            includeRates: options.at === undefined,
            pageToken,
          }),
        ),
      );
      return mergedGraph(pages);
    });
    run.write(render(graph, options.output, run));
    for (const note of [
      ...sourceNotes(graph.sources),
      ...collectorNotes(graph.collector),
      ...telemetryNotes(graph.telemetry),
    ])
      run.note(note);
    if (options.output === 'table') run.note(`at position ${graph.position}`);
  });
}

/** Each page has the newest rates, of the edges on it. */
export function mergedGraph(
  pages: readonly [GetMeshGraphResponse, ...GetMeshGraphResponse[]],
): GetMeshGraphResponse {
  const [first] = pages;
  const rates = pages.flatMap((page) => page.rates?.rates ?? []);
  return {
    ...first,
    entities: pages.flatMap(({ entities }) => entities),
    rates: first.rates && { seen: first.rates.seen, rates },
    nextPageToken: '',
  };
}

function render(graph: GetMeshGraphResponse, output: GraphOptions['output'], run: Run): string {
  const picture = () => meshPicture(graph.entities, graph.rates?.rates ?? []);
  switch (output) {
    case 'table':
      return graphText(picture(), run.paint);
    case 'dot':
      return graphDot(picture());
    case 'mermaid':
      return graphMermaid(picture());
    case 'json':
    case 'yaml':
      return structured(messageJson('GetMeshGraphResponse', GetMeshGraphResponse, graph), output);
  }
}
