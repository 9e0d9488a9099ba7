import { isIP } from 'node:net';
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';

/** Where the proxy of Linkerd says whom it knows the client as, by mutual TLS. It takes away what clients send under that name. */
export const meshIdentityHeader = 'l5d-client-id';

/** The two ends of a connection, where they are known. */
export interface ConnectionEnds {
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly remoteAddress?: string | undefined;
}

/**
 * Leaves the identity of the mesh on calls that came through the proxy of the own pod to `meshPort`, and takes it away from all others;
 * undefined: from every call. `forged` is told of each call that has one and did not come from that proxy: to other ports the proxy
 * says whom it knows as well, and that is no forgery.
 */
export function keepingProvenIdentities(
  meshPort: () => number | undefined,
  forged: () => void,
): ServerInterceptor {
  return (_, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (headers, receive) => {
            if (headers.get(meshIdentityHeader).length > 0) {
              const ends = call.getConnectionInfo();
              const fromProxy = isFromProxy(ends);
              if (!fromProxy) forged();
              if (!fromProxy || !isTo(ends, meshPort())) headers.remove(meshIdentityHeader);
            }
            receive(headers);
          },
        }),
    });
}

/**
 * Whether it is the proxy of the own pod that connected. That connects to the pod's own address and so from it (linkerd2-proxy
 * v2.159.0, Linkerd 2.11); the other containers of the pod could too. Not from loopback: that is where `kubectl port-forward` comes
 * from, past the proxy.
 */
export function isFromProxy({ localAddress = '', remoteAddress = '' }: ConnectionEnds): boolean {
  const own = plain(localAddress);
  return isIP(own) !== 0 && !isLoopback(own) && plain(remoteAddress) === own;
}

function isTo({ localPort }: ConnectionEnds, port: number | undefined): boolean {
  return port !== undefined && localPort === port;
}

/** Without the IPv6 form that a socket for both families gives IPv4 addresses. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
