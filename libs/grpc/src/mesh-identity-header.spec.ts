import { describe, expect, it } from '@jest/globals';
import { isFromProxy } from './mesh-identity-header.js';

const fromProxy = { localAddress: '10.1.2.3', localPort: 4001, remoteAddress: '10.1.2.3' };

describe('the proxy of the own pod', () => {
  it.each([
    ['connects from the address it connects to', fromProxy],
    ['is known in IPv6', { ...fromProxy, localAddress: 'fd00::7', remoteAddress: 'fd00::7' }],
    [
      'is known on a socket for both families',
      { ...fromProxy, localAddress: '::ffff:10.1.2.3', remoteAddress: '::ffff:10.1.2.3' },
    ],
  ])('%s', (_, ends) => {
    expect(isFromProxy(ends)).toBe(true);
  });
});

describe('it is not the proxy that connects', () => {
  it.each([
    ['from another pod', { ...fromProxy, remoteAddress: '10.1.2.4' }],
    ['as port-forward does', { ...fromProxy, localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' }],
    ['as port-forward does in IPv6', { ...fromProxy, localAddress: '::1', remoteAddress: '::1' }],
    [
      'as port-forward does on a socket for both families',
      { ...fromProxy, localAddress: '::ffff:127.0.0.1', remoteAddress: '::ffff:127.0.0.1' },
    ],
    ['from loopback to the address of the pod', { ...fromProxy, remoteAddress: '127.0.0.1' }],
    ['from nowhere known', {}],
  ])('%s', (_, ends) => {
    expect(isFromProxy(ends)).toBe(false);
  });
});
