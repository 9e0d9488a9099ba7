import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { createApiServer } from './api-server.js';
import type { JsonObject, KubernetesObject } from './kubernetes-object.js';
import { ObjectStore } from './object-store.js';
import { Registry } from './registry.js';
import { maxBodyBytes } from './request.js';
import { resources } from './resource-type.js';

let store: ObjectStore;
let registry: Registry;
let server: Server;
let url: string;

beforeEach(async () => {
  store = new ObjectStore({ firstResourceVersion: 100, historyLimit: 20 });
  registry = new Registry(store, { now: () => 0, uidOf: ({ name }, version) => `${name}-${version}` });
  for (const name of ['one', 'two']) registry.create(resources.Namespace, '', { metadata: { name } }, by);
  server = createApiServer(registry, { bookmarkMs: 50, timeoutMs: 5_000 });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(
  () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
);

const by = { manager: 'tester' };
const accounts = '/api/v1/namespaces/one/serviceaccounts';
const policies = '/apis/policy.linkerd.io/v1alpha1/namespaces/one/authorizationpolicies';

function putAccount(name: string, namespace = 'one'): KubernetesObject {
  return registry.create(resources.ServiceAccount, namespace, { metadata: { name } }, by);
}

/** The fields of all answers that the tests look at. */
interface Body extends KubernetesObject {
  readonly reason?: string;
  readonly status?: unknown;
  readonly message?: string;
  readonly details: { readonly causes?: unknown };
  readonly items: readonly KubernetesObject[];
  readonly groups: readonly { readonly name: string }[];
  readonly resources: readonly { readonly name: string }[];
  readonly metadata: KubernetesObject['metadata'] & {
    readonly continue: string;
    readonly remainingItemCount?: number;
  };
}

interface Answer {
  readonly code: number;
  readonly body: Body;
}

async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined ? {} : { body: text }),
    headers,
  });
  const said = await answer.text();
  const isJson = answer.headers.get('content-type') === 'application/json';
  return { code: answer.status, body: (isJson ? JSON.parse(said) : said) as Body };
}

const summary = ({ code, body }: Answer) => `${code} ${body.reason ?? body.kind}`;

/** The watch's events, as `TYPE name`, until `count` have come or the server ends it; then where it ended and how. */
async function watch(path: string, count: number, act?: () => void) {
  const abort = new AbortController();
  const answer = await fetch(`${url}${path}`, { signal: abort.signal });
  expect(answer.status).toBe(200);
  act?.();
  const events: { type: string; object: Body }[] = [];
  let rest = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      rest += decoder.decode(chunk, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.map((line) => JSON.parse(line) as (typeof events)[number]));
      if (events.length >= count) break;
    }
  } finally {
    abort.abort();
  }
  return events;
}

const told = (events: Awaited<ReturnType<typeof watch>>) =>
  events.map(({ type, object }) => `${type} ${object.metadata.name}`);

describe('discovery', () => {
  it('answers what a client asks first', async () => {
    expect((await ask('GET', '/version')).body).toMatchObject({
      major: '1',
      gitVersion: 'v1.31.0+simulated',
    });
    expect((await ask('GET', '/api')).body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    const groups = (await ask('GET', '/apis')).body.groups as {
      name: string;
      preferredVersion: JsonObject;
    }[];
    expect(groups.map(({ name }) => name)).toEqual([
      'apps',
      'batch',
      'coordination.k8s.io',
      'policy.linkerd.io',
      'workload.linkerd.io',
      'gateway.networking.k8s.io',
    ]);
    expect((await ask('GET', '/readyz')).body).toBe('ok');
  });

  it('lists under each version the kinds that it has', async () => {
    const kinds = async (path: string) => (await ask('GET', path)).body.resources.map(({ name }) => name);
    expect(await kinds('/apis/policy.linkerd.io/v1beta3')).toEqual([
      'servers',
      'httproutes',
      'httproutes/status',
    ]);
    expect(await kinds('/apis/policy.linkerd.io/v1beta1')).toEqual([
      'servers',
      'serverauthorizations',
      'httproutes',
      'httproutes/status',
    ]);
    expect(await kinds('/apis/coordination.k8s.io/v1')).toEqual(['leases']);
  });

  it.each([
    '/apis/none',
    '/apis/apps/v2',
    '/api/v2/pods',
    '/apis/apps/v1/nothing',
    '/api/v1/namespaces/one/pods/x/log',
    '/%zz',
  ])('has nothing at %s', async (path) => {
    expect([400, 404]).toContain((await ask('GET', path)).code);
  });
});

describe('list', () => {
  beforeEach(() => {
    for (const name of ['c', 'a', 'b']) putAccount(name);
    putAccount('d', 'two');
  });
  const names = ({ body }: Answer) => body.items.map(({ metadata }) => metadata.name);

  it('shows the cluster or one namespace, in order, at a version', async () => {
    const all = await ask('GET', '/api/v1/serviceaccounts');
    expect([names(all), all.body.kind, all.body.metadata]).toEqual([
      ['a', 'b', 'c', 'd'],
      'ServiceAccountList',
      { resourceVersion: '106' },
    ]);
    expect(all.body.items[0]).not.toHaveProperty('kind');
    expect(names(await ask('GET', accounts))).toEqual(['a', 'b', 'c']);
    expect(names(await ask('GET', `${accounts}?fieldSelector=metadata.name%3Db`))).toEqual(['b']);
    expect((await ask('GET', '/apis/policy.linkerd.io/v1beta1/servers')).body).toMatchObject({
      kind: 'ServerList',
      apiVersion: 'policy.linkerd.io/v1beta1',
      items: [],
    });
  });

  it('comes in pages of one moment, whatever happens between them', async () => {
    const first = await ask('GET', '/api/v1/serviceaccounts?limit=2');
    expect([names(first), first.body.metadata.remainingItemCount]).toEqual([['a', 'b'], 2]);
    registry.delete({ type: resources.ServiceAccount, namespace: 'one', name: 'c' });
    putAccount('bb');
    const token = encodeURIComponent(first.body.metadata.continue);
    const second = await ask('GET', `/api/v1/serviceaccounts?limit=2&continue=${token}`);
    expect([names(second), second.body.metadata]).toEqual([['c', 'd'], { resourceVersion: '106' }]);
  });

  it('is 410 on the next page when the history does not reach back to the first', async () => {
    const first = await ask('GET', '/api/v1/serviceaccounts?limit=2');
    putAccount('e');
    store.compact();
    const token = encodeURIComponent(first.body.metadata.continue);
    expect(summary(await ask('GET', `/api/v1/serviceaccounts?limit=2&continue=${token}`))).toBe(
      '410 Expired',
    );
  });

  it('shows metadata only to those who ask for it', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const { body } = await ask('GET', '/api/v1/namespaces?limit=1', undefined, { accept });
    expect([body.kind, body.apiVersion, Object.keys(body.items[0] ?? {})]).toEqual([
      'PartialObjectMetadataList',
      'meta.k8s.io/v1',
      ['kind', 'apiVersion', 'metadata'],
    ]);
  });

  it.each([
    ['a label selector', '?labelSelector=a%3Db', '400 BadRequest'],
    ['a field selector that is not served', '?fieldSelector=spec.x%3D1', '400 BadRequest'],
    ['a token that is none', '?continue=abc', '400 BadRequest'],
    ['a version that is none', '?resourceVersion=abc', '400 BadRequest'],
    ['a version of the future', '?resourceVersion=999', '504 Timeout'],
    ['a version that is gone, exactly', '?resourceVersion=3&resourceVersionMatch=Exact', '410 Expired'],
  ])('refuses %s', async (_, query, expected) => {
    expect(summary(await ask('GET', `/api/v1/serviceaccounts${query}`))).toBe(expected);
  });
});

describe('watch', () => {
  it('tells what happens after its version, of its collection and namespace only', async () => {
    putAccount('before');
    const from = store.resourceVersion;
    putAccount('between');
    const events = await watch(`${accounts}?watch=true&resourceVersion=${from}`, 4, () => {
      putAccount('elsewhere', 'two');
      putAccount('after');
      registry.create(resources.Service, 'one', { metadata: { name: 'another-kind' } }, by);
      const name = { type: resources.ServiceAccount, namespace: 'one', name: 'after' };
      registry.merge(name, { metadata: { labels: { a: 'b' } } }, by);
      registry.delete(name);
    });
    expect(told(events)).toEqual(['ADDED between', 'ADDED after', 'MODIFIED after', 'DELETED after']);
    expect(events[3]?.object.metadata.resourceVersion).toBe(String(store.resourceVersion));
    expect(events[0]?.object).toMatchObject({ apiVersion: 'v1', kind: 'ServiceAccount' });
  });

  it('begins with what there is when it names no version, and says so at its end when asked', async () => {
    putAccount('a');
    putAccount('b');
    expect(told(await watch(`${accounts}?watch=1`, 2))).toEqual(['ADDED a', 'ADDED b']);
    const query =
      'watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
    const events = await watch(`${accounts}?${query}`, 3);
    expect(events[2]).toEqual({
      type: 'BOOKMARK',
      object: {
        kind: 'ServiceAccount',
        apiVersion: 'v1',
        metadata: {
          resourceVersion: '104',
          creationTimestamp: null,
          annotations: { 'k8s.io/initial-events-end': 'true' },
        },
      },
    });
  });

  it('sends bookmarks that follow all other kinds too, only to those who want them', async () => {
    const from = store.resourceVersion;
    const quiet = watch(`${accounts}?watch=true&resourceVersion=${from}&timeoutSeconds=1`, 9);
    const events = await watch(
      `${accounts}?watch=true&resourceVersion=${from}&allowWatchBookmarks=true`,
      1,
      () => {
        registry.create(resources.Service, 'one', { metadata: { name: 'another-kind' } }, by);
      },
    );
    expect(events.map(({ type, object }) => [type, object.metadata.resourceVersion])).toEqual([
      ['BOOKMARK', '103'],
    ]);
    expect(await quiet).toEqual([]);
  });

  it('ends after its timeout', async () => {
    const startedAt = performance.now();
    await watch(`${accounts}?watch=true&timeoutSeconds=1`, 9);
    expect(performance.now() - startedAt).toBeGreaterThan(900);
  });

  it('is refused with 410 from a version that is no longer kept', async () => {
    putAccount('a');
    store.compact();
    const answer = await ask('GET', `${accounts}?watch=true&resourceVersion=101`);
    expect(answer).toMatchObject({
      code: 410,
      body: { kind: 'Status', reason: 'Expired', message: 'too old resource version: 101 (103)' },
    });
  });

  it('tells in the stream, with 410, a watcher that does not keep up, and keeps nothing for it', async () => {
    const stalled = await fetch(`${url}${accounts}?watch=true`);
    const value = 'x'.repeat(200_000);
    // more than the connection takes, and more changes than the history keeps
    for (let count = 0; count < 60; count++) {
      registry.create(
        resources.ServiceAccount,
        'one',
        { metadata: { name: `big-${count}`, annotations: { value } } },
        by,
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    const lines = (await stalled.text()).trimEnd().split('\n');
    expect(lines.length).toBeLessThan(61);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({
      type: 'ERROR',
      object: { code: 410, reason: 'Expired' },
    });
  });
});

describe('one object', () => {
  const spec = { targetRef: { kind: 'Namespace', name: 'one' }, requiredAuthenticationRefs: [] };
  const policy = {
    apiVersion: 'policy.linkerd.io/v1alpha1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'p' },
    spec,
  };
  const apply = (query: string, body: unknown = policy) =>
    ask('PATCH', `${policies}/p?${query}`, body, { 'content-type': 'application/apply-patch+yaml' });

  it('is created, read, replaced, merged and deleted', async () => {
    expect(summary(await ask('POST', policies, policy))).toBe('201 AuthorizationPolicy');
    expect(summary(await ask('POST', policies, policy))).toBe('409 AlreadyExists');
    const { body } = await ask('GET', `${policies}/p`);
    expect(body).toMatchObject({ ...policy, metadata: { name: 'p', namespace: 'one', generation: 1 } });
    const labelled = { ...body, metadata: { ...body.metadata, labels: { a: 'b' } } };
    expect((await ask('PUT', `${policies}/p`, labelled)).body.metadata.labels).toEqual({ a: 'b' });
    expect(summary(await ask('PUT', `${policies}/p`, labelled))).toBe('409 Conflict');
    const merge = { 'content-type': 'application/merge-patch+json' };
    expect(
      (await ask('PATCH', `${policies}/p`, { metadata: { labels: null } }, merge)).body.metadata.labels,
    ).toBeUndefined();
    const wrong = { preconditions: { uid: 'other' } };
    expect(summary(await ask('DELETE', `${policies}/p`, wrong))).toBe('409 Conflict');
    expect((await ask('DELETE', `${policies}/p`)).body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: {
        name: 'p',
        group: 'policy.linkerd.io',
        kind: 'authorizationpolicies',
        uid: body.metadata.uid,
      },
    });
    expect(summary(await ask('GET', `${policies}/p`))).toBe('404 NotFound');
  });

  it('is applied: created, left as it is, and refused to another manager unless forced', async () => {
    const other = {
      ...policy,
      spec: { ...spec, requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'a' }] },
    };
    expect((await apply('fieldManager=a&dryRun=All')).code).toBe(201);
    expect(store.list(resources.AuthorizationPolicy)).toEqual([]);
    const created = await apply('fieldManager=a');
    expect(created.code).toBe(201);
    expect(await apply('fieldManager=a')).toEqual({ code: 200, body: created.body });
    const conflict = await apply('fieldManager=b', other);
    expect([conflict.code, conflict.body.details.causes]).toEqual([
      409,
      [
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "a"',
          field: '.spec.requiredAuthenticationRefs',
        },
      ],
    ]);
    expect((await apply('fieldManager=b&force=true', other)).body['spec']).toEqual(other.spec);
  });

  it.each<[string, () => ReturnType<typeof ask>, string]>([
    ['an apply without a manager', () => apply(''), '422 Invalid'],
    [
      'an apply that is YAML but not JSON',
      () => apply('fieldManager=a', 'kind: X'),
      '415 UnsupportedMediaType',
    ],
    ['an unknown dry run', () => apply('fieldManager=a&dryRun=Some'), '400 BadRequest'],
    ['a body that is not JSON', () => ask('POST', policies, '{'), '400 BadRequest'],
    ['no body', () => ask('POST', policies), '400 BadRequest'],
    [
      'a field that would change what objects inherit',
      () => ask('POST', policies, JSON.stringify(policy).replace('{', '{"__proto__":{"a":1},')),
      '400 BadRequest',
    ],
    ['a spec that is not valid', () => ask('POST', policies, { ...policy, spec: {} }), '422 Invalid'],
    [
      'a namespace that does not exist',
      () => ask('POST', policies.replace('one', 'none'), policy),
      '404 NotFound',
    ],
    [
      'a body that is too large',
      () => ask('POST', policies, { ...policy, data: 'x'.repeat(3 * maxBodyBytes) }),
      '413 RequestEntityTooLarge',
    ],
    [
      'a JSON patch',
      () => ask('PATCH', `${policies}/p`, [], { 'content-type': 'application/json-patch+json' }),
      '415 UnsupportedMediaType',
    ],
    ['a deletion of everything', () => ask('DELETE', policies), '405 MethodNotAllowed'],
    ['a creation without a namespace', () => ask('POST', '/api/v1/pods', {}), '405 MethodNotAllowed'],
    ['a deletion of what is not there', () => ask('DELETE', `${policies}/none`), '404 NotFound'],
  ])('refuses %s, and writes nothing', async (_, act, expected) => {
    const before = store.resourceVersion;
    expect(summary(await act())).toBe(expected);
    expect(store.resourceVersion).toBe(before);
  });

  it('is written under the name of the client where no manager is named', async () => {
    const { body } = await ask('POST', policies, policy, { 'user-agent': 'kubectl/v1.31 (linux)' });
    expect(body.metadata.managedFields?.[0]?.manager).toBe('kubectl');
  });

  it('has its status at an address of its own', async () => {
    registry.create(resources.Pod, 'one', { metadata: { name: 'x' } }, by);
    const path = '/api/v1/namespaces/one/pods/x';
    const { body } = await ask('GET', path);
    const written = await ask('PUT', `${path}/status`, {
      ...body,
      spec: { nodeName: 'n' },
      status: { phase: 'Running' },
    });
    expect([written.code, written.body.status, written.body['spec']]).toEqual([
      200,
      { phase: 'Running' },
      undefined,
    ]);
    expect((await ask('GET', `${path}/status`)).body.status).toEqual({ phase: 'Running' });
  });
});
