import type { Address, NetworkSet } from '../matching/network.js';
import type { IdentityPatterns } from '../matching/identity-pattern.js';
import type { Client } from '../question.js';
import type { AuthorizationRef, UnknownInput } from '../verdict.js';

/** Who is admitted: a client in one of the networks that proves what is required. Both must hold. */
export interface Authorization {
  readonly ref: AuthorizationRef;
  /** Undefined where they cannot be known. */
  readonly networks: NetworkSet | undefined;
  readonly authentication: RequiredAuthentication;
  /** What is missing of its networks or identities. */
  readonly doubts: readonly UnknownInput[];
  /** Why the object that says so may be gone or changed by now. Whom it admits is then not known. */
  readonly outdated?: UnknownInput;
}

/** `identities` are those that are known; further ones may hide behind the doubts. */
export type RequiredAuthentication =
  | { readonly kind: 'none' }
  | { readonly kind: 'tls' }
  | { readonly kind: 'identities'; readonly identities: IdentityPatterns; readonly complete: boolean };

export type Satisfaction = 'yes' | 'no' | readonly UnknownInput[];

/** Whether a client satisfies an authorization. What is missing for an answer is named. */
export function satisfaction(authorization: Authorization, client: Client): Satisfaction {
  const network = inNetworks(authorization, client.address);
  if (network === 'no') return 'no';
  const authentication = authenticates(authorization, client);
  const { outdated } = authorization;
  if (authentication === 'no') return 'no';
  if (network === 'yes' && authentication === 'yes') return outdated === undefined ? 'yes' : [outdated];
  return [...(network === 'yes' ? [] : network), ...(authentication === 'yes' ? [] : authentication)];
}

export function inNetworks({ networks, doubts }: Authorization, address: Address | undefined): Satisfaction {
  if (networks === undefined) return doubts;
  if (networks.everyAddress) return 'yes';
  if (address !== undefined) return networks.contains(address) ? 'yes' : 'no';
  // what no address is in, an unknown one is not in either
  return networks.text.length === 0 ? 'no' : [addressUnknown];
}

export function authenticates({ authentication, doubts }: Authorization, { tls }: Client): Satisfaction {
  switch (authentication.kind) {
    case 'none':
      return 'yes';
    case 'tls':
      return tls === 'unknown' ? [identityUnknown] : tls === 'none' ? 'no' : 'yes';
    case 'identities':
      if (tls === 'unknown') return [identityUnknown];
      if (typeof tls === 'string') return 'no';
      if (authentication.identities.matches(tls.identity)) return 'yes';
      return authentication.complete ? 'no' : doubts;
  }
}

const addressUnknown: UnknownInput = {
  code: 'CLIENT_ADDRESS_UNKNOWN',
  message: 'the address of the client is not known, and a rule asks for it',
};

const identityUnknown: UnknownInput = {
  code: 'CLIENT_IDENTITY_UNKNOWN',
  message: 'it is not known whether the client arrives over mesh TLS, or as whom, and a rule asks for it',
};
