import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { freePort, ScriptedKubelet } from '@mcp/testing';
import { ClusterConnection } from './cluster-connection.js';
import { forwardToPod, readyPod } from './port-forward.js';

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function kubelet(ready = true): Promise<{ kubelet: ScriptedKubelet; connection: ClusterConnection }> {
  const started = await ScriptedKubelet.start({ name: 'mcp-api-0', ready });
  stops.push(() => started.stop());
  const connection = ClusterConnection.toServer(started.url);
  stops.push(() => connection.close());
  return { kubelet: started, connection };
}

/** Answers in capitals. */
async function capitals(): Promise<number> {
  const server: Server = createServer((socket) => {
    socket.on('data', (bytes) => socket.write(bytes.toString().toUpperCase()));
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(async () => server.close());
  return (server.address() as AddressInfo).port;
}

async function forward(connection: ClusterConnection, port: number, errors: string[] = []): Promise<number> {
  const forwarding = await forwardToPod(
    connection,
    { namespace: 'mcp', pod: 'mcp-api-0', port },
    ({ message }) => errors.push(message),
  );
  stops.push(() => forwarding.close());
  return forwarding.port;
}

async function ask(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  for await (const bytes of socket) {
    answer += String(bytes);
    if (answer.length >= text.length) break;
  }
  return answer;
}

describe('a forwarded port', () => {
  it('is the port of the pod, for each connection anew', async () => {
    const { kubelet: server, connection } = await kubelet();
    const port = await capitals();
    const local = await forward(connection, port);
    expect(await Promise.all([ask(local, 'one'), ask(local, 'another')])).toEqual(['ONE', 'ANOTHER']);
    const path = `/api/v1/namespaces/mcp/pods/mcp-api-0/portforward?ports=${port}`;
    expect(server.forwarded).toEqual([path, path]);
  });

  it('carries more than fits into one message, in order', async () => {
    const { connection } = await kubelet();
    const text = Array.from({ length: 20_000 }, (_, index) => `line ${index}\n`).join('');
    const local = await forward(connection, await capitals());
    expect(await ask(local, text)).toBe(text.toUpperCase());
  });

  it('is closed, and says why, where nobody listens in the pod', async () => {
    const { connection } = await kubelet();
    const errors: string[] = [];
    const port = await freePort();
    expect(await ask(await forward(connection, port, errors), 'text')).toBe('');
    expect(errors).toEqual([`nobody listens on port ${port} of the pod`]);
  });

  it('is closed, and says so, where the API server does not answer', async () => {
    const { kubelet: server, connection } = await kubelet();
    const errors: string[] = [];
    const local = await forward(connection, 1, errors);
    await server.stop();
    stops.shift();
    expect(await ask(local, 'text').catch(() => '')).toBe('');
    expect(errors).toEqual([expect.stringContaining('ECONNREFUSED')]);
  });
});

describe('a ready pod', () => {
  it('is found by its labels', async () => {
    expect(await readyPod((await kubelet()).connection, 'mcp', 'app=mcp-api')).toBe('mcp-api-0');
  });

  it('is none where the only one is not ready', async () => {
    expect(await readyPod((await kubelet(false)).connection, 'mcp', 'app=mcp-api')).toBeUndefined();
  });
});
