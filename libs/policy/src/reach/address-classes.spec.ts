import { describe, expect, it } from '@jest/globals';
import type { Network } from '@mcp/mesh';
import fc from 'fast-check';
import { AddressClasses } from './address-classes.js';
import type { NetworkSet } from '../matching/network.js';
import { compileNetworks, parseAddress } from '../matching/network.js';

function setOf(cidr: string, ...except: readonly string[]): NetworkSet {
  return setOfAll([{ cidr, except }]);
}

function setOfAll(networks: readonly Network[]): NetworkSet {
  const set = compileNetworks(networks);
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

  it('are those addresses that are in the same sets, and only those', () => {
    const cidr = fc
      .tuple(fc.nat(15), fc.integer({ min: 28, max: 32 }))
      .map(([last, bits]) => `10.0.0.${last}/${bits}`);
    const network = fc.record({ cidr, except: fc.array(cidr, { maxLength: 4 }) });
    const sets = fc.array(fc.array(network, { maxLength: 3 }).map(setOfAll), { maxLength: 4 });
    fc.assert(
      fc.property(sets, (all) => {
        const classes = new AddressClasses(all);
        const byMembership = new Map<string, Set<number>>();
        for (let last = 0; last < 20; last += 1) {
          const address = parseAddress(`10.0.0.${last}`);
          if (address === undefined) throw new Error('no address');
          const key = all.map((set) => set.contains(address)).join();
          byMembership.set(key, (byMembership.get(key) ?? new Set()).add(classes.classOf(address)));
        }
        const places = [...byMembership.values()].map((of) => [...of]);
        expect(places.filter((of) => of.length !== 1)).toEqual([]);
        expect(new Set(places.flat()).size).toBe(places.length);
      }),
    );
  });

  it('are found by a sweep, however many exceptions a network has', () => {
    const except = Array.from({ length: 30_000 }, (_, n) => `10.${n >> 8}.${n & 255}.7`);
    const asked = setOf('10.0.0.0/8', ...except);
    const swept = {
      ...asked,
      contains: () => {
        throw new Error('was asked address by address');
      },
    };
    expect(rangesOf(swept).map(({ length }) => length)).toEqual([30_004, 30_001]);
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
