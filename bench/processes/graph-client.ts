import { credentials } from '@grpc/grpc-js';
import { GraphForm, MeshContextClient, type GetMeshGraphResponse } from '@mcp/contracts';
import { answer, input } from '../child.js';
import { timed } from '../figures.js';

/** A client of both servers, with the limits that clients have by default. It decodes what it gets. */
export interface GraphQuestion {
  readonly form: 'typed' | 'json';
  /** How often it asks each. */
  readonly times: number;
}

/** Milliseconds of each whole graph, all of its pages. */
export interface GraphTimes {
  readonly api: readonly number[];
  readonly bare: readonly number[];
}

const { apiPort, barePort } = input() as { readonly apiPort: number; readonly barePort: number };
const connect = (port: number) => new MeshContextClient(`127.0.0.1:${port}`, credentials.createInsecure());
const clients = { api: connect(apiPort), bare: connect(barePort) };
const warmUps = 10;

answer(async (question) => {
  const { form, times } = question as GraphQuestion;
  const took = { api: [] as number[], bare: [] as number[] };
  for (let round = -warmUps; round < times; round += 1) {
    for (const server of round % 2 === 0 ? (['api', 'bare'] as const) : (['bare', 'api'] as const)) {
      const ms = await timed(() => wholeGraph(clients[server], form));
      if (round >= 0) took[server].push(ms);
    }
  }
  return took satisfies GraphTimes;
});

async function wholeGraph(client: MeshContextClient, form: 'typed' | 'json'): Promise<void> {
  let pageToken = '';
  do {
    const { jsonGraph, nextPageToken } = await page(client, form, pageToken);
    if (form === 'json') JSON.parse(jsonGraph);
    pageToken = nextPageToken;
  } while (pageToken !== '');
}

function page(
  client: MeshContextClient,
  form: 'typed' | 'json',
  pageToken: string,
): Promise<GetMeshGraphResponse> {
  const wanted = form === 'typed' ? GraphForm.GRAPH_FORM_TYPED : GraphForm.GRAPH_FORM_JSON;
  const request = { namespaces: [], at: '', form: wanted, pageBytes: 0, pageToken, includeRates: false };
  return new Promise((resolve, reject) => {
    client.getMeshGraph(request, (error, response) => (error === null ? resolve(response) : reject(error)));
  });
}
