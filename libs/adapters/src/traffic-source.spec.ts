import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProxyMetricsSource } from '@mcp/proxy-metrics';
import { ConfigurationError, readSettings, TrafficSettings } from '@mcp/runtime';
import { type Question, ScriptedPrometheus } from '@mcp/testing';
import { SimulatedTrafficSource } from './simulated-traffic-source.js';
import { openTrafficSource } from './traffic-source.js';

type Environment = Readonly<Record<string, string>>;

const somewhere = 'http://prometheus.example:9090';

function open(environment: Environment, clusterSource = 'kubernetes', simulated?: string) {
  const settings = readSettings(TrafficSettings, environment);
  const simulation = simulated === undefined ? {} : { url: simulated };
  return openTrafficSource(settings, { clusterSource }, simulation);
}

describe('traffic', () => {
  it('is absent where no Prometheus is named', () => {
    expect(open({})).toMatchObject({
      source: undefined,
      absent: 'MCP_PROMETHEUS_URL does not say which Prometheus scrapes the proxies',
    });
  });

  it('is absent beside manifests, whatever Prometheus is named', () => {
    expect(open({ MCP_PROMETHEUS_URL: somewhere }, 'manifests:/mesh')).toMatchObject({
      source: undefined,
      absent: 'manifests are a still picture without traffic',
    });
  });

  it('of a simulated mesh is its own, unless a Prometheus is named', async () => {
    expect(open({}, 'simulated', 'http://127.0.0.1:1').source).toBeInstanceOf(SimulatedTrafficSource);
    expect(open({}, 'simulated').source).toBeUndefined();
    const named = open({ MCP_PROMETHEUS_URL: somewhere }, 'simulated', 'http://127.0.0.1:1');
    expect(named.source).toBeInstanceOf(ProxyMetricsSource);
    await named.close();
  });
});

describe('settings that contradict each other are refused:', () => {
  const token = { MCP_PROMETHEUS_TOKEN_FILE: '/token' };
  const user = { MCP_PROMETHEUS_USER: 'mesh' };
  const password = { MCP_PROMETHEUS_PASSWORD_FILE: '/password' };

  it.each<[string, Environment, RegExp]>([
    ['a user without password', user, /MCP_PROMETHEUS_USER and MCP_PROMETHEUS_PASSWORD_FILE go together/],
    ['a password without user', password, /MCP_PROMETHEUS_USER and MCP_PROMETHEUS_PASSWORD_FILE go together/],
    [
      'a token and a user',
      { ...token, ...user, ...password },
      /MCP_PROMETHEUS_TOKEN_FILE and MCP_PROMETHEUS_USER are two ways to authenticate/,
    ],
    [
      'a token and a user in the URL',
      { ...token, MCP_PROMETHEUS_URL: 'http://mesh:secret@prometheus.example' },
      /a user in its URL and other credentials/,
    ],
    ['a URL with its API', { MCP_PROMETHEUS_URL: `${somewhere}/api/v1` }, /must end before \/api\/v1/],
  ])('%s', (_what, environment, reason) => {
    const opening = (): unknown => open({ MCP_PROMETHEUS_URL: somewhere, ...environment });
    expect(opening).toThrow(ConfigurationError);
    expect(opening).toThrow(reason);
    expect(opening).not.toThrow(/secret/);
  });
});

describe('a Prometheus', () => {
  let server: ScriptedPrometheus;
  let folder: string;
  beforeEach(async () => {
    server = await ScriptedPrometheus.start();
    folder = mkdtempSync(join(tmpdir(), 'traffic-source-'));
  });
  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const file = (text: string): string => {
    const path = join(folder, 'secret');
    writeFileSync(path, text);
    return path;
  };

  /** What it is asked in one reading, but for its time, which it tells. */
  async function asked(environment: Environment, url = server.url): Promise<readonly Question[]> {
    const opened = open({ MCP_PROMETHEUS_URL: url, ...environment });
    server.reply = { body: '{"status":"success","data":{"resultType":"scalar","result":[1000,"1000"]}}' };
    try {
      await opened.source?.read({ latency: false }, new AbortController().signal).catch(() => undefined);
    } finally {
      await opened.close();
    }
    expect(server.questions.length).toBeGreaterThan(1);
    return server.questions.filter(({ form }) => form['query'] !== 'time()');
  }

  const authorizations = (questions: readonly Question[]): unknown[] => [
    ...new Set(questions.map(({ headers }) => headers.authorization)),
  ];

  it('is asked without credentials where none are given', async () => {
    const questions = await asked({});
    expect(authorizations(questions)).toEqual([undefined]);
    expect(questions[0]?.headers).not.toHaveProperty('x-scope-orgid');
  });

  it('is given the token of a file', async () => {
    expect(authorizations(await asked({ MCP_PROMETHEUS_TOKEN_FILE: file('abc\n') }))).toEqual(['Bearer abc']);
  });

  it('is given a user and the password of a file', async () => {
    const environment = { MCP_PROMETHEUS_USER: 'mesh', MCP_PROMETHEUS_PASSWORD_FILE: file('pä:ss\n') };
    const basic = `Basic ${Buffer.from('mesh:pä:ss').toString('base64')}`;
    expect(authorizations(await asked(environment))).toEqual([basic]);
  });

  it('is told the tenant', async () => {
    const [question] = await asked({ MCP_PROMETHEUS_TENANT: 'west' });
    expect(question?.headers).toMatchObject({ 'x-scope-orgid': 'west' });
  });

  it('is asked under the path of its URL', async () => {
    const [question] = await asked({}, `${server.url}/prometheus/`);
    expect(question?.path).toBe('/prometheus/api/v1/query');
  });

  it('is asked of the proxies of the job that is named, in as many quotes as it has, and of nothing else', async () => {
    const environment = {
      MCP_PROMETHEUS_JOB: String.raw`a"b\.c`,
      MCP_PROMETHEUS_MATCHERS: 'cluster="we\\"st"',
    };
    const questions = await asked(environment);
    const matchers = String.raw`job=~"a\"b\\.c",cluster="we\"st"`;
    const queries = questions.map(({ form }) => form['query'] ?? '');
    expect(queries.filter((query) => !query.includes(matchers))).toEqual([]);
  });

  it('is asked so far back as is said, also not at all', async () => {
    for (const [delay, time] of [
      ['0', '1000.000'],
      ['60', '940.000'],
    ] as const) {
      server.questions.length = 0;
      const [question] = await asked({ MCP_PROMETHEUS_DELAY_SECONDS: delay });
      expect(question?.form['time']).toBe(time);
    }
  });

  it('is asked for rates over the window that is said, and no less than four scrapes', async () => {
    for (const [window, scrape, rate] of [
      ['120', '10', '[120s]'],
      ['60', '30', '[120s]'],
      ['60', '60', '[240s]'],
    ] as const) {
      server.questions.length = 0;
      const environment = { MCP_PROMETHEUS_WINDOW_SECONDS: window, MCP_PROMETHEUS_SCRAPE_SECONDS: scrape };
      const queries = (await asked(environment)).map(({ form }) => form['query'] ?? '');
      expect(queries.filter((query) => query.includes('rate(') && !query.includes(rate))).toEqual([]);
      expect(queries.some((query) => query.includes(rate))).toBe(true);
    }
  });

  it('that refuses the credentials is unavailable, and the secret is in no message', async () => {
    const opened = open({
      MCP_PROMETHEUS_URL: server.url,
      MCP_PROMETHEUS_TOKEN_FILE: file('abcdef'),
    });
    server.reply = { status: 401, body: 'no' };
    const reading = opened.source?.read({ latency: false }, new AbortController().signal);
    await expect(reading).rejects.toMatchObject({
      code: 'TRAFFIC_UNAVAILABLE',
      fault: 'REFUSED',
      message: expect.not.stringContaining('abcdef'),
    });
    await opened.close();
  });
});
