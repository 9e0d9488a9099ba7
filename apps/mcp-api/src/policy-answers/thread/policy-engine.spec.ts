import { describe, expect, it } from '@jest/globals';
import { Effect, GetReachabilityResponse, SimulateChangeResponse } from '@mcp/contracts';
import { policyKinds } from '@mcp/mesh';
import type { MeshView, NamespaceView } from '@mcp/policy';
import type { LedgerRecord } from '@mcp/traffic';
import { PolicyEngine } from './policy-engine.js';
import { PolicyMemory } from './policy-memory.js';
import type { PolicyTask, PolicyThread } from './policy-task.js';

function namespace(name: string, workloads = 1): NamespaceView {
  const policy = Object.fromEntries(
    policyKinds.map((kind) => [kind, []]),
  ) as unknown as NamespaceView['policy'];
  return {
    namespace: name,
    annotations: {},
    policy,
    unreadable: [],
    workloads: Array.from({ length: workloads }, (_, n) => ({
      ref: { namespace: name, kind: 'Deployment', name: `web-${n}` },
      groups: [],
      shapelessPods: 1,
    })),
    services: [],
    serviceAccounts: [],
  };
}

function viewOf(...namespaces: readonly NamespaceView[]): MeshView {
  return {
    namespaces: new Map(namespaces.map((each) => [each.namespace, each])),
    settings: {},
    notLive: new Map(),
    scope: 'all',
  };
}

/** Notes what it was sent, and forgets all before some tasks. */
class ForgetfulThread implements PolicyThread {
  readonly sent: string[] = [];
  #memory = new PolicyMemory();

  constructor(private readonly forgetsBefore: (tasks: number, task: PolicyTask) => boolean = () => false) {}

  async run(task: PolicyTask) {
    this.sent.push(task.kind === 'take' ? toldOf(task) : task.kind);
    if (this.forgetsBefore(this.sent.length, task)) this.#memory = new PolicyMemory();
    return this.#memory.do(structuredClone(task));
  }
}

function toldOf({ piece: { rest, workloads } }: Extract<PolicyTask, { kind: 'take' }>): string {
  return rest === undefined ? `${workloads.length} more` : `take ${rest.namespace}`;
}

async function targetsOf(engine: PolicyEngine, view: MeshView, key: string): Promise<readonly string[]> {
  const question = { kind: 'matrix', request: { kind: 'any' } } as const;
  const page = { key, start: 0, bytes: 1_000_000 };
  const { bytes } = await engine.ask(view, question, page, new AbortController().signal);
  return GetReachabilityResponse.decode(bytes).rows.map(({ target }) => target?.workload?.namespace ?? '');
}

describe('the mesh goes to the thread', () => {
  it('namespace by namespace, and then only what changed', async () => {
    const thread = new ForgetfulThread();
    const engine = new PolicyEngine(thread);
    const shop = namespace('shop');
    expect(await targetsOf(engine, viewOf(shop, namespace('bank')), 'a')).toEqual(['bank', 'shop']);
    expect(await targetsOf(engine, viewOf(shop, namespace('bank')), 'b')).toEqual(['bank', 'shop']);
    expect(thread.sent).toEqual(['ask', 'take shop', 'take bank', 'ask', 'ask', 'take bank', 'ask']);
  });

  it('in pieces where it has many workloads', async () => {
    const thread = new ForgetfulThread();
    const view = viewOf(namespace('shop', 2_500));
    expect(await targetsOf(new PolicyEngine(thread), view, 'a')).toHaveLength(2_500);
    expect(thread.sent).toEqual(['ask', 'take shop', '1000 more', '500 more', 'ask']);
  });

  it('whole, also to two questions at once', async () => {
    const engine = new PolicyEngine(new ForgetfulThread());
    const view = viewOf(namespace('shop', 1_001));
    const answers = await Promise.all(['a', 'b', 'c'].map((key) => targetsOf(engine, view, key)));
    expect(answers.map(({ length }) => length)).toEqual([1_001, 1_001, 1_001]);
  });

  it('again where the thread was lost with all that it knew', async () => {
    const thread = new ForgetfulThread((tasks) => tasks === 3);
    const engine = new PolicyEngine(thread);
    const view = viewOf(namespace('shop'));
    expect(await targetsOf(engine, view, 'a')).toEqual(['shop']);
    expect(thread.sent).toEqual(['ask', 'take shop', 'ask', 'take shop', 'ask']);
  });

  it('a few times at most', async () => {
    const engine = new PolicyEngine(new ForgetfulThread((_, { kind }) => kind === 'ask'));
    await expect(targetsOf(engine, viewOf(namespace('shop')), 'a')).rejects.toThrow('lost the mesh 3 times');
  });
});

describe('callers go to the thread', () => {
  const workload = { namespace: 'shop', kind: 'Deployment', name: 'web-0' };
  const callers = Array.from({ length: 2_001 }, (_, port): LedgerRecord => [
    'row',
    workload,
    { client: { kind: 'unmeshed' }, port, protocol: 'http' },
    [20_000, 1, 0, 1, 1],
  ]);
  const server = {
    kind: 'Server',
    state: {
      ...{
        namespace: 'shop',
        name: 'web',
        uid: '',
        createdAt: 0,
        labels: {},
        fieldOwners: [],
        conditions: [],
      },
      spec: {
        selects: 'pods',
        selector: { matchLabels: {}, matchExpressions: [] },
        port: 80,
        proxyProtocol: 'HTTP/1',
        accessPolicy: 'deny',
      },
    },
  } as const;
  const simulate = async (engine: PolicyEngine, view: MeshView, start = 0, bytes = 3_000_000) => {
    const change = { apply: [server], delete: [] };
    const question = { kind: 'simulate', change, at: 1, includeUnchanged: false, inShort: false } as const;
    const page = { key: 'a', start, bytes };
    const { signal } = new AbortController();
    const reply = await engine.simulate(view, question, page, () => Promise.resolve(callers), signal);
    return { ...SimulateChangeResponse.decode(reply.bytes), next: reply.next };
  };
  const all = [{ effect: Effect.EFFECT_UNKNOWN, callers: 2_001, unseenProbes: 0, allowed: 2_001 }];

  it('in pieces, and not again for the next page', async () => {
    const thread = new ForgetfulThread();
    const engine = new PolicyEngine(thread);
    const view = viewOf(namespace('shop'));
    const { counts, next } = await simulate(engine, view, 0, 1);
    expect(counts).toEqual(all);
    expect((await simulate(engine, view, next)).impacts).toHaveLength(2_001);
    expect(thread.sent).toEqual(['ask', 'take shop', 'take-callers', 'take-callers', 'ask', 'ask']);
  });

  it('all of them again where the thread was lost in between, and to two questions at once', async () => {
    const thread = new ForgetfulThread((tasks) => tasks === 4);
    expect((await simulate(new PolicyEngine(thread), viewOf(namespace('shop')))).counts).toEqual(all);
    const engine = new PolicyEngine(new ForgetfulThread());
    const view = viewOf(namespace('shop'));
    const answers = await Promise.all([1, 2, 3].map(() => simulate(engine, view)));
    expect(answers.map(({ counts }) => counts)).toEqual([all, all, all]);
  });
});
