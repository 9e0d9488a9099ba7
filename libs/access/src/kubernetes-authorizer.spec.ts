import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Actor, ClusterUser } from '@mcp/events';
import { AccessUnknown, type Deed } from '@mcp/sources';
import { everyoneMay } from './authorizer.js';
import { KubernetesAuthorizer } from './kubernetes-authorizer.js';

const ada: Actor = { name: 'ada', uid: '1', groups: ['developers'], provenBy: 'kubernetes' };
const patch: Deed = {
  verb: 'patch',
  group: 'policy.linkerd.io',
  resource: 'authorizationpolicies',
  namespace: 'shop',
  name: 'web',
};
const create: Deed = { ...patch, verb: 'create' };
const listPods: Deed = { verb: 'list', group: '', resource: 'pods' };

let nowMs: number;
/** Group and verb: what the cluster allows now. */
let roles: Set<string>;
let asked: number;
let down: boolean;

const reviews = {
  may: async ({ groups = [] }: ClusterUser, { verb }: Deed) => {
    asked += 1;
    if (down) throw new AccessUnknown('the API server does not answer', undefined);
    return { allowed: groups.some((group) => roles.has(`${group} ${verb}`)), reason: '' };
  },
};
const open = () => new KubernetesAuthorizer(reviews, () => nowMs);
const denied = { code: 'PERMISSION_DENIED' };

beforeEach(() => {
  nowMs = 1_000_000;
  roles = new Set(['developers patch']);
  asked = 0;
  down = false;
});

describe('a caller', () => {
  it('may do what a role lets them, and all of it must be allowed', async () => {
    const rights = open();
    await expect(rights.mustBeAllowed(ada, [patch])).resolves.toBeUndefined();
    await expect(rights.mustBeAllowed(ada, [patch, create])).rejects.toMatchObject({
      ...denied,
      deed: create,
    });
  });

  it('is asked about once, from wherever they call', async () => {
    const rights = open();
    for (const from of ['10.0.0.7', '10.0.0.8']) await rights.mustBeAllowed({ ...ada, from }, [patch]);
    expect(asked).toBe(1);
  });

  it('is told what is lacking, where, and what would give it', async () => {
    await expect(open().mustBeAllowed(ada, [create])).rejects.toMatchObject({
      message:
        'ada may not create authorizationpolicies.policy.linkerd.io "web" in namespace shop; ' +
        'a Role in shop with the verb create on authorizationpolicies.policy.linkerd.io, or a ClusterRole bound there, would allow it',
      facts: {
        verb: 'create',
        group: 'policy.linkerd.io',
        resource: 'authorizationpolicies',
        namespace: 'shop',
      },
    });
    await expect(open().mustBeAllowed(ada, [listPods])).rejects.toMatchObject({
      message:
        'ada may not list pods in all namespaces; a ClusterRole with the verb list on pods, bound by a ClusterRoleBinding, would allow it',
    });
  });

  it('who loses a right has it for ten seconds more', async () => {
    const rights = open();
    await rights.mustBeAllowed(ada, [patch]);
    roles.clear();
    nowMs += 9_999;
    await expect(rights.mustBeAllowed(ada, [patch])).resolves.toBeUndefined();
    expect(asked).toBe(1);
    nowMs += 1;
    await expect(rights.mustBeAllowed(ada, [patch])).rejects.toMatchObject(denied);
  });

  it('who gains a right waits for a second', async () => {
    const rights = open();
    await expect(rights.mustBeAllowed(ada, [create])).rejects.toMatchObject(denied);
    roles.add('developers create');
    nowMs += 999;
    await expect(rights.mustBeAllowed(ada, [create])).rejects.toMatchObject(denied);
    expect(asked).toBe(1);
    nowMs += 1;
    await expect(rights.mustBeAllowed(ada, [create])).resolves.toBeUndefined();
  });

  it('is not taken for another: in other groups, in another namespace, of another name', async () => {
    const rights = open();
    await rights.mustBeAllowed(ada, [patch]);
    await expect(rights.mustBeAllowed({ ...ada, groups: [] }, [patch])).rejects.toMatchObject(denied);
    roles.clear();
    await expect(rights.mustBeAllowed(ada, [{ ...patch, namespace: 'ledger' }])).rejects.toMatchObject(
      denied,
    );
    await expect(rights.mustBeAllowed(ada, [{ ...patch, name: 'api' }])).rejects.toMatchObject(denied);
  });

  it('of whom nothing can be learned is neither allowed nor refused', async () => {
    const rights = open();
    down = true;
    await expect(rights.mustBeAllowed(ada, [patch])).rejects.toMatchObject({ code: 'ACCESS_UNKNOWN' });
    down = false;
    await expect(rights.mustBeAllowed(ada, [patch])).resolves.toBeUndefined();
  });
});

it('where nobody is asked, everyone may do everything', async () => {
  await expect(
    everyoneMay.mustBeAllowed({ name: 'anonymous', provenBy: 'none' }, [patch, create, listPods]),
  ).resolves.toBeUndefined();
});

describe('where a caller may do something', () => {
  const somewhere = { verb: 'list', group: '', resource: 'pods' } as const;
  /** Namespaces, and `*` for all of them. */
  let allowed: Set<string>;
  let questions: string[];
  const opened = () =>
    new KubernetesAuthorizer(
      {
        may: async (_user, { namespace = '*' }) => {
          questions.push(namespace);
          if (down) throw new AccessUnknown('the API server does not answer', undefined);
          return { allowed: allowed.has(namespace), reason: '' };
        },
      },
      () => nowMs,
    );
  const there = () => ['shop', 'bank'];
  beforeEach(() => {
    allowed = new Set(['shop']);
    questions = [];
  });

  it('is everywhere with the right to all, and then no namespace is asked for', async () => {
    allowed.add('*');
    const neverAsked = () => {
      throw new Error('asked');
    };
    expect((await opened().whereAllowed(ada, somewhere, neverAsked)).areAll).toBe(true);
    expect(questions).toEqual(['*']);
  });

  it('is in each namespace that a review allows, and in none that is not known', async () => {
    const visible = await opened().whereAllowed(ada, somewhere, there);
    expect(['shop', 'bank', 'other'].filter((name) => visible.has(name))).toEqual(['shop']);
  });

  it('is remembered for 10 s, refusals too, and asked for once by all who want it at the same time', async () => {
    const rights = opened();
    const ask = () => rights.whereAllowed(ada, somewhere, there);
    await Promise.all([ask(), ask()]);
    expect(questions).toEqual(['*', 'shop', 'bank']);
    allowed = new Set(['bank']);
    nowMs += 9_999;
    expect((await ask()).has('shop')).toBe(true);
    nowMs += 1;
    const visible = await ask();
    expect([visible.has('shop'), visible.has('bank')]).toEqual([false, true]);
  });

  it('is not known while the API server is away, which is not remembered', async () => {
    const rights = opened();
    down = true;
    await expect(rights.whereAllowed(ada, somewhere, there)).rejects.toMatchObject({
      code: 'ACCESS_UNKNOWN',
    });
    down = false;
    expect((await rights.whereAllowed(ada, somewhere, there)).has('shop')).toBe(true);
  });

  it('asks little of an API server that does not answer, and asks anew', async () => {
    const rights = opened();
    expect((await rights.whereAllowed(ada, somewhere, () => [])).areNone).toBe(true);
    nowMs += 500;
    const many = Array.from({ length: 1_000 }, (_, n) => `namespace-${n}`);
    nowMs += 10_000;
    const failing = rights.whereAllowed(ada, somewhere, () => ((down = true), many));
    await expect(failing).rejects.toMatchObject({ code: 'ACCESS_UNKNOWN' });
    expect(questions.length).toBeLessThan(50);
    down = false;
    expect((await rights.whereAllowed(ada, somewhere, there)).has('shop')).toBe(true);
  });
});
