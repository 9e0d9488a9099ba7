import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Client, credentials, status } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { TokenFile } from '@mcp/access';
import { hubDefaults } from '@mcp/grpc';
import { ReadingClient } from './reading-client.js';
import { logWith, refusal, ServedApi } from './served-api.js';

const run = promisify(execFile);

let api: ServedApi;
const clients: ReadingClient[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.kill()));
  await api.close();
});

function client(streams: number, options: { resumeFrom?: string; deadlineMs?: number } = {}): ReadingClient {
  const started = ReadingClient.start(api.port, streams, options);
  clients.push(started);
  return started;
}

/** A call with bytes of its own, answered with bytes. */
function rawCall(path: string, request: Buffer): Promise<Buffer> {
  const raw = new Client(`127.0.0.1:${api.port}`, credentials.createInsecure());
  return new Promise<Buffer>((resolve, reject) => {
    const bytes = (value: Buffer): Buffer => value;
    raw.makeUnaryRequest(path, bytes, bytes, request, (error, answer) =>
      error ? reject(error) : resolve(answer!),
    );
  }).finally(() => raw.close());
}

/** What health says of the server: SERVING is 1, NOT_SERVING 2. */
async function healthOf(): Promise<string> {
  const raw = new Client(`127.0.0.1:${api.port}`, credentials.createInsecure());
  const { path, requestSerialize, responseDeserialize } = healthService['Check']!;
  return new Promise<string>((resolve, reject) => {
    raw.makeUnaryRequest(path, requestSerialize, responseDeserialize, { service: '' }, (error, answer) =>
      error ? reject(error) : resolve((answer as { status: string }).status),
    );
  }).finally(() => raw.close());
}

const buf = (...args: string[]) =>
  run('node_modules/.bin/buf', ['curl', '--http2-prior-knowledge', '--protocol', 'grpc', ...args]).then(
    ({ stdout }) => stdout,
  );

describe('a client without proto files', () => {
  it('finds the services and methods, and calls them, by reflection', async () => {
    api = await (await ServedApi.start()).ready();
    await api.addNamespace('shop');
    await api.addService('shop', 'web');
    const url = `http://127.0.0.1:${api.port}`;

    expect((await buf('--list-services', url)).split('\n').filter(Boolean)).toEqual([
      'mcp.v1.Changes',
      'mcp.v1.DesiredObjects',
      'mcp.v1.Events',
      'mcp.v1.History',
      'mcp.v1.MeshContext',
      'mcp.v1.Plans',
      'mcp.v1.PolicyAnswers',
      'mcp.v1.Traffic',
    ]);
    expect((await buf('--list-methods', url)).split('\n').filter(Boolean)).toEqual([
      'mcp.v1.Changes/GetChange',
      'mcp.v1.Changes/ListChanges',
      'mcp.v1.Changes/WatchChange',
      'mcp.v1.Changes/WithdrawChange',
      'mcp.v1.DesiredObjects/ListDrift',
      'mcp.v1.DesiredObjects/SetDriftMode',
      'mcp.v1.Events/ExportEvents',
      'mcp.v1.Events/GetLogHead',
      'mcp.v1.Events/ListEvents',
      'mcp.v1.History/Diff',
      'mcp.v1.MeshContext/ApplyAuthorizationPolicy',
      'mcp.v1.MeshContext/ApplyChange',
      'mcp.v1.MeshContext/ApplyHTTPRoute',
      'mcp.v1.MeshContext/ApplyObject',
      'mcp.v1.MeshContext/DeleteObject',
      'mcp.v1.MeshContext/GetMeshGraph',
      'mcp.v1.MeshContext/WatchMeshGraph',
      'mcp.v1.Plans/ApplyPlan',
      'mcp.v1.Plans/PlanChange',
      'mcp.v1.Plans/PlanUndo',
      'mcp.v1.PolicyAnswers/ExplainAccess',
      'mcp.v1.PolicyAnswers/GetReachability',
      'mcp.v1.PolicyAnswers/LintPolicies',
      'mcp.v1.PolicyAnswers/SimulateChange',
      'mcp.v1.PolicyAnswers/ValidateManifests',
      'mcp.v1.PolicyAnswers/WhatCanReach',
      'mcp.v1.PolicyAnswers/WhoCanReach',
      'mcp.v1.Traffic/GetCallGraph',
      'mcp.v1.Traffic/GetTraffic',
      'mcp.v1.Traffic/ListDenials',
    ]);
    const body = '{"form": "GRAPH_FORM_TYPED", "namespaces": ["shop"]}';
    for (const protocol of ['grpc-v1', 'grpc-v1alpha']) {
      const answer = await buf(
        '--reflect-protocol',
        protocol,
        '-d',
        body,
        `${url}/mcp.v1.MeshContext/GetMeshGraph`,
      );
      expect(JSON.parse(answer)).toMatchObject({
        entities: [{ namespace: { name: 'shop' } }, { service: { name: 'web', namespace: 'shop' } }],
      });
    }
  });

  it('is shown the details of a refusal', async () => {
    api = await (await ServedApi.start()).ready();
    const call = buf('-d', '{"changeId": "none"}', `http://127.0.0.1:${api.port}/mcp.v1.Changes/GetChange`);
    await expect(call).rejects.toMatchObject({ stderr: expect.stringContaining('google.rpc.ErrorInfo') });
  });
});

describe('a bad request', () => {
  const apply = '/mcp.v1.MeshContext/ApplyAuthorizationPolicy';

  it('of 10 MB is refused before it is read', async () => {
    api = await (await ServedApi.start()).ready();
    expect(await refusal(rawCall(apply, Buffer.alloc(10 * 1024 * 1024)))).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
  });

  it('that is no message is refused', async () => {
    api = await (await ServedApi.start()).ready();
    expect(await refusal(rawCall(apply, Buffer.from([0x0a, 0xff])))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      message: expect.stringContaining('the bytes are not a mcp.v1.ApplyAuthorizationPolicyRequest'),
    });
  });

  it('with a field that this version does not know is refused, not half understood', async () => {
    api = await (await ServedApi.start()).ready();
    const request = Buffer.from(
      new BinaryWriter()
        .uint32((99 << 3) | 0)
        .uint32(1)
        .finish(),
    );
    expect(await refusal(rawCall('/mcp.v1.MeshContext/GetMeshGraph', request))).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: { BadRequest: { fieldViolations: [{ field: '#99' }] } },
    });
  });

  it('for a method that there is none of is refused', async () => {
    api = await (await ServedApi.start()).ready();
    expect(await refusal(rawCall('/mcp.v1.MeshContext/Nothing', Buffer.alloc(0)))).toMatchObject({
      code: status.UNIMPLEMENTED,
    });
  });
});

describe('a server that asks for tokens', () => {
  it('answers nobody without one, and records who asked', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tokens-'));
    try {
      const path = join(folder, 'tokens');
      await writeFile(path, 'alice-token-0123456789,alice\n');
      const authenticator = await TokenFile.open(path, () => undefined);
      api = await ServedApi.start({ authenticator });
      await api.namespacesAre('live');
      await api.addNamespace('shop');

      const unauthenticated = {
        code: status.UNAUTHENTICATED,
        details: { ErrorInfo: { reason: 'UNAUTHENTICATED', domain: 'mcp.v1', metadata: {} } },
      };
      expect(await refusal(api.getGraph())).toMatchObject(unauthenticated);
      expect(await refusal(api.watchGraph().next())).toMatchObject(unauthenticated);
      expect(await refusal(api.getChange('x'))).toMatchObject(unauthenticated);
      expect(await refusal(api.apply({}, { authorization: 'Bearer wrong' }))).toMatchObject(unauthenticated);
      for (let health = ''; health !== 'SERVING';) health = await healthOf();
      const { changeId } = await api.apply({}, { authorization: 'Bearer alice-token-0123456789' });
      expect(await api.log.versionOf(`change/${changeId}`)).toBe(1);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a server that takes no changes', () => {
  it('refuses them, naming the setting, and records nothing', async () => {
    api = await ServedApi.start({ takesChanges: false });
    await api.namespacesAre('live');
    await api.addNamespace('shop');
    await api.ready();
    const before = await api.log.head();
    expect(await refusal(api.apply({}))).toMatchObject({
      code: status.FAILED_PRECONDITION,
      details: { ErrorInfo: { reason: 'WRITES_DISABLED', metadata: { setting: 'MCP_WRITES' } } },
    });
    expect(await api.log.head()).toEqual(before);
    // the graph is answered as before
    expect((await api.getGraph()).position).not.toBe('');
  });
});

describe('a client that does not read', () => {
  it('is told what it skipped and then gets one graph of now; it costs no memory, and others notice nothing', async () => {
    api = await (
      await ServedApi.start({ watchers: { ...hubDefaults, deltas: 50, bytes: 1024 * 1024 } })
    ).ready();
    const stalled = client(90);
    expect((await stalled.answered(90)).open).toBe(90);
    const reader = api.watchGraph();
    await reader.snapshot();

    // each change is the whole of a service of some 6 KiB, so that the windows of HTTP/2 are soon full
    const change = async (rounds: number): Promise<number> => {
      for (let round = 0; round < rounds; round += 1) {
        await api.addService('shop', 'web', 80 + (round % 2));
        await reader.delta();
      }
      global.gc!();
      const { heapUsed, arrayBuffers, external } = process.memoryUsage();
      return (heapUsed + arrayBuffers + external) / 1024 / 1024;
    };
    const before = await change(150);
    const after = await change(300);

    // what the ninety did not take would be 160 MiB, if it were kept for each
    expect(after - before).toBeLessThan(24);
    const { position: now } = await api.getGraph();
    const messages = await stalled.readUntil(({ position }) => position === now);
    const kinds = messages.map(({ message }) => message?.$case);
    const skipped = messages.findLast(({ message }) => message?.$case === 'skipped')?.message;
    expect(skipped).toMatchObject({ skipped: { deltas: expect.any(Number) } });
    expect(kinds.slice(kinds.lastIndexOf('skipped')).slice(0, 3)).toEqual([
      'skipped',
      'snapshot',
      'snapshot',
    ]);
    reader.cancel();
  }, 120_000);

  it('may not open streams without end', async () => {
    api = await (await ServedApi.start()).ready();
    const greedy = client(1_000);
    const { open, endings } = await greedy.answered(1_000);

    expect(open).toBe(100);
    expect(endings).toHaveLength(900);
    expect(endings[0]).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: 'this connection has 100 open streams, the limit; end one or share one',
    });
    const other = api.watchGraph();
    await other.snapshot();
    other.cancel();
  });

  it('gives its places back when it is gone, however it went', async () => {
    const streams = { perConnection: 5, total: 5 };
    api = await (await ServedApi.start({ grpc: { streams } })).ready();
    const killed = client(5);
    expect((await killed.answered(5)).open).toBe(5);
    expect(await refusal(api.watchGraph().next())).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      details: { ErrorInfo: { reason: 'TOO_MANY_STREAMS' }, RetryInfo: {} },
    });
    await killed.kill();
    await opened(5);

    const late = client(5, { deadlineMs: 300 });
    expect((await late.ended(5)).map(({ code }) => code)).toEqual(
      Array.from({ length: 5 }, () => status.DEADLINE_EXCEEDED),
    );
    await opened(5);
  });

  /** Opens and cancels so many streams at once, as soon as there is a place for each. */
  async function opened(count: number): Promise<void> {
    for (;;) {
      const watches = Array.from({ length: count }, () => api.watchGraph());
      const firsts = await Promise.allSettled(watches.map((watch) => watch.next()));
      for (const watch of watches) watch.cancel();
      if (firsts.every((first) => first.status === 'fulfilled')) break;
      await sleep(20);
    }
    await sleep(50);
  }
});

describe('a server that goes away', () => {
  it('ends streams with UNAVAILABLE and how to go on', async () => {
    api = await (await ServedApi.start()).ready();
    const watch = api.watchGraph();
    await watch.snapshot();
    const ended = refusal(watch.next());
    await api.drain();

    expect(await ended).toMatchObject({
      code: status.UNAVAILABLE,
      message: 'the server goes away; resume at the last position you were given',
      details: { ErrorInfo: { reason: 'SERVER_DRAINING' }, RetryInfo: { retryDelay: { seconds: 1 } } },
    });
  });

  it('waits for a client that does not read only so long', async () => {
    api = await (await ServedApi.start({ grpc: { drainTimeoutMs: 300 } })).ready();
    // more than the windows of HTTP/2 hold, so that the stream cannot end by itself
    for (let service = 0; service < 400; service += 1) await api.addService('shop', `web-${service}`, 80);
    const stalled = client(1);
    await stalled.answered(1);
    await sleep(200);
    const begun = Date.now();
    await api.drain();

    expect(Date.now() - begun).toBeGreaterThanOrEqual(300);
    expect((await stalled.ended(1))[0]).toMatchObject({ ended: 0 });
  });

  it('lets a call that is being answered end', async () => {
    api = await (await ServedApi.start()).ready();
    await api.namespacesAre('live');
    await api.addNamespace('shop');
    const stop = new AbortController();
    let draining: Promise<void> | undefined;
    void api.board.serve(
      'dry-run',
      async () => {
        draining = api.drain();
        await sleep(200);
        return { plan: 'nothing' };
      },
      stop.signal,
    );

    expect(await api.apply({ dryRun: true })).toMatchObject({
      message: 'AuthorizationPolicy/shop/web is so already; an apply would change nothing',
    });
    stop.abort();
    await draining;
  });

  it('refuses calls until it has read the log', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    api = await ServedApi.start({
      wrapLog: (log) =>
        logWith(log, {
          follow: async function* (from, signal) {
            await held;
            yield* log.follow(from, signal);
          },
        }),
    });
    const error = await refusal(api.getGraph());
    const health = await healthOf();
    release();
    await api.ready();

    expect(error).toMatchObject({
      code: status.UNAVAILABLE,
      details: { ErrorInfo: { reason: 'NOT_CAUGHT_UP' } },
    });
    expect(health).toBe('NOT_SERVING');
    for (let later = ''; later !== 'SERVING';) later = await healthOf();
  });
});

it('an error that nobody foresaw tells the client nothing', async () => {
  api = await (
    await ServedApi.start({
      wrapLog: (log) => logWith(log, { head: () => Promise.reject(new Error('the password is hunter2')) }),
    })
  ).ready();
  const error = await refusal(api.getChange('x'));
  expect(error).toMatchObject({ code: status.INTERNAL });
  expect(JSON.stringify(error)).not.toContain('hunter2');
});

describe('the metrics of calls', () => {
  const calls = (rpc: string, code: string) => `mcp_api_calls_total{rpc="${rpc}",status="${code}"}`;

  it('have every rpc and status from the start, at zero', async () => {
    api = await ServedApi.start();
    const measured = await api.measured('mcp_api_calls_total');
    expect(new Set(measured.values())).toEqual(new Set([0]));
    expect(measured.has(calls('/mcp.v1.Traffic/ListDenials', 'UNAVAILABLE'))).toBe(true);
    const counts = await api.measured('mcp_api_call_seconds_count');
    expect(counts.get('mcp_api_call_seconds_count{rpc="/mcp.v1.MeshContext/WatchMeshGraph"}')).toBe(0);
  });

  it('count each once, by how it ended', async () => {
    api = await (await ServedApi.start()).ready();
    await refusal(api.getChange('none'));
    await healthOf();
    const watch = api.watchGraph();
    await watch.snapshot();
    watch.cancel();
    const ended = [
      calls('/mcp.v1.Changes/GetChange', 'NOT_FOUND'),
      calls('/mcp.v1.MeshContext/WatchMeshGraph', 'CANCELLED'),
      calls('other', 'OK'),
    ];
    let measured = await api.measured('mcp_api_calls_total');
    while (ended.some((name) => measured.get(name) === 0)) {
      await sleep(20);
      measured = await api.measured('mcp_api_calls_total');
    }
    expect(ended.map((name) => measured.get(name))).toEqual([1, 1, 1]);
    const seconds = await api.measured('mcp_api_call_seconds_count{rpc="/mcp.v1.Changes/GetChange"}');
    expect([...seconds.values()]).toEqual([1]);
    const refused = await api.measured('mcp_api_refused_calls_total{code="CHANGE_NOT_FOUND"}');
    expect([...refused.values()]).toEqual([1]);
  });
});
