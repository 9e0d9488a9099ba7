import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SimulatedTrafficSource } from './simulated-traffic-source.js';

let server: Server;
let answer: (response: ServerResponse) => void;
let url: string;

beforeEach(async () => {
  server = createServer((_, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it.each<[string, typeof answer]>([
  ['nothing', () => undefined],
  ['the beginning', (response) => response.writeHead(200).write('{"at":')],
])('is unavailable where a simulated mesh answers %s in the time that it has', async (_what, given) => {
  answer = given;
  const source = new SimulatedTrafficSource(url, 200);
  await expect(source.read({ latency: false }, new AbortController().signal)).rejects.toMatchObject({
    code: 'TRAFFIC_UNAVAILABLE',
    fault: 'TIMEOUT',
    message: `ask the simulated mesh at ${url} for its traffic: it did not answer in full within 200 ms (TRAFFIC_UNAVAILABLE)`,
  });
});

it('ends as the signal says', async () => {
  const caller = new AbortController();
  answer = () => caller.abort(new Error('no longer asked for'));
  const source = new SimulatedTrafficSource(url);
  await expect(source.read({ latency: false }, caller.signal)).rejects.toThrow('no longer asked for');
});
