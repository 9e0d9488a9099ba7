import { createHash } from 'node:crypto';
import { NotAuthenticated } from './authenticator.js';

/** The token of the header `authorization`. Fails with `NotAuthenticated`. */
export function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined) throw new NotAuthenticated('the call has no token');
  const [, token] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
  if (token === undefined) throw new NotAuthenticated('the authorization header is not a bearer token');
  return token;
}

/** Equal length for comparisons, and no tokens in memory. */
export function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/**
 * When the token ends by its own word, in milliseconds since the epoch: the claim `exp` of a JWT. It is not verified, and so may only
 * shorten what is believed of the token. Undefined for other tokens.
 */
export function endOfToken(token: string): number | undefined {
  const [, payload] = token.split('.');
  if (payload === undefined) return undefined;
  try {
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: unknown } | null;
    return typeof claims?.exp === 'number' ? claims.exp * 1_000 : undefined;
  } catch {
    return undefined;
  }
}
