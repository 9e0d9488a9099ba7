import { Client, credentials, Server, ServerCredentials, type MethodDefinition } from '@grpc/grpc-js';
import { GetMeshGraphRequest, GetMeshGraphResponse, GraphForm, MeshContextService } from '@mcp/contracts';
import { input, tell } from '../child.js';

/**
 * Asks the API for everything once, and then serves the very bytes that it got: what grpc-js costs, and nothing else.
 * Tells its port and the bytes of each form.
 */
export interface BareReady {
  readonly port: number;
  readonly typed: { readonly pages: number; readonly bytes: number; readonly entities: number };
  /** Undefined where the graph is too large for the JSON form. */
  readonly jsonBytes?: number;
}

const { apiPort } = input() as { readonly apiPort: number };
const { path } = MeshContextService.getMeshGraph;
const asIs = (bytes: Buffer): Buffer => bytes;
const client = new Client(`127.0.0.1:${apiPort}`, credentials.createInsecure());

const answers = new Map<string, Buffer>();
const typed = { pages: 0, bytes: 0, entities: 0 };
for (let pageToken = ''; typed.pages === 0 || pageToken !== ''; typed.pages += 1) {
  const bytes = await ask(GraphForm.GRAPH_FORM_TYPED, pageToken);
  answers.set(`${GraphForm.GRAPH_FORM_TYPED} ${pageToken}`, bytes);
  const { nextPageToken, entities } = GetMeshGraphResponse.decode(bytes);
  pageToken = nextPageToken;
  typed.bytes += bytes.byteLength;
  typed.entities += entities.length;
}
const json = await ask(GraphForm.GRAPH_FORM_JSON, '').catch(() => undefined);
if (json !== undefined) answers.set(`${GraphForm.GRAPH_FORM_JSON} `, json);
client.close();

const server = new Server();
const method: MethodDefinition<GetMeshGraphRequest, Buffer> = {
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: (request) => Buffer.from(GetMeshGraphRequest.encode(request).finish()),
  requestDeserialize: (bytes) => GetMeshGraphRequest.decode(bytes),
  responseSerialize: asIs,
  responseDeserialize: asIs,
};
server.addService(
  { getMeshGraph: method },
  {
    getMeshGraph: (
      { request }: { readonly request: GetMeshGraphRequest },
      reply: (error: null, bytes: Buffer | undefined) => void,
    ) => reply(null, answers.get(`${request.form} ${request.pageToken}`)),
  },
);
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  tell({ port, typed, ...(json !== undefined && { jsonBytes: json.byteLength }) } satisfies BareReady);
});

function ask(form: GraphForm, pageToken: string): Promise<Buffer> {
  const request = { namespaces: [], at: '', form, pageBytes: 0, pageToken, includeRates: false };
  const bytes = Buffer.from(GetMeshGraphRequest.encode(request).finish());
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, asIs, asIs, bytes, (error, answer) =>
      error === null && answer !== undefined ? resolve(answer) : reject(error ?? new Error('no answer')),
    );
  });
}
