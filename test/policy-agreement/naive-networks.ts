import type { Network } from './kubernetes-objects.js';
import type { World } from './world.js';

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

interface Cidr extends Address {
  readonly length: number;
}

/** Four decimal numbers up to 255, without leading zeros. */
function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256n + BigInt(part);
  }
  return value;
}

/** The 16-bit groups of one side of `::`; the last may be an IPv4 address. */
function parseGroups(text: string): bigint[] | undefined {
  if (text === '') return [];
  const groups: bigint[] = [];
  const parts = text.split(':');
  for (const [at, part] of parts.entries()) {
    if (at === parts.length - 1 && part.includes('.')) {
      const tail = parseIpv4(part);
      if (tail === undefined) return undefined;
      groups.push(tail >> 16n, tail & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(BigInt(`0x${part}`));
    } else {
      return undefined;
    }
  }
  return groups;
}

function parseIpv6(text: string): bigint | undefined {
  const sides = text.split('::');
  const [head = '', tail] = sides;
  if (sides.length > 2) return undefined;
  const left = parseGroups(head);
  const right = tail === undefined ? [] : parseGroups(tail);
  if (left === undefined || right === undefined) return undefined;
  const missing = 8 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...left, ...Array.from({ length: missing }, () => 0n), ...right];
  return groups.reduce((value, group) => value * 65536n + group, 0n);
}

function parseAddress(text: string): Address | undefined {
  const bits = text.includes(':') ? 128 : 32;
  const value = bits === 128 ? parseIpv6(text) : parseIpv4(text);
  return value === undefined ? undefined : { bits, value };
}

/** A bare address is the network of that one address. */
function parseCidr(text: string): Cidr | undefined {
  const [head = '', length, ...rest] = text.split('/');
  const address = parseAddress(head);
  if (address === undefined || rest.length > 0) return undefined;
  if (length === undefined) return { ...address, length: address.bits };
  if (!/^[0-9]{1,3}$/.test(length) || Number(length) > address.bits) return undefined;
  return { ...address, length: Number(length) };
}

/** Whether every network and exception can be parsed. */
export function networksAreValid(networks: readonly Network[]): boolean {
  return networks.every(({ cidr, except = [] }) =>
    [cidr, ...except].every((text) => parseCidr(text) !== undefined),
  );
}

/** The bits of the address up to the length of the network equal those of the network. */
function contains(world: World, network: Cidr, address: Address): boolean {
  if (network.bits !== address.bits) {
    world.touched('network-families');
    return false;
  }
  const hostBits = BigInt(network.bits - network.length);
  const inside = network.value >> hostBits === address.value >> hostBits;
  if (inside) {
    if (network.bits === 128) world.touched('network-ipv6');
    if ((network.value >> hostBits) << hostBits !== network.value) world.touched('network-host-bits');
  }
  return inside;
}

/** An IPv4 client of a dual-stack socket shows as `::ffff:a.b.c.d`: it is the IPv4 client. */
function clientAddress(world: World, ip: string): Address | undefined {
  const address = parseAddress(ip);
  if (address?.bits !== 128 || address.value >> 32n !== 0xffffn) return address;
  world.touched('network-mapped');
  return { bits: 32, value: address.value & 0xffffffffn };
}

/** Some entry contains the client, and none of the exceptions of that entry does. */
export function networksContain(world: World, networks: readonly Network[], ip: string): boolean {
  const address = clientAddress(world, ip);
  if (address === undefined) return false;
  let takenOut = false;
  for (const { cidr, except = [] } of networks) {
    const network = parseCidr(cidr);
    if (network === undefined || !contains(world, network, address)) continue;
    const excepted = except.some((text) => {
      const exception = parseCidr(text);
      return exception !== undefined && contains(world, exception, address);
    });
    if (excepted) {
      world.touched('network-except');
      takenOut = true;
      continue;
    }
    world.touched(cidr.includes('/') ? 'network-cidr' : 'network-bare-ip');
    if (takenOut) world.touched('network-re-admitted');
    return true;
  }
  return false;
}
