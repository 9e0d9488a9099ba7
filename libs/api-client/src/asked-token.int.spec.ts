import { type Metadata, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ApiClient, type ApiClientConfig } from './api-client.js';

const bytes = (value: Buffer): Buffer => value;
const methodOf = (path: string, responseStream: boolean) => ({
  path,
  requestStream: false,
  responseStream,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});
const question = methodOf('/test.Api/Question', false);
const watch = methodOf('/test.Api/Watch', true);
const nothing = Buffer.alloc(0);

let server: Server;
let port: number;
/** What the API takes; absent: it asks for none. */
let taken: string | undefined;
/** Whether a watch ends so after its first message. */
let endsMidway: boolean;
/** What calls came with, oldest first. */
let seen: (string | undefined)[];

const refused = { code: status.UNAUTHENTICATED, details: 'the call has no token that is taken' };

function lets(metadata: Metadata): boolean {
  const token = metadata.get('authorization')[0]?.toString().replace('Bearer ', '');
  seen.push(token);
  return taken === undefined || token === taken;
}

beforeEach(async () => {
  [taken, endsMidway, seen] = ['of-now', false, []];
  server = new Server();
  server.addService(
    { question, watch },
    {
      question: (call: { metadata: Metadata }, answer: (error: object | null, value?: Buffer) => void) =>
        lets(call.metadata) ? answer(null, Buffer.from('yes')) : answer(refused),
      watch: (call: Parameters<typeof watchIt>[0]) => watchIt(call),
    },
  );
  port = await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
});
afterEach(() => server.forceShutdown());

function watchIt(call: {
  readonly metadata: Metadata;
  write(value: Buffer): void;
  end(): void;
  emit(event: 'error', error: object): void;
}): void {
  if (!lets(call.metadata)) return call.emit('error', refused);
  call.write(Buffer.from('one'));
  if (endsMidway) return call.emit('error', refused);
  call.end();
}

/** What the calls of one client are answered with. */
async function answers(
  config: Pick<ApiClientConfig, 'token' | 'askForToken'>,
  calls = 1,
): Promise<readonly string[]> {
  const client = new ApiClient({ target: `127.0.0.1:${port}`, tls: false, timeoutMs: 10_000, ...config });
  const answered: string[] = [];
  try {
    for (let n = 0; n < calls; n += 1) answered.push(String(await client.unary(question, nothing)));
    for await (const message of client.stream(watch, nothing)) answered.push(String(message));
    return answered;
  } finally {
    client.close();
  }
}

const giving =
  (...tokens: string[]) =>
  async () =>
    tokens.length > 1 ? (tokens.shift() ?? '') : (tokens[0] ?? '');

describe('a token that is asked for', () => {
  it('is sent once the API asks for it, and with every call from then on', async () => {
    expect(await answers({ askForToken: giving('of-now') }, 2)).toEqual(['yes', 'yes', 'one']);
    expect(seen).toEqual([undefined, 'of-now', 'of-now', 'of-now']);
  });

  it('is not sent to an API that asks for none', async () => {
    taken = undefined;
    expect(await answers({ askForToken: giving('of-now') })).toEqual(['yes', 'one']);
    expect(seen).toEqual([undefined, undefined]);
  });

  it('is asked for by a stream too', async () => {
    expect(await answers({ askForToken: giving('of-now') }, 0)).toEqual(['one']);
    expect(seen).toEqual([undefined, 'of-now']);
  });

  it('is another one when that of before is not taken any more', async () => {
    expect(await answers({ token: 'of-before', askForToken: giving('of-now') })).toEqual(['yes', 'one']);
    expect(seen).toEqual(['of-before', 'of-now', 'of-now']);
  });

  it.each([
    ['one that was asked for', {}, [undefined, 'unknown']],
    ['one that was there', { token: 'unknown' }, ['unknown']],
  ])('is not sent again where it is refused: %s', async (_which, given, sent) => {
    await expect(answers({ ...given, askForToken: giving('unknown') })).rejects.toMatchObject({
      status: 'UNAUTHENTICATED',
    });
    expect(seen).toEqual(sent);
  });

  it('has no stream told twice that was begun', async () => {
    endsMidway = true;
    await expect(answers({ token: 'of-now', askForToken: giving('other') }, 0)).rejects.toMatchObject({
      status: 'UNAUTHENTICATED',
    });
    expect(seen).toEqual(['of-now']);
  });
});
