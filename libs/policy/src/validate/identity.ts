import { isDnsIdentity } from './forms.js';

const scheme = 'spiffe://';
const trustDomain = /^[a-z0-9._-]+$/;
const segment = /^[A-Za-z0-9._-]+$/;

/**
 * Whether Linkerd takes a text for an identity: a SPIFFE id, or a DNS name whose first label may be a wildcard.
 * Source: linkerd2 policy-controller/runtime/src/validation.rs (read at b24cd40).
 */
export function isIdentity(text: string): boolean {
  return text.startsWith(scheme) ? isSpiffeId(text) : isDnsIdentity(text);
}

function isSpiffeId(text: string): boolean {
  const [domain = '', ...path] = text.slice(scheme.length).split('/');
  return (
    trustDomain.test(domain) && path.every((part) => segment.test(part) && part !== '.' && part !== '..')
  );
}
