import { describe, expect, it } from '@jest/globals';
import { AddressClasses } from './address-classes.js';
import type { NetworkSet } from '../matching/network.js';
import { compileNetworks, parseAddress } from '../matching/network.js';

function setOf(cidr: string, ...except: readonly string[]): NetworkSet {
  const set = compileNetworks([{ cidr, except }]);
  if ('invalid' in set) throw new Error(set.invalid);
  return set;
}

function rangesOf(...sets: readonly NetworkSet[]): readonly (readonly string[])[] {
  return new AddressClasses(sets).all.map(({ ranges }) =>
    ranges.map(({ first, last }) => `${first} - ${last}`),
  );
}

const v6 = [':: - ::fffe:ffff:ffff', '::1:0:0:0 - ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'];

describe('classes of addresses', () => {
  it('are one where no network is named', () => {
    expect(rangesOf()).toEqual([['0.0.0.0 - 255.255.255.255', ...v6]]);
  });

  it('are parted by a network and by its exceptions', () => {
    expect(rangesOf(setOf('10.1.2.3/8', '10.1.0.0/16'))).toEqual([
      ['0.0.0.0 - 9.255.255.255', '10.1.0.0 - 10.1.255.255', '11.0.0.0 - 255.255.255.255', ...v6],
      ['10.0.0.0 - 10.0.255.255', '10.2.0.0 - 10.255.255.255'],
    ]);
  });

  it('hold together what equal networks and networks side by side do not tell apart', () => {
    expect(rangesOf(setOf('0.0.0.0/1'), setOf('0.0.0.0/1'), setOf('0.0.0.0/0'))).toEqual([
      ['0.0.0.0 - 127.255.255.255'],
      ['128.0.0.0 - 255.255.255.255'],
      v6,
    ]);
  });

  it('part IPv4 from IPv6, to which no mapped address belongs', () => {
    expect(rangesOf(setOf('::/0'), setOf('::ffff:10.0.0.0/104'))).toEqual([
      ['0.0.0.0 - 255.255.255.255'],
      v6,
    ]);
  });

  it.each([
    ['9.255.255.255', 0],
    ['10.0.0.0', 1],
    ['10.255.255.255', 1],
    ['11.0.0.0', 0],
    ['::ffff:10.0.0.1', 1],
    ['fd00::1', 2],
    ['fd00::2', 0],
  ])('have %s in one of them', (text, place) => {
    const address = parseAddress(text);
    const classes = new AddressClasses([setOf('10.0.0.0/8'), setOf('fd00::1')]);
    expect(address && classes.classOf(address)).toBe(place);
  });
});
