import { isIP } from 'node:net';
import type { ServerCall } from './call-signal.js';

/**
 * The IP address at the other end of the call's connection, without its port; one of IPv4 in its own form. It is that of the last proxy where
 * there is one: what headers say is not looked at. Undefined where there is none, as of a socket in a file system.
 */
export function peerAddress(call: Pick<ServerCall, 'getPeer'>): string | undefined {
  const address = call
    .getPeer()
    .replace(/:\d+$/, '')
    .replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) === 0 ? undefined : address;
}
