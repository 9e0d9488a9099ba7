import { describe, expect, it } from '@jest/globals';
import { AccessClient, AccessTarget, HttpRequest } from '@mcp/contracts';
import { readClient, readObject, readRequest, readTarget } from './references.js';

describe('a target', () => {
  it.each([
    ['shop/cart:8080', { workload: { namespace: 'shop', kind: '', name: 'cart' }, port: 8080 }],
    [
      'shop/Deployment/cart:http',
      { workload: { namespace: 'shop', kind: 'Deployment', name: 'cart' }, portName: 'http' },
    ],
    ['service:shop/cart:80', { service: { namespace: 'shop', name: 'cart' }, port: 80 }],
    ['svc:shop/cart:80', { service: { namespace: 'shop', name: 'cart' }, port: 80 }],
  ])('%s', (text, expected) => {
    expect(readTarget(text)).toEqual(AccessTarget.fromPartial(expected));
  });

  it.each(['cart:80', 'shop/cart', 'shop/cart:', 'a/b/c/d:80', 'shop//x:80', 'svc:shop/Deployment/x:80', ''])(
    'is not %s, and the message says what is',
    (text) => {
      expect(() => readTarget(text)).toThrow(/say .*namespace\/name/);
    },
  );
});

describe('an object', () => {
  it('is named by namespace, kind and name', () => {
    expect(readObject('shop/Server/web')).toEqual({ namespace: 'shop', kind: 'Server', name: 'web' });
  });

  it.each(['shop/web', 'shop//web', 'shop/Server/', '/Server/web', 'a/b/c/d', ''])('is not %s', (text) => {
    expect(() => readObject(text)).toThrow('is no object: say namespace/Kind/name');
  });
});

describe('a client', () => {
  it.each([
    ['shop/web', { workload: { namespace: 'shop', kind: '', name: 'web' } }],
    ['sa:shop/web', { serviceAccount: { namespace: 'shop', name: 'web' } }],
    ['identity:spiffe://a/b', { identity: 'spiffe://a/b' }],
    ['address:2001:db8::1', { address: '2001:db8::1' }],
  ])('%s', (text, expected) => {
    expect(readClient(text)).toEqual(AccessClient.fromPartial(expected));
  });
});

describe('what is asked for', () => {
  const nothing = { header: [], bytes: false };

  it('is whatever the port serves, where nothing is said', () => {
    expect(readRequest(nothing)).toBeUndefined();
  });

  it('is a GET of the root where only a part is said', () => {
    const http = HttpRequest.fromPartial({
      method: 'GET',
      path: '/',
      headers: [{ name: 'host', value: 'a:80' }],
    });
    expect(readRequest({ ...nothing, header: ['host: a:80'] })).toEqual({ bytes: false, http });
  });

  it('is not HTTP and something else at once', () => {
    expect(() => readRequest({ ...nothing, bytes: true, path: '/' })).toThrow('--bytes');
  });
});
