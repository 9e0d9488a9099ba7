import { Client, credentials, Metadata, Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ownAddress } from '@mcp/testing';
import { keepingProvenIdentities } from './mesh-identity-header.js';

const bytes = (value: Buffer): Buffer => value;
const echo = {
  seen: {
    path: '/test.Echo/Seen',
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  },
} as const;

const identity = 'web.shop.serviceaccount.identity.linkerd.cluster.local';

let server: Server;
let plainPort: number;
let meshPort: number | undefined;
let forged: number;

beforeEach(async () => {
  forged = 0;
  const count = (): void => void (forged += 1);
  server = new Server({ interceptors: [keepingProvenIdentities(() => meshPort, count)] });
  server.addService(echo, {
    seen: (call: { metadata: Metadata }, answer: (error: null, value: Buffer) => void) =>
      answer(null, Buffer.from(JSON.stringify(call.metadata.get('l5d-client-id')))),
  });
  [plainPort, meshPort] = [await bind(), await bind()];
});
afterEach(() => server.forceShutdown());

describe('the identity of the mesh', () => {
  it('passes from the own address to the port of the mesh', async () => {
    expect(await seen(`${ownAddress()}:${meshPort}`, identity)).toEqual([identity]);
    expect(forged).toBe(0);
  });

  it('keeps all its values, so that more than one can be refused', async () => {
    expect(await seen(`${ownAddress()}:${meshPort}`, identity, 'other')).not.toEqual([identity]);
    expect(forged).toBe(0);
  });

  it('is dropped on another port, where the proxy says it too, and is not counted', async () => {
    expect(await seen(`${ownAddress()}:${plainPort}`, identity)).toEqual([]);
    expect(forged).toBe(0);
  });

  it('is dropped on every port where the mesh has none', async () => {
    const port = meshPort;
    meshPort = undefined;
    expect(await seen(`${ownAddress()}:${port}`, identity)).toEqual([]);
    expect(forged).toBe(0);
  });

  it.each([
    ['another port', () => `127.0.0.1:${plainPort}`],
    ['the port of the mesh', () => `127.0.0.1:${meshPort}`],
  ])('is dropped and counted from loopback, where port-forward comes from, to %s', async (_, address) => {
    expect(await seen(address(), identity)).toEqual([]);
    expect(forged).toBe(1);
  });

  it('is not counted where none is sent', async () => {
    expect(await seen(`127.0.0.1:${plainPort}`)).toEqual([]);
    expect(forged).toBe(0);
  });
});

/** What the handler sees of the header. */
async function seen(address: string, ...sent: string[]): Promise<unknown> {
  const client = new Client(address, credentials.createInsecure());
  const headers = new Metadata();
  for (const value of sent) headers.add('l5d-client-id', value);
  try {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        echo.seen.path,
        bytes,
        bytes,
        Buffer.alloc(0),
        headers,
        (error: Error | null, value?: Buffer) =>
          value === undefined ? reject(error ?? new Error('no answer')) : resolve(value),
      );
    });
    return JSON.parse(answer.toString());
  } finally {
    client.close();
  }
}

function bind(): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync('0.0.0.0:0', ServerCredentials.createInsecure(), (error, port) =>
      error === null ? resolve(port) : reject(error),
    );
  });
}
