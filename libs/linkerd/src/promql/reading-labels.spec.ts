import { expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { destinationSeen } from './destination-seen.js';
import { oneOf, readsAsMatchers } from './expression.js';
import { claimOf } from './labels.js';
import { namespaceShards } from './namespace-shards.js';
import { implausible } from './plausible.js';
import { clientSeen, tlsSeen } from './tls-seen.js';

test.each([
  [
    'mesh TLS',
    { tls: 'true', client_id: 'web.shop' },
    { tls: 'mesh', reason: '', identity: 'web.shop' },
    'identity',
  ],
  ['mesh TLS without identity', { tls: 'true' }, { tls: 'mesh', reason: '', identity: '' }, 'unidentified'],
  [
    'plaintext',
    { tls: 'no_identity', no_tls_reason: 'no_tls_from_remote' },
    { tls: 'none', reason: 'no_tls_from_remote', identity: '' },
    'unmeshed',
  ],
  [
    'a reason nobody knows',
    { tls: 'no_identity', no_tls_reason: 'new' },
    { tls: 'none', reason: 'new', identity: '' },
    'unmeshed',
  ],
  ['identity off', { tls: 'disabled' }, { tls: 'disabled', reason: '', identity: '' }, 'unmeshed'],
  [
    'TLS of the client’s own',
    { tls: 'opaque', sni: 'x' },
    { tls: 'opaque', reason: '', identity: '' },
    'unmeshed',
  ],
  ['an absent label', {}, { tls: 'unknown', reason: '', identity: '' }, 'unidentified'],
  [
    'a value nobody knows',
    { tls: 'quantum', client_id: 'web.shop' },
    { tls: 'unknown', reason: 'quantum', identity: '' },
    'unidentified',
  ],
])('%s is told as it is', (_, labels, tls, client) => {
  expect(tlsSeen(labels, 'client_id')).toEqual(tls);
  expect(clientSeen(tlsSeen(labels, 'client_id')).kind).toBe(client);
});

it('nothing but the label true is mesh TLS', () => {
  fc.assert(
    fc.property(
      fc.string().filter((tls) => tls !== 'true'),
      fc.string(),
      (tls, reason) => tlsSeen({ tls, no_tls_reason: reason, server_id: 'x' }, 'server_id').tls !== 'mesh',
    ),
  );
  expect(tlsSeen({ tls: 'true' }, 'server_id').tls).toBe('mesh');
});

test.each([
  [
    'a meshed Deployment behind a Service',
    {
      ...{
        dst_namespace: 'shop',
        dst_service: 'cart',
        dst_deployment: 'cart',
      },
      ...{ authority: 'cart.shop.svc.cluster.local:80', target_port: '8080' },
    },
    {
      ...{ namespace: 'shop', service: 'cart', workload: { kind: 'Deployment', name: 'cart' } },
      ...{ authority: 'cart.shop.svc.cluster.local:80', port: 8080 },
    },
  ],
  [
    'a Job dialled by its address',
    { dst_namespace: 'shop', dst_k8s_job: 'import', target_port: '80' },
    { namespace: 'shop', workload: { kind: 'Job', name: 'import' }, port: 80 },
  ],
  [
    'a pod of an owner that has no label',
    { dst_namespace: 'db', dst_pod: 'pg-1', target_port: '5432' },
    { namespace: 'db', pod: 'pg-1', port: 5432 },
  ],
  ['a place out of the cluster', { target_port: '443' }, { port: 443 }],
  [
    'a mirrored Service',
    {
      ...{ dst_namespace: 'shop', dst_service: 'cart-west', target_port: '4143', dst_target_cluster: 'west' },
      ...{ dst_target_service: 'cart', dst_target_service_namespace: 'shop' },
    },
    {
      ...{ namespace: 'shop', service: 'cart-west', port: 4143 },
      mirrored: { cluster: 'west', namespace: 'shop', name: 'cart' },
    },
  ],
  ['a row without port', { dst_deployment: 'cart' }, 'no port'],
  ['a port beyond ports', { target_port: '65536' }, 'no port'],
])('%s is where a client sent something', (_, labels, destination) => {
  expect(destinationSeen(labels)).toEqual(destination);
});

test.each([
  ['10.42.0.11:4191', '10.42.0.11'],
  ['[fd00::11]:4191', 'fd00::11'],
  // as a pod may be labelled that wants to be taken for another
  ['10.42.0.11', ''],
  ['fd00::11', ''],
  ['', ''],
])('the address of instance %j is %j', (instance, address) => {
  expect(claimOf({ namespace: 'shop', pod: 'web-1', instance })).toEqual({
    namespace: 'shop',
    pod: 'web-1',
    address,
  });
});

test.each([
  [NaN, 'not a number'],
  [Infinity, 'infinite'],
  [-Infinity, 'infinite'],
  [-0.001, 'negative'],
  [1.1e9, 'beyond belief'],
  [0, undefined],
  [1e9, undefined],
])('%d a second is %s', (value, why) => {
  expect(implausible(value, 'per-second')).toBe(why);
});

test.each([
  ['job="linkerd-proxy"', true],
  ['job=~"linkerd-proxy|.*/linkerd-proxy", cluster = "we\\"st"', true],
  ['', false],
  ['job="x",', false],
  ['job=linkerd', false],
  ['job="x" cluster="y"', false],
  ['job="x"} or up{job="y"', false],
])('%j is a list of matchers: %s', (text, reads) => {
  expect(readsAsMatchers(text)).toBe(reads);
});

it('a namespace with characters of regular expressions matches only itself', () => {
  expect(oneOf('namespace', ['a.b', 'c'])).toBe('namespace=~"a\\\\.b|c"');
});

it('shards hold every namespace once, and none more than twice a fair share but for a single namespace', () => {
  const names = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), {
    minLength: 1,
    maxLength: 200,
  });
  fc.assert(
    fc.property(names, fc.integer({ min: 1, max: 5 }), (namespaces, most) => {
      const proxies = namespaces.map((namespace) => ({
        ...{ namespace, pod: 'p', address: '', job: 'j', up: true, scrapes: 1 },
      }));
      const held = namespaceShards(proxies, most).map((shard) =>
        (/"(.*)"/.exec(shard)?.[1] ?? '').split('|'),
      );
      expect(held.flat().sort()).toEqual([...new Set(namespaces)].sort());
      expect(held.length).toBeLessThanOrEqual(most);
      const sizes = held.map((shard) => namespaces.filter((name) => shard.includes(name)).length);
      for (const [i, size] of sizes.entries())
        expect(held[i]?.length === 1 || size <= (2 * namespaces.length) / held.length).toBe(true);
    }),
  );
});
