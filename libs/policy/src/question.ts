import type { Address } from './matching/network.js';

/** A client as the proxy of the target sees it. */
export interface Client {
  /**
   * `none`: no mesh TLS. `anonymous`: mesh TLS without a client certificate. `unknown`: it cannot be said whether mesh TLS is
   * established, or as whom.
   */
  readonly tls: 'none' | 'anonymous' | 'unknown' | { readonly identity: string };
  /** The peer of the TCP connection. Undefined where it is not known. */
  readonly address: Address | undefined;
}

/** What is asked for: some HTTP request, bytes that are not HTTP, or whatever the port serves. */
export type AccessRequest = HttpRequest | { readonly kind: 'bytes' } | { readonly kind: 'any' };

export interface HttpRequest {
  readonly kind: 'http';
  /** As sent; methods are case-sensitive. */
  readonly method: string;
  /** Starts with a slash; may have a query. */
  readonly path: string;
  /** Names in lower case; `host` or `:authority` says the host. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The question leaves open which host is asked for: what hangs on it is not known. Not set and no host: none is sent. */
  readonly anyHost?: true;
}
