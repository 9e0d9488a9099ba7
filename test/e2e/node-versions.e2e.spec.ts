import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { credentials, Metadata } from '@grpc/grpc-js';
import { GetMeshGraphRequest, type GetMeshGraphResponse, GraphForm, MeshContextClient } from '@mcp/contracts';
import { freePort } from '@mcp/testing';
import { answerOf } from './answer-of.js';
import { AppProcess } from './app-process.js';
import { eventually } from './eventually.js';

/** Newer ones than that which runs the tests; `tools/test-set-up.sh` has put them where these say. */
const nodes = [
  ['22', 'OTHER_NODE'],
  ['24', 'NODE_OF_IMAGE'],
] as const;

it.each(nodes)(
  'the main job runs on Node %s',
  async (major, variable) => {
    const node = process.env[variable];
    if (node === undefined)
      throw new Error(`${variable} is not set: run npm test, or source what tools/test-set-up.sh prints`);
    expect(execFileSync(node, ['--version'], { encoding: 'utf8' })).toMatch(new RegExp(`^v${major}\\.`));
    const folder = mkdtempSync(join(tmpdir(), 'mcp-node-'));
    const grpcPort = String(await freePort());
    const environment = {
      MCP_DATA_DIR: folder,
      MCP_GRPC_PORT: grpcPort,
      MCP_HTTP_PORT: String(await freePort()),
    };
    const app = new AppProcess('all-in-one', environment, node);
    const client = new MeshContextClient(`127.0.0.1:${grpcPort}`, credentials.createInsecure());
    try {
      await app.start();
      const request = GetMeshGraphRequest.fromPartial({ form: GraphForm.GRAPH_FORM_TYPED });
      const graph = await eventually<GetMeshGraphResponse>(
        () => answerOf((done) => client.getMeshGraph(request, new Metadata(), {}, done)),
        ({ entities }) => entities.some(({ key }) => key === 'Service/shop/cart'),
      );
      expect(graph.entities.some(({ key }) => key === 'Server/shop/cart-http')).toBe(true);
      // every projection is rebuilt from zero at the end, and compared
      expect(await app.stop()).toBe(0);
    } finally {
      client.close();
      await app.crash();
      rmSync(folder, { recursive: true, force: true });
    }
  },
  90_000,
);
