import type { Network } from '@mcp/mesh';
import type { Field } from './field.js';

export function readNetwork(network: Field): Network {
  return {
    cidr: readCidr(network.at('cidr')),
    except: network.at('except').list(readCidr),
  };
}

/** A network, or a single address. Linkerd ignores the whole object when one of them cannot be read. */
function readCidr(field: Field): string {
  const text = field.text();
  if (!isNetwork(text)) field.fail('NOT_ALLOWED', `${field.path} is not a network: ${text}`);
  return text;
}

/** Whether the text is an address, or an address and a prefix length: `10.0.0.0/8`, `fd00::/8`, `192.0.2.7`. */
export function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  if (rest.length > 0) return false;
  const bits = isIpv4(address) ? 32 : isIpv6(address) ? 128 : undefined;
  if (bits === undefined) return false;
  return length === undefined || (/^(0|[1-9]\d{0,2})$/.test(length) && Number(length) <= bits);
}

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1) ?? '';
  const embedsIpv4 = last.includes('.');
  if (embedsIpv4 && (text.endsWith('::') || !isIpv4(last))) return false;
  const hexadecimal = embedsIpv4 ? groups.slice(0, -1) : groups;
  if (!hexadecimal.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  const count = hexadecimal.length + (embedsIpv4 ? 2 : 0);
  return halves.length === 2 ? count < 8 : count === 8;
}
