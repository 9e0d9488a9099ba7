import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { freePort, ScriptedPrometheus, type ScriptedReply } from '@mcp/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { labelled, storedAnswer, storedAnswers, vectorText } from '../test/answers.js';
import { PrometheusFailure, type PrometheusFault } from './instant-query.js';
import type { VectorSample } from './vector-sample.js';
import { PrometheusClient } from './prometheus-client.js';
import type { PrometheusServer } from './prometheus-server.js';

let server: ScriptedPrometheus;
const clients: PrometheusClient[] = [];

beforeEach(async () => {
  server = await ScriptedPrometheus.start();
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  await server.stop();
});

function clientOf(options: Partial<PrometheusServer> = {}): PrometheusClient {
  const client = new PrometheusClient({ url: server.url, ...options });
  clients.push(client);
  return client;
}

const at = (signal = new AbortController().signal) => ({ timeMs: 1_795_371_637_780, signal });

async function ask(client: PrometheusClient, signal?: AbortSignal) {
  const samples: VectorSample[] = [];
  const answer = await client.instant('up', at(signal), labelled(), (labels, value) =>
    samples.push({ labels, value }),
  );
  return { samples, ...answer };
}

async function failureOf(client: PrometheusClient, signal?: AbortSignal): Promise<PrometheusFailure> {
  const failure: unknown = await ask(client, signal).catch((error: unknown) => error);
  if (failure instanceof PrometheusFailure) return failure;
  throw new Error('no PrometheusFailure', { cause: failure });
}

async function failureAfter(reply: ScriptedReply, options?: Partial<PrometheusServer>) {
  server.reply = reply;
  return failureOf(clientOf(options));
}

describe('a question', () => {
  it('is a form with query, time, timeout and limit, below the prefix, with the headers of the tenant', async () => {
    const url = `${server.url}/prometheus/`;
    await ask(clientOf({ url, limit: 7, answerTimeoutMs: 9_000, headers: { 'X-Scope-OrgID': 'shop' } }));
    expect(server.questions).toMatchObject([
      {
        method: 'POST',
        path: '/prometheus/api/v1/query',
        headers: { 'x-scope-orgid': 'shop', 'content-type': 'application/x-www-form-urlencoded' },
        form: { query: 'up', time: '1795371637.780', timeout: '9000ms', limit: '7' },
      },
    ]);
  });

  it.each([
    [{ token: 'secret' }, 'Bearer secret'],
    [{ user: 'mesh', password: 'pä:ss' }, 'Basic bWVzaDpww6Q6c3M='],
  ])('says who asks', async (credentials, authorization) => {
    await ask(clientOf({ credentials }));
    expect(server.questions[0]?.headers.authorization).toBe(authorization);
  });

  it('says who asks by what is in the URL', async () => {
    await ask(clientOf({ url: server.url.replace('//', '//mesh:p%40ss@') }));
    expect(server.questions[0]?.headers.authorization).toBe('Basic bWVzaDpwQHNz');
  });

  it('says who asks by what its files hold now', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
    try {
      const tokenFile = join(folder, 'token');
      const client = clientOf({ credentials: { tokenFile } });
      expect(await failureOf(client)).toMatchObject({
        fault: 'REFUSED',
        message: `the secret for Prometheus in ${tokenFile} cannot be read: ENOENT (REFUSED)`,
      });
      for (const text of ['first\n', 'second\n', 'two lines\nof it', '\n']) {
        await writeFile(tokenFile, text);
        await ask(client).catch(() => undefined);
      }
      await ask(clientOf({ credentials: { user: 'mesh', passwordFile: tokenFile } })).catch(() => undefined);
      await writeFile(tokenFile, 'pass word\n');
      await ask(clientOf({ credentials: { user: 'mesh', passwordFile: tokenFile } }));
      expect(server.questions.map(({ headers }) => headers.authorization)).toEqual([
        'Bearer first',
        'Bearer second',
        'Basic bWVzaDpwYXNzIHdvcmQ=',
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a good answer', () => {
  it('has its rows, whatever is in their labels, and numbers that are none', async () => {
    server.reply = storedAnswer('recorded/prometheus-2.42.0/vector');
    const { samples, rows, warnings } = await ask(clientOf());
    expect(samples[0]).toEqual({
      labels: {
        __name__: 'apples',
        instance: 'tree:1',
        job: 'fruit',
        kind: 'a"b\\c\nd é ☃ 😀 },{',
      },
      value: 3,
    });
    expect(samples.map(({ value }) => value)).toEqual([3, 0.1, Infinity, 1e300]);
    expect({ rows, warnings }).toEqual({ rows: 4, warnings: [] });
    server.reply = storedAnswer('recorded/prometheus-2.42.0/not-finite');
    expect((await ask(clientOf())).samples.map(({ value }) => value)).toEqual([0, NaN, 0]);
  });

  it('may come gzipped, and be none or a scalar', async () => {
    server.reply = { ...storedAnswer('recorded/prometheus-2.42.0/scalar'), headers: {}, gzip: true };
    expect(await ask(clientOf())).toEqual({
      samples: [{ labels: {}, value: 1_795_371_637.78 }],
      rows: 1,
      warnings: [],
    });
    expect(server.questions[0]?.headers['accept-encoding']).toBe('gzip');
    server.reply = storedAnswer('recorded/prometheus-2.42.0/empty');
    expect(await ask(clientOf())).toEqual({ samples: [], rows: 0, warnings: [] });
  });

  it.each([
    ['thanos/store-unavailable', [expect.stringContaining('code = Unavailable')]],
    ['thanos/remark-among-warnings', []],
    ['prometheus-3/infos', []],
    ['prometheus-3/limited', ['results truncated due to limit']],
    ['prometheus-3/mixed-histograms', [expect.stringContaining('PromQL warning: encountered a mix')]],
  ])('tells of %s what may be missing', async (name, warnings) => {
    server.reply = storedAnswer(`written/${name}`);
    const samples = [{ labels: { namespace: 'shop' }, value: 3 }];
    expect(await ask(clientOf())).toEqual({ samples, rows: 1, warnings });
  });

  it("tells the server's own time", async () => {
    server.reply = storedAnswer('recorded/prometheus-2.42.0/scalar');
    expect(await clientOf().now(new AbortController().signal)).toBe(1_795_371_637_780);
    expect(server.questions[0]?.form).toEqual({ query: 'time()', timeout: '30000ms' });
    server.reply = storedAnswer('recorded/prometheus-2.42.0/empty');
    await expect(clientOf().now(new AbortController().signal)).rejects.toMatchObject({ fault: 'INVALID' });
  });
});

describe('a stored answer that is no vector', () => {
  const faults: Readonly<Record<string, PrometheusFault>> = {
    'recorded/prometheus-2.42.0/bad-query': 'BAD_QUERY',
    'recorded/prometheus-2.42.0/bad-time': 'BAD_QUERY',
    'recorded/prometheus-2.42.0/many-to-many': 'BAD_QUERY',
    'recorded/prometheus-2.42.0/matrix': 'INVALID',
    'recorded/prometheus-2.42.0/not-found': 'INVALID',
    'recorded/prometheus-2.42.0/plain-to-tls': 'INVALID',
    'recorded/prometheus-2.42.0/string': 'INVALID',
    'recorded/prometheus-2.42.0/timeout': 'TIMEOUT',
    'recorded/prometheus-2.42.0/too-many-samples': 'OVERLOADED',
    'recorded/prometheus-2.42.0/unauthorized': 'REFUSED',
    'written/mimir/internal': 'OVERLOADED',
    'written/mimir/max-chunks': 'OVERLOADED',
    'written/mimir/no-tenant': 'REFUSED',
    'written/mimir/too-large': 'TOO_LARGE',
    'written/mimir/too-many-requests': 'OVERLOADED',
    'written/mimir/unavailable': 'OVERLOADED',
    'written/prometheus-3/canceled': 'OVERLOADED',
    'written/prometheus-3/native-histogram': 'INVALID',
    'written/thanos/deadline': 'TIMEOUT',
    'written/thanos/no-partial-response': 'OVERLOADED',
    'written/thanos/series-limit': 'OVERLOADED',
  };

  it.each(Object.entries(faults))('%s is %s', async (name, fault) => {
    const { headers: _headers, ...answer } = storedAnswer(name);
    expect((await failureAfter(answer)).fault).toBe(fault);
  });

  it('is among those, if it does not give rows', async () => {
    const refused: string[] = [];
    for (const name of storedAnswers()) {
      server.reply = storedAnswer(name);
      await ask(clientOf()).catch(() => refused.push(name));
    }
    expect(refused).toEqual(Object.keys(faults));
  });
});

describe('an answer that is not one of Prometheus', () => {
  const html = '<!doctype html><title>Sign in</title>';
  it.each<[string, ScriptedReply, PrometheusFault, string]>([
    ['HTML', { body: html }, 'INVALID', 'it is not JSON: Unexpected token'],
    ['cut off', { body: vectorText(['{"metric":{}']).slice(0, 70) }, 'INVALID', 'it is not JSON'],
    ['empty', { body: '' }, 'INVALID', 'it is not JSON: Unexpected end'],
    ['JSON of another kind', { body: '[]' }, 'INVALID', 'it is JSON, but no object'],
    ['without a status', { body: '{}' }, 'INVALID', 'it has no status "success" or "error"'],
    ['without data', { body: '{"status":"success"}' }, 'INVALID', 'it has no "data"'],
    ['without a list', { body: vectorText([]).replace('[]', '{}') }, 'INVALID', '"result" is no list'],
    ['a row of text', { body: vectorText(['"row"']) }, 'INVALID', 'row 1: it is no object'],
    ['a bad label', { body: row({ metric: { a: 1 }, value: [1, '1'] }) }, 'INVALID', 'row 1: its "metric"'],
    ['no labels', { body: row({ value: [1, '1'] }) }, 'INVALID', 'row 1: its "metric" is not'],
    ['no value', { body: row({ metric: {} }) }, 'INVALID', 'row 1: its "value" is not a time and a text'],
    ['a number as it is', { body: row({ metric: {}, value: [1, 1] }) }, 'INVALID', 'row 1: its "value"'],
    [
      'an empty number',
      { body: row({ metric: {}, value: [1, ''] }) },
      'INVALID',
      'its value "" is no number',
    ],
    ['a hexadecimal', { body: row({ metric: {}, value: [1, '0x1'] }) }, 'INVALID', '"0x1" is no number'],
    ['odd warnings', { body: vectorText([], ',"warnings":"x"') }, 'INVALID', 'its warnings are not'],
    ['an error with 200', { body: error('bad_data', 'no') }, 'BAD_QUERY', 'error of type bad_data: no'],
    ['an unknown error with 200', { body: error('odd', 'no') }, 'INVALID', 'error of type odd: no'],
    ['packed otherwise', { headers: { 'content-encoding': 'br' } }, 'INVALID', 'packed as br'],
    ['not packed', { headers: { 'content-encoding': 'gzip' } }, 'INVALID', 'incorrect header check'],
    ['400 of a gateway', { status: 400, body: html }, 'INVALID', 'answered 400: <!doctype html>'],
    ['403', { status: 403, body: html }, 'REFUSED', 'check the token or password'],
    ['404', { status: 404, body: 'no such page' }, 'INVALID', 'with its path prefix'],
    ['405', { status: 405, body: '' }, 'INVALID', 'answered 405; check that the URL'],
    ['204', { status: 204, body: '' }, 'INVALID', 'answered 204; check that the URL'],
    ['422 of a gateway', { status: 422, body: html }, 'INVALID', 'answered 422'],
    ['429 of a gateway', { status: 429, body: html }, 'OVERLOADED', 'ask for less or later'],
    ['500', { status: 500, body: 'oh' }, 'OVERLOADED', 'answered 500: oh; ask for less'],
    ['502', { status: 502, body: html }, 'UNREACHABLE', 'check that it runs'],
    ['503 while it starts', { status: 503, body: 'Service Unavailable' }, 'OVERLOADED', 'or later'],
    ['504', { status: 504, body: html }, 'TIMEOUT', 'allow both sides more time'],
  ])('%s', async (_case, reply, fault, said) => {
    const failure = await failureAfter(reply);
    expect(failure.message).toContain(said);
    expect(failure.message).toContain(reply.headers === undefined ? server.url : '');
    expect(failure).toMatchObject({ code: 'PROMETHEUS_FAILURE', fault });
  });

  it('is not followed to another place, and that is named without what may be secret', async () => {
    const location = 'https://me:word@login.example/start?state=abc';
    const { fault, message } = await failureAfter({ status: 302, headers: { location }, body: '' });
    expect(fault).toBe('INVALID');
    expect(message).toContain('answered 302 and led to https://login.example/start; check that the URL');
  });

  it('says when to come again', async () => {
    const after = (header: string) =>
      failureAfter({ status: 503, headers: { 'retry-after': header }, body: '' });
    expect((await after('7')).retryAfterMs).toBe(7_000);
    const inAnHour = (await after(new Date(Date.now() + 3_600_000).toUTCString())).retryAfterMs ?? 0;
    expect(Math.abs(inAnHour - 3_600_000)).toBeLessThan(60_000);
    expect((await after('Sun, 06 Nov 1994 08:49:37 GMT')).retryAfterMs).toBe(0);
    expect((await after('soon')).retryAfterMs).toBeUndefined();
  });

  it('is not repeated at length', async () => {
    const { message } = await failureAfter({ status: 500, body: 'x'.repeat(1_000_000) });
    expect(message.length).toBeLessThan(600);
  });
});

function row(content: object): string {
  return vectorText([JSON.stringify(content)]);
}

function error(errorType: string, text: string): string {
  return JSON.stringify({ status: 'error', errorType, error: text });
}

describe('a server that is not there, or stops', () => {
  it('is unreachable, and named without its password', async () => {
    const url = `http://mesh:word@127.0.0.1:${await freePort()}`;
    const { fault, message } = await failureOf(clientOf({ url }));
    expect(fault).toBe('UNREACHABLE');
    expect(message).toMatch(
      /^no answer from http:\/\/127\.0\.0\.1:\d+\/api\/v1\/query: connect ECONNREFUSED .*; check that it runs/,
    );
  });

  it('is unreachable where its name leads nowhere', async () => {
    expect((await failureOf(clientOf({ url: 'http://nowhere.invalid' }))).fault).toBe('UNREACHABLE');
  });

  it.each<[string, ScriptedReply]>([
    ['says nothing', { silent: true }],
    ['stops in the middle', { body: vectorText(['{"metric":{}']).slice(0, 66), then: 'stall' }],
    ['stops in the middle of saying no', { status: 500, body: 'because', then: 'stall' }],
  ])('is given up in time when it %s', async (_case, reply) => {
    const began = performance.now();
    const failure = await failureAfter(reply, { answerTimeoutMs: 200 });
    expect(failure).toMatchObject({ fault: 'TIMEOUT' });
    expect(failure.message).toContain(`${server.url}/api/v1/query did not answer in full within 200 ms`);
    expect(performance.now() - began).toBeLessThan(5_000);
    await until(() => server.openConnections === 0);
  });

  it.each<[string, ScriptedReply]>([
    ['says nothing', { silent: true }],
    ['stops in the middle', { body: vectorText([]).slice(0, 20), then: 'stall' }],
  ])('is left at once when it %s and the question is no longer wanted', async (_case, reply) => {
    server.reply = reply;
    const abort = new AbortController();
    const asking = ask(clientOf(), abort.signal);
    const outcome = expect(asking).rejects.toThrow('not wanted');
    await until(() => server.questions.length === 1);
    const began = performance.now();
    abort.abort(new Error('not wanted'));
    await outcome;
    expect(performance.now() - began).toBeLessThan(2_000);
    await until(() => server.openConnections === 0);
  });

  it('is not asked what is no longer wanted', async () => {
    await expect(ask(clientOf(), AbortSignal.abort(new Error('not wanted')))).rejects.toThrow('not wanted');
    expect(server.questions).toEqual([]);
  });

  it.each<[string, ScriptedReply]>([
    ['plain', { body: vectorText([]).slice(0, 50), then: 'break' }],
    ['gzipped', { body: vectorText([]), gzip: true, then: 'break' }],
  ])('gives no answer when its connection breaks in the middle, %s', async (_case, reply) => {
    expect(await failureAfter(reply)).toMatchObject({ fault: 'UNREACHABLE' });
  });

  it('is asked anew once it is there again', async () => {
    const client = clientOf();
    server.reply = { body: vectorText([]).slice(0, 50), then: 'break' };
    await failureOf(client);
    server.reply = {};
    expect((await ask(client)).rows).toBe(0);
  });

  it('is given up when it takes connections and never speaks TLS', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await new Promise((resolve) => mute.once('listening', resolve));
    const { port } = mute.address() as { port: number };
    try {
      const client = clientOf({ url: `https://127.0.0.1:${port}`, connectTimeoutMs: 300 });
      expect(await failureOf(client)).toMatchObject({ fault: 'UNREACHABLE' });
    } finally {
      mute.close();
    }
  });

  it('is told apart from one that does not speak TLS, or HTTP', async () => {
    const plain = await failureOf(clientOf({ url: server.url.replace('http:', 'https:') }));
    expect(plain).toMatchObject({ fault: 'UNREACHABLE' });
    expect(plain.message).toContain('does not speak TLS');
    const other = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.end('-ERR unknown command\r\n'));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const { port } = other.address() as { port: number };
    try {
      const redis = await failureOf(clientOf({ url: `http://127.0.0.1:${port}` }));
      expect(redis).toMatchObject({ fault: 'INVALID' });
      expect(redis.message).toContain('does not answer as a web server does');
    } finally {
      other.close();
    }
  });
});

describe('an answer that is too large', () => {
  const rows = Array.from({ length: 100_000 }, (_, at) => `{"metric":{"a":"b"},"value":[1,"${at}"]}`);
  it.each([false, true])('is dropped with its connection, gzipped: %s', async (gzip) => {
    const body = vectorText(rows);
    const failure = await failureAfter({ body, gzip, then: 'stall' }, { maxAnswerBytes: 1_000_000 });
    expect(failure).toMatchObject({ fault: 'TOO_LARGE' });
    expect(failure.message).toContain('answers with more than 1000000 bytes; ask for less');
    await until(() => server.openConnections === 0);
    const whole = clientOf({ maxAnswerBytes: body.length });
    server.reply = { body, gzip };
    expect((await ask(whole)).rows).toBe(100_000);
  });
});

describe('what is asked of a client', () => {
  it.each([
    ['prometheus:9090', 'must begin with http:// or https://, and not with prometheus:'],
    ['//prometheus', 'cannot be read'],
    ['http://me:word@prometheus/?dedup=true', 'leave out what follows "?" or "#" (http://prometheus/)'],
    ['http://prometheus/#a', 'leave out what follows'],
    ['http://prometheus/api/v1', 'must end before /api/v1'],
  ])('is refused where %s is no base URL', (url, said) => {
    expect(() => new PrometheusClient({ url })).toThrow(said);
  });

  it('is refused where there are two sorts of credentials', () => {
    const twice = { url: 'http://a:b@prometheus', credentials: { token: 'c' } };
    expect(() => new PrometheusClient(twice)).toThrow(
      'leave one of them out (http://prometheus/api/v1/query)',
    );
  });

  it('fails with what the taker of a row threw', async () => {
    server.reply = storedAnswer('recorded/prometheus-2.42.0/vector');
    const refuse = () => {
      throw new TypeError('not this row');
    };
    await expect(clientOf().instant('up', at(), labelled(), refuse)).rejects.toThrow(
      new TypeError('not this row'),
    );
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
