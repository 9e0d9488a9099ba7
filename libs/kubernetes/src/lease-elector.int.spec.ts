import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { KubeConfig } from '@kubernetes/client-node';
import { CutProxy, startKubeApiServer, type KubeApiServer } from '@mcp/testing';
import { pause } from './backoff.js';
import { ClusterConnection } from './cluster-connection.js';
import { LeaseElector, type LeaseElectorOptions } from './lease-elector.js';

const timing = { leaseDurationMs: 2_000, renewDeadlineMs: 1_200, retryMs: 200 };

interface Term {
  readonly fromMs: number;
  toMs?: number;
}

interface Candidate {
  readonly elector: LeaseElector;
  readonly terms: readonly Term[];
  stop(): Promise<void>;
}

describe('a lease elector on a real kube-apiserver', () => {
  let server: KubeApiServer;
  let connection: ClusterConnection;
  let leaseName = '';
  let leaseCount = 0;
  let candidates: Candidate[] = [];
  const cleanUps: (() => Promise<void>)[] = [];

  beforeAll(async () => {
    server = await startKubeApiServer();
    connection = ClusterConnection.fromKubeconfig(server.kubeconfigPath);
  }, 120_000);
  beforeEach(() => {
    leaseName = `lease-${++leaseCount}`;
  });
  afterEach(async () => {
    await Promise.all(candidates.map((each) => each.stop()));
    candidates = [];
    await Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp()));
  });
  afterAll(async () => {
    await connection.close();
    await server.stop();
  });

  /** Records when it leads. Work goes on for a moment after the term's end, as work does. */
  function candidate(identity: string, options: Partial<LeaseElectorOptions> = {}): Candidate {
    const terms: Term[] = [];
    const elector = new LeaseElector({
      connection,
      namespace: 'default',
      name: leaseName,
      identity,
      timing,
      ...options,
    });
    const end = new AbortController();
    const done = elector.run(async (term) => {
      const own: Term = { fromMs: performance.now() };
      terms.push(own);
      await new Promise((resolve) => term.addEventListener('abort', resolve, { once: true }));
      own.toMs = performance.now();
      await pause(50, end.signal);
    }, end.signal);
    const stop = async () => {
      end.abort();
      await done;
    };
    const made = { elector, terms, stop };
    candidates.push(made);
    return made;
  }

  async function until(condition: () => boolean): Promise<void> {
    const deadline = performance.now() + 15_000;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`not within 15 s: ${condition.toString()}`);
      await pause(10, new AbortController().signal);
    }
  }

  const leads = (each: Candidate) => each.elector.leading && each.terms.at(-1)?.toMs === undefined;

  async function leaseSpec(): Promise<Record<string, unknown>> {
    const path = `/apis/coordination.k8s.io/v1/namespaces/default/leases/${leaseName}`;
    const { body } = await connection.request('GET', path);
    return (body as { spec: Record<string, unknown> }).spec;
  }

  it('elects one of two, keeps it, and hands over at once when it stops', async () => {
    const a = candidate('a');
    await until(() => leads(a));
    const b = candidate('b');
    await pause(timing.leaseDurationMs + 500, new AbortController().signal);
    expect([leads(a), a.terms.length, b.terms.length]).toEqual([true, 1, 0]);
    expect(b.elector.holder).toBe('a');
    const stoppedAtMs = performance.now();
    await a.stop();
    await until(() => leads(b));
    expect(performance.now() - stoppedAtMs).toBeLessThan(timing.leaseDurationMs);
    expect(await leaseSpec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  });

  it('stops a leader that cannot reach the server before another one begins', async () => {
    const proxy = await CutProxy.start(Number(new URL(server.url).port));
    const throughProxy = new ClusterConnection(() => {
      const kubeConfig = new KubeConfig();
      kubeConfig.loadFromFile(server.kubeconfigPath);
      const [cluster] = kubeConfig.clusters;
      kubeConfig.clusters = [{ ...cluster!, server: `https://127.0.0.1:${proxy.port}` }];
      return kubeConfig;
    });
    cleanUps.push(
      () => throughProxy.close(),
      () => proxy.stop(),
    );
    const a = candidate('a', { connection: throughProxy });
    await until(() => leads(a));
    const b = candidate('b');
    await until(() => b.elector.holder === 'a');

    proxy.cut();
    await pause(timing.renewDeadlineMs * 2, new AbortController().signal);
    expect([leads(a), a.terms.length]).toEqual([true, 1]);

    proxy.stall();
    await until(() => leads(b));
    expect(a.terms).toEqual([{ fromMs: expect.any(Number), toMs: expect.any(Number) }]);
    expect(a.terms[0]!.toMs).toBeLessThan(b.terms[0]!.fromMs);
    expect(a.elector.leading).toBe(false);
    expect(a.elector.problem).toMatch(/no answer/);

    proxy.recover();
    await until(() => a.elector.holder === 'b' && a.elector.problem === undefined);
    expect([a.terms.length, leads(b)]).toEqual([1, true]);
  }, 60_000);

  it('deposes a leader that was stopped and continued', async () => {
    let continued: () => void = () => undefined;
    let stopped = false;
    const stopping: typeof pause = async (ms, signal) => {
      if (stopped) await new Promise<void>((resolve) => (continued = resolve));
      await pause(ms, signal);
    };
    const a = candidate('a', { pause: stopping });
    await until(() => leads(a));
    const b = candidate('b');
    stopped = true;
    await until(() => leads(b));
    expect(a.elector.leading).toBe(false);
    stopped = false;
    continued();
    await until(() => a.terms[0]?.toMs !== undefined);
    await pause(500, new AbortController().signal);
    expect([a.terms.length, leads(b), b.terms.length]).toEqual([1, true, 1]);
    expect(await leaseSpec()).toMatchObject({ holderIdentity: 'b', leaseTransitions: 1 });
  }, 60_000);

  it('never has two of five leading at a time, and always finds another', async () => {
    const all = ['a', 'b', 'c', 'd', 'e'].map((identity) => candidate(identity));
    for (let left = all.length; left > 0; left--) {
      await until(() => candidates.some(leads));
      const leaders = candidates.filter(leads);
      expect(leaders).toHaveLength(1);
      await leaders[0]!.stop();
      candidates = candidates.filter((each) => each !== leaders[0]);
    }
    const terms = all.flatMap((each) => each.terms).sort((x, y) => x.fromMs - y.fromMs);
    expect(terms).toHaveLength(5);
    for (const [index, term] of terms.slice(1).entries())
      expect(term.fromMs).toBeGreaterThan(terms[index]!.toMs!);
  }, 60_000);

  it('gives the lease back when the work fails, and fails with it', async () => {
    const elector = new LeaseElector({
      connection,
      namespace: 'default',
      name: leaseName,
      identity: 'a',
      timing,
    });
    const work = elector.run(async () => {
      throw new Error('the work failed');
    }, new AbortController().signal);
    await expect(work).rejects.toThrow('the work failed');
    expect(elector.leading).toBe(false);
    expect((await leaseSpec())['holderIdentity']).toBe('');
  });

  it('refuses a renew deadline that is not shorter than the lease', () => {
    const wrong = { ...timing, renewDeadlineMs: timing.leaseDurationMs };
    expect(
      () => new LeaseElector({ connection, namespace: 'default', name: 'x', identity: 'a', timing: wrong }),
    ).toThrow('The renew deadline must be shorter than the lease.');
  });
});
