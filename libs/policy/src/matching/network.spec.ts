import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Address, Cidr, NetworkSet } from './network.js';
import { cidrContains, cidrsOverlap, compileNetworks, parseAddress, readCidr } from './network.js';

describe('an address', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['2001:0DB8::00A1', '2001:db8::a1'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::FFFF:0a00:1', '10.0.0.1'],
    ['0:0:0:0:0:ffff:10.0.0.1', '10.0.0.1'],
    // not a mapped address, but one of the older compatible ones
    ['::10.0.0.1', '::a00:1'],
  ])('%s is %s', (text, canonical) => {
    expect(parseAddress(text)?.text).toBe(canonical);
  });

  it.each([
    ...[
      '',
      'localhost',
      '10.0.0',
      '10.0.0.0.0',
      '10.0.0.256',
      '10.0.0.01',
      '0x0a.0.0.1',
      '167772161',
      '10.1',
    ],
    ...[':', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', 'g::', '12345::'],
    ...['1.2.3.4::', '::1.2.3', '::01.2.3.4', '::ffff:0x1.2.3.4', '::256.1.1.1', '1:2:3:4:5:6:7:1.2.3.4'],
    ...['fe80::1%eth0', '[::1]', ' ::1', '10.0.0.1 ', '10.0.0.1\n', '10.0.0.0/8', '::/0', '١.1.1.1'],
  ])('is not %j', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('a network', () => {
  it.each([
    ...['0.0.0.0/0', '10.1.2.3', '10.0.0.0/8', '10.1.2.3/8', '255.255.255.255/32'],
    ...[
      '::/0',
      '::',
      '::1',
      'fd00::/8',
      '1:2:3:4:5:6:7:8',
      '1::8/128',
      '::ffff:10.0.0.1',
      '64:ff9b::192.0.2.33/96',
    ],
  ])('is %s', (text) => {
    expect(readCidr(text)).toBeDefined();
  });

  it.each([
    ...[
      '',
      '/',
      '/8',
      'ten',
      '10.0.0',
      '10.0.0.0/',
      '10.0.0.0/33',
      '10.0.0.0/08',
      '10.0.0.0/8/8',
      '10.0.0.0/-1',
    ],
    ...[
      '10.0.0.0/+8',
      '10.0.0.0/8 ',
      '10.0.0.0/255.0.0.0',
      '010.0.0.0/8',
      '10.0.0.0/1e1',
      'fd00::/129',
      'fe80::%1/64',
    ],
  ])('is not %j', (text) => {
    expect(readCidr(text)).toBeUndefined();
  });

  it.each<[string, string, boolean, boolean]>([
    ['10.0.0.0/8', '10.1.0.0/16', true, true],
    ['10.1.0.0/16', '10.0.0.0/8', false, true],
    ['10.0.0.0/8', '10.9.9.9/8', true, true],
    ['10.0.0.0/8', '10.0.0.1', true, true],
    ['10.0.0.1', '10.0.0.1/32', true, true],
    ['10.0.0.0/16', '10.1.0.0/16', false, false],
    ['0.0.0.0/0', '::/0', false, false],
    ['::/0', '10.0.0.1', false, false],
    ['::/0', '::ffff:10.0.0.1', true, true],
    ['fd00::/8', 'fd12::/16', true, true],
  ])('%s and %s: contains %s, overlaps %s', (a, b, contains, overlaps) => {
    const [outer, inner] = [cidr(a), cidr(b)];
    expect([cidrContains(outer, inner), cidrsOverlap(outer, inner), cidrsOverlap(inner, outer)]).toEqual([
      contains,
      overlaps,
      overlaps,
    ]);
  });
});

describe('a set of networks', () => {
  it.each<[string, readonly [string, ...string[]][], string, boolean]>([
    ['none contain nothing', [], '10.0.0.1', false],
    ['a network contains its addresses', [['10.0.0.0/8']], '10.255.255.255', true],
    ['a network contains no others', [['10.0.0.0/8']], '11.0.0.0', false],
    ['bits behind the length do not count', [['10.9.9.9/8']], '10.0.0.1', true],
    ['a single address is itself', [['10.0.0.7']], '10.0.0.7', true],
    ['a single address is nothing else', [['10.0.0.7']], '10.0.0.6', false],
    ['an exception excludes', [['10.0.0.0/8', '10.1.0.0/16', '10.2.0.1']], '10.2.0.1', false],
    ['an exception may be the whole', [['10.0.0.0/8', '10.0.0.0/8']], '10.0.0.1', false],
    [
      'an exception counts only in its own entry',
      [['10.0.0.0/8', '10.1.0.0/16'], ['10.1.1.0/24']],
      '10.1.1.1',
      true,
    ],
    ['an exception of the other family excludes nothing', [['0.0.0.0/0', '::/0']], '10.0.0.1', true],
    ['all of IPv6 has no IPv4 address', [['::/0']], '10.0.0.1', false],
    ['all of IPv4 has no IPv6 address', [['0.0.0.0/0']], 'fd00::1', false],
    ['a mapped address is its IPv4 address', [['10.0.0.0/8']], '::ffff:10.0.0.1', true],
    ['a mapped network has no address', [['::ffff:10.0.0.0/104']], '::ffff:10.0.0.1', false],
    ['IPv6 is compared by value', [['2001:DB8::/33']], '2001:0db8:7fff::1', true],
    ['IPv6 ends within a group', [['2001:db8::/33']], '2001:db8:8000::1', false],
  ])('%s', (_rule, networks, client, expected) => {
    expect(set(networks).contains(address(client))).toBe(expected);
  });

  it.each<[boolean, readonly [string, ...string[]][]]>([
    [true, [['0.0.0.0/0'], ['::/0']]],
    [true, [['1.2.3.4/0'], ['::1/0'], ['10.0.0.0/8', '10.0.0.1']]],
    [true, [['0.0.0.0/0', '10.0.0.0/8'], ['0.0.0.0/0'], ['::/0']]],
    [false, [['0.0.0.0/0']]],
    [false, [['::/0']]],
    [false, [['0.0.0.0/0', '10.0.0.1'], ['::/0']]],
    [false, [['0.0.0.0/0'], ['::/0', '::1']]],
    [false, [['0.0.0.0/1'], ['::/0']]],
    [false, []],
  ])('has every address: %s for %j', (expected, networks) => {
    expect(set(networks).everyAddress).toBe(expected);
  });

  it('is told as written', () => {
    expect(set([['10.0.0.0/8', '10.1.0.0/16', '10.2.0.1'], ['FD00::/8']]).text).toEqual([
      '10.0.0.0/8 except 10.1.0.0/16, 10.2.0.1',
      'FD00::/8',
    ]);
  });

  it.each([
    [[{ cidr: '10.0.0.0/33', except: ['ten'] }], '10.0.0.0/33'],
    [
      [
        { cidr: '10.0.0.0/8', except: ['10.0.0.1', 'ten'] },
        { cidr: 'x', except: [] },
      ],
      'ten',
    ],
    [
      [
        { cidr: '10.0.0.0/8', except: [] },
        { cidr: '', except: [] },
      ],
      '',
    ],
  ])('names the first that cannot be read: %j', (networks, invalid) => {
    expect(compileNetworks(networks)).toEqual({ invalid });
  });

  it('contains what arithmetic on whole numbers says', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 4 }), ip, (entries, client) => {
        const compiled = set(entries.map(({ net, except }) => [written(net), ...except.map(written)]));
        const expected = entries.some(
          ({ net, except }) => within(client, net) && !except.some((exception) => within(client, exception)),
        );
        expect(compiled.contains(address(textOf(client)))).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of CIDRs: what contains and what overlaps is what arithmetic on whole numbers says', () => {
    fc.assert(
      fc.property(net, net, (a, b) => {
        const inner = a.bits <= b.bits && within(b.ip, a);
        const [x, y] = [cidr(written(a)), cidr(written(b))];
        expect([cidrContains(x, y), cidrsOverlap(x, y)]).toEqual([
          inner,
          inner || (b.bits <= a.bits && within(a.ip, b)),
        ]);
      }),
      { numRuns: 2_000 },
    );
  });
});

interface TestIp {
  readonly v6: boolean;
  readonly value: bigint;
}

interface TestNet {
  readonly ip: TestIp;
  readonly bits: number;
}

/** Few values in the leading bits, so that networks meet; all of IPv6 outside of what is mapped. */
const ip: fc.Arbitrary<TestIp> = fc.oneof(
  fc
    .tuple(fc.constantFrom(0x0an, 0x0bn, 0xffn), fc.bigInt(0n, 3n), fc.bigInt(0n, 0xffffn))
    .map(([a, b, rest]) => ({ v6: false, value: (a << 24n) | (b << 16n) | rest })),
  fc
    .tuple(fc.constantFrom(0x2001n, 0xfd00n), fc.bigInt(0n, 3n), fc.bigInt(0n, (1n << 96n) - 1n))
    .map(([a, b, rest]) => ({ v6: true, value: (a << 112n) | (b << 96n) | rest })),
);
const net: fc.Arbitrary<TestNet> = ip.chain((of) =>
  fc.integer({ min: 0, max: of.v6 ? 128 : 32 }).map((bits) => ({ ip: of, bits })),
);
const entry = fc.record({ net, except: fc.array(net, { maxLength: 2 }) });

function within(client: TestIp, { ip: of, bits }: TestNet): boolean {
  const shift = BigInt((of.v6 ? 128 : 32) - bits);
  return client.v6 === of.v6 && client.value >> shift === of.value >> shift;
}

function textOf({ v6, value }: TestIp): string {
  return v6
    ? Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - 16 * at)) & 0xffffn).toString(16)).join(
        ':',
      )
    : Array.from({ length: 4 }, (_, at) => (value >> BigInt(24 - 8 * at)) & 0xffn).join('.');
}

function written({ ip: of, bits }: TestNet): string {
  return `${textOf(of)}/${bits}`;
}

function address(text: string): Address {
  return parseAddress(text)!;
}

function cidr(text: string): Cidr {
  return readCidr(text)!;
}

function set(networks: readonly (readonly [string, ...string[]])[]): NetworkSet {
  const compiled = compileNetworks(networks.map(([cidr, ...except]) => ({ cidr, except })));
  if ('invalid' in compiled) throw new Error(compiled.invalid);
  return compiled;
}
