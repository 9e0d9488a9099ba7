import type { Network } from '@mcp/mesh';
import ipaddr from 'ipaddr.js';

/** An IP address. An IPv4 address mapped into IPv6 is that IPv4 address, as the proxy takes it. */
export interface Address {
  /** In its one canonical spelling. */
  readonly text: string;
  readonly ip: Ip;
}

/** A network, or the network of a single address. */
export interface Cidr {
  readonly ip: Ip;
  /** How many leading bits count; those behind them are ignored. */
  readonly bits: number;
}

type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/**
 * Undefined for what is no address: four decimal numbers without leading zeros, or IPv6 in any of its spellings, without a zone.
 * Source: std::net::IpAddr::from_str of Rust; linkerd2-proxy linkerd/proxy/transport/src/listen.rs for mapped addresses (read at 29637b6).
 */
export function parseAddress(text: string): Address | undefined {
  const read = readIp(text);
  if (read === undefined) return undefined;
  const ip = isV6(read) && read.isIPv4MappedAddress() ? read.toIPv4Address() : read;
  return { text: ip.toString(), ip };
}

/**
 * A network, or a single address: `10.0.0.0/8`, `fd00::/8`, `192.0.2.7`. Undefined for anything else. An IPv4-mapped network is an
 * IPv6 one, which contains no address, since a mapped address counts as IPv4.
 * Source: linkerd2 policy-controller/k8s/api/src/policy/network.rs, Cidr (read at b24cd40).
 */
export function readCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const ip = readIp(slash < 0 ? text : text.slice(0, slash));
  if (ip === undefined) return undefined;
  const most = isV6(ip) ? 128 : 32;
  if (slash < 0) return { ip, bits: most };
  const length = text.slice(slash + 1);
  return /^(0|[1-9]\d{0,2})$/.test(length) && Number(length) <= most
    ? { ip, bits: Number(length) }
    : undefined;
}

/** Whether every address of `inner` is in `outer`, which it is where they are equal. */
export function cidrContains(outer: Cidr, inner: Cidr): boolean {
  return outer.bits <= inner.bits && isIn(inner.ip, outer);
}

/** Whether some address is in both. */
export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return cidrContains(a, b) || cidrContains(b, a);
}

export interface NetworkEntry {
  readonly net: Cidr;
  readonly except: readonly Cidr[];
}

/** Networks, each with its exceptions. Answers do not allocate. */
export interface NetworkSet {
  /** All of IPv4 and all of IPv6 are listed without exceptions: it contains even an address that is not known. */
  readonly everyAddress: boolean;
  contains(address: Address): boolean;
  readonly entries: readonly NetworkEntry[];
  /** The networks as written, each with its exceptions. */
  readonly text: readonly string[];
}

/**
 * An address is contained where one entry has it and none of the exceptions of that same entry does. IPv4 and IPv6 never match each
 * other. `invalid` is the first network or exception that cannot be read.
 * Source: linkerd2-proxy linkerd/proxy/server-policy/src/authz/network.rs (read at 29637b6).
 */
export function compileNetworks(networks: readonly Network[]): NetworkSet | { readonly invalid: string } {
  const entries: NetworkEntry[] = [];
  for (const { cidr, except } of networks) {
    const net = readCidr(cidr);
    if (net === undefined) return { invalid: cidr };
    const exceptions: Cidr[] = [];
    for (const exception of except) {
      const read = readCidr(exception);
      if (read === undefined) return { invalid: exception };
      exceptions.push(read);
    }
    entries.push({ net, except: exceptions });
  }
  return {
    everyAddress: entries.some(everyV4) && entries.some(everyV6),
    contains: ({ ip }) => entries.some((entry) => entryContains(entry, ip)),
    entries,
    text: networks.map(({ cidr, except }) =>
      except.length === 0 ? cidr : `${cidr} except ${except.join(', ')}`,
    ),
  };
}

function entryContains({ net, except }: NetworkEntry, ip: Ip): boolean {
  return isIn(ip, net) && !except.some((exception) => isIn(ip, exception));
}

function everyV4({ net, except }: NetworkEntry): boolean {
  return net.bits === 0 && except.length === 0 && !isV6(net.ip);
}

function everyV6({ net, except }: NetworkEntry): boolean {
  return net.bits === 0 && except.length === 0 && isV6(net.ip);
}

function isIn(ip: Ip, { ip: net, bits }: Cidr): boolean {
  return ip.kind() === net.kind() && ip.match(net, bits);
}

function isV6(ip: Ip): ip is ipaddr.IPv6 {
  return ip.kind() === 'ipv6';
}

/** The library reads more than Rust does: numbers in octal and hexadecimal, zones, and `::1.2.3.4` as a mapped address. */
function readIp(text: string): Ip | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  const groups = withoutDots(text);
  if (groups === undefined || groups.includes('%') || !ipaddr.IPv6.isValid(groups)) return undefined;
  return ipaddr.IPv6.parse(groups);
}

/** IPv6 text, with an IPv4 address at its end written as two groups; undefined where there is a bad one. */
function withoutDots(text: string): string | undefined {
  if (!text.includes('.')) return text;
  const tail = text.lastIndexOf(':') + 1;
  const dotted = text.slice(tail);
  if (tail === 0 || !ipaddr.IPv4.isValidFourPartDecimal(dotted)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv4.parse(dotted).octets;
  return `${text.slice(0, tail)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
