import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { RealPrometheus, ScrapedPage, SelfSignedCertificate } from '@mcp/testing';
import { copyFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { labelled } from '../test/answers.js';
import { PrometheusFailure } from './instant-query.js';
import type { VectorSample } from './vector-sample.js';
import { PrometheusClient } from './prometheus-client.js';
import type { PrometheusServer } from './prometheus-server.js';

const user = {
  name: 'mesh',
  password: 'a password',
  passwordHash: '$2b$04$TTfDracayG4Bs0g9JCIsf.pxtgHdlO10GXBiUjaHMPCHMCxoDJapK',
};
const names = ['web', 'cart "new"\\', 'bücher ☃'];
const escaped = (name: string) => name.replace(/[\\"]/g, '\\$&');
const signal = new AbortController().signal;
const clients: PrometheusClient[] = [];
let page: ScrapedPage;
let prometheus: RealPrometheus;

beforeAll(async () => {
  const calls = names.map((name, at) => `calls_total{app="${escaped(name)}"} ${at}\n`);
  const many = Array.from({ length: 5_000 }, (_, at) => `many{row="${at}"} ${at}\n`);
  page = await ScrapedPage.start([...calls, ...many].join(''));
  prometheus = await RealPrometheus.start({
    jobs: [{ name: 'apps', targets: [{ address: page.address, labels: { instance: 'page' } }] }],
    intervalMs: 500,
  });
  await prometheus.until('many');
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

afterAll(async () => {
  await prometheus.stop();
  await page.stop();
});

function clientOf(server: PrometheusServer): PrometheusClient {
  const client = new PrometheusClient(server);
  clients.push(client);
  return client;
}

async function ask(client: PrometheusClient, query: string, timeMs?: number) {
  const samples: VectorSample[] = [];
  const at = { timeMs: timeMs ?? (await client.now(signal)), signal };
  const answer = await client.instant(query, at, labelled(), (labels, value) =>
    samples.push({ labels, value }),
  );
  return { samples, ...answer };
}

async function failureOf(asking: Promise<unknown>): Promise<PrometheusFailure> {
  const failure: unknown = await asking.catch((error: unknown) => error);
  if (failure instanceof PrometheusFailure) return failure;
  throw new Error('no PrometheusFailure', { cause: failure });
}

describe('a real Prometheus', () => {
  it('gives what was scraped, with its labels', async () => {
    const { samples, rows, warnings } = await ask(clientOf(prometheus), 'sort(calls_total)');
    expect(samples).toEqual(
      names.map((app, value) => ({
        labels: { __name__: 'calls_total', app, instance: 'page', job: 'apps' },
        value,
      })),
    );
    expect({ rows, warnings }).toEqual({ rows: 3, warnings: [] });
  });

  it('gives answers of many slices', async () => {
    const { samples, rows } = await ask(clientOf(prometheus), 'many');
    expect(rows).toBe(5_000);
    expect(samples.map(({ labels }) => labels['row']).sort()).toEqual(
      Array.from({ length: 5_000 }, (_, at) => String(at)).sort(),
    );
    expect(samples.every(({ labels, value }) => labels['row'] === String(value))).toBe(true);
  });

  it('has a clock, and is asked at a time to the millisecond', async () => {
    const client = clientOf(prometheus);
    expect(Math.abs((await client.now(signal)) - Date.now())).toBeLessThan(60_000);
    const { samples } = await ask(client, 'time()', 1_795_371_637_781);
    expect(samples).toEqual([{ labels: {}, value: 1_795_371_637.781 }]);
    expect((await ask(client, 'calls_total', Date.now() - 86_400_000)).rows).toBe(0);
  });

  it('gives numbers that are none as they are', async () => {
    const { samples } = await ask(
      clientOf(prometheus),
      'sum by (app) (calls_total{app="web"}) / 0 or -vector(1) / 0',
    );
    expect(samples.map(({ value }) => value)).toEqual([NaN, -Infinity]);
  });

  it.each([
    ['sum(', 'BAD_QUERY', 'unclosed left parenthesis; the query was sum('],
    ['calls_total + on (job) calls_total', 'BAD_QUERY', 'many-to-many matching not allowed'],
    ['calls_total[1m]', 'INVALID', 'its result is of type "matrix"'],
  ])('says what is wrong with %s', async (query, fault, said) => {
    const failure = await failureOf(ask(clientOf(prometheus), query));
    expect(failure.fault).toBe(fault);
    expect(failure.message).toContain(said);
  });

  it('is not found below a prefix that it does not have', async () => {
    const failure = await failureOf(ask(clientOf({ url: `${prometheus.url}/prometheus` }), 'up'));
    expect(failure.fault).toBe('INVALID');
    expect(failure.message).toContain(
      'answered 404: 404 page not found; check that the URL leads to Prometheus',
    );
  });

  it('does not answer while it is stopped, and does again', async () => {
    const client = clientOf({ url: prometheus.url, answerTimeoutMs: 500 });
    prometheus.pause();
    try {
      expect((await failureOf(client.now(signal))).fault).toBe('TIMEOUT');
    } finally {
      prometheus.resume();
    }
    expect((await ask(clientOf(prometheus), 'calls_total')).rows).toBe(3);
  });

  it('is unreachable while it is gone, and keeps its history when it comes back', async () => {
    const client = clientOf(prometheus);
    const before = await client.now(signal);
    await prometheus.kill();
    expect((await failureOf(client.now(signal))).fault).toBe('UNREACHABLE');
    await prometheus.restart();
    expect((await ask(client, 'calls_total', before)).rows).toBe(3);
    await prometheus.restart({ history: 'lost' });
    expect((await ask(client, 'calls_total', before)).rows).toBe(0);
    await prometheus.until('many');
  });
});

describe('a real Prometheus with little room', () => {
  it('is overloaded by a query for more samples than it may load, and below its prefix answers others', async () => {
    const small = await RealPrometheus.start({
      jobs: [{ name: 'apps', targets: [{ address: page.address }] }],
      intervalMs: 500,
      flags: { 'query.max-samples': '100' },
      pathPrefix: '/prometheus',
    });
    try {
      await small.until('calls_total');
      const client = clientOf(small);
      const failure = await failureOf(ask(client, 'many'));
      expect(failure.fault).toBe('OVERLOADED');
      expect(failure.message).toContain(
        '/prometheus/api/v1/query answered 422: query processing would load too many',
      );
      expect((await ask(client, 'calls_total')).rows).toBe(3);
    } finally {
      await small.stop();
    }
  });
});

describe('a real Prometheus behind TLS and a password', () => {
  let certificate: SelfSignedCertificate;
  let guarded: RealPrometheus;
  beforeAll(async () => {
    certificate = await SelfSignedCertificate.make();
    guarded = await RealPrometheus.start({ jobs: [], certificate, user });
  });
  afterAll(async () => {
    await guarded.stop();
    certificate.remove();
  });

  const { name, password } = user;

  it('is asked by whoever trusts its certificate and has the password', async () => {
    const trusting = { url: guarded.url, caFile: certificate.certificatePath };
    expect(
      (await ask(clientOf({ ...trusting, credentials: { user: name, password } }), 'vector(1)')).rows,
    ).toBe(1);
    const failure = await failureOf(
      clientOf({ ...trusting, credentials: { user: name, password: 'another' } }).now(signal),
    );
    expect(failure).toMatchObject({
      fault: 'REFUSED',
      message: `${guarded.url}/api/v1/query answered 401: Unauthorized; check the token or password, the tenant, and what they may read (REFUSED)`,
    });
  });

  it('is not trusted without it', async () => {
    const failure = await failureOf(
      clientOf({ url: guarded.url, credentials: { user: name, password } }).now(signal),
    );
    expect(failure.fault).toBe('UNREACHABLE');
    expect(failure.message).toContain(
      'is not trusted: self-signed certificate; name the file of the authority',
    );
  });

  it('is trusted as the file of authorities says now', async () => {
    const caFile = join(dirname(certificate.certificatePath), 'authorities.pem');
    const client = clientOf({ url: guarded.url, caFile, credentials: { user: name, password } });
    expect((await failureOf(client.now(signal))).message).toContain(`${caFile} cannot be read: ENOENT`);
    await writeFile(caFile, 'no certificate');
    expect((await failureOf(client.now(signal))).message).toContain('it must be a PEM file');
    const other = await SelfSignedCertificate.make();
    await copyFile(other.certificatePath, caFile);
    other.remove();
    expect((await failureOf(client.now(signal))).message).toContain('is not trusted');
    await copyFile(certificate.certificatePath, caFile);
    expect((await ask(client, 'vector(1)')).rows).toBe(1);
  });

  it('does not take plain HTTP for its own', async () => {
    const failure = await failureOf(clientOf({ url: guarded.url.replace('https', 'http') }).now(signal));
    expect(failure.fault).toBe('INVALID');
    expect(failure.message).toContain('Client sent an HTTP request to an HTTPS server');
  });
});
