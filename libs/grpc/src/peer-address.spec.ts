import { describe, expect, it } from '@jest/globals';
import { peerAddress } from './peer-address.js';

describe('the address of a peer', () => {
  it.each([
    ['10.0.0.7:41234', '10.0.0.7'],
    ['::ffff:10.0.0.7:41234', '10.0.0.7'],
    ['fd00::7:41234', 'fd00::7'],
    ['::1:41234', '::1'],
    ['unknown', undefined],
    ['', undefined],
  ])('of %j is %j', (peer, address) => {
    expect(peerAddress({ getPeer: () => peer })).toBe(address);
  });
});
