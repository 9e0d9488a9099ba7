import { credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GetMeshGraphRequest, type GetMeshGraphResponse, GraphForm, MeshContextClient } from '@mcp/contracts';
import { ClusterConnection } from '@mcp/kubernetes';
import { installLinkerdCrds, type KubeApiServer, startKubeApiServer } from '@mcp/testing';
import { answerOf } from '../e2e/answer-of.js';
import { eventually } from '../e2e/eventually.js';
import { kubectlOn } from '../e2e/kubectl.js';
import { readComposeFile } from './compose-file.js';
import { LocalStack } from './local-stack.js';

const everything = { form: GraphForm.GRAPH_FORM_TYPED, includeRates: true } as const;

let kube: KubeApiServer;
let stack: LocalStack;
const clients: MeshContextClient[] = [];

beforeAll(async () => {
  kube = await startKubeApiServer();
  const connection = ClusterConnection.fromKubeconfig(kube.kubeconfigPath);
  await installLinkerdCrds(connection);
  await connection.close();
  stack = new LocalStack(readComposeFile({ KUBECONFIG: kube.kubeconfigPath }));
  await stack.up();
}, 150_000);

afterAll(async () => {
  for (const client of clients) client.close();
  await stack.down();
  await kube.stop();
});

function graphOf(service: string): () => Promise<GetMeshGraphResponse> {
  const client = new MeshContextClient(stack.address(service, 10900), credentials.createInsecure());
  clients.push(client);
  const caller = new Metadata();
  const [, token = ''] = /^authorization: (.*)$/m.exec(stack.outputs.get('tokens') ?? '') ?? [];
  caller.set('authorization', token);
  const request = GetMeshGraphRequest.fromPartial(everything);
  return () =>
    answerOf((done) => client.getMeshGraph(request, caller, { deadline: Date.now() + 10_000 }, done));
}

describe('the stack of docker-compose.yml', () => {
  it('comes up in its order, each part healthy before the next', () => {
    const place = (name: string): number => stack.ready.indexOf(name);
    expect(stack.ready).toHaveLength(7);
    expect(place('simulated-mesh')).toBeLessThan(place('prometheus'));
    expect(place('prometheus')).toBeLessThan(place('collector'));
    expect(place('collector')).toBeLessThan(place('mcp-api'));
    expect(place('tokens')).toBeLessThan(place('mcp-api'));
  });

  it('answers the token that it made, with the traffic that Prometheus scraped', async () => {
    const { entities } = await eventually(
      graphOf('mcp-api'),
      (answer) => (answer.rates?.rates.length ?? 0) > 0,
      100_000,
    );
    expect(entities.map(({ key }) => key)).toContain('Service/shop/cart');
  }, 120_000);

  it('has the same apps for a real cluster beside it, with a log of their own', async () => {
    const kubectl = kubectlOn(kube.kubeconfigPath);
    await kubectl('create', 'namespace', 'of-the-cluster');
    await stack.up('kubernetes');
    const { entities } = await eventually(graphOf('mcp-api-of-cluster'), (answer) =>
      answer.entities.some(({ key }) => key === 'Source/Namespace'),
    );
    expect(entities.map(({ key }) => key)).not.toContain('Service/shop/cart');
  }, 60_000);

  it('ends in order', async () => {
    const ends = await Promise.all([...stack.apps.values()].map((app) => app.stop()));
    expect(ends).toEqual(ends.map(() => 0));
    expect(ends).toHaveLength(7);
  });
});
