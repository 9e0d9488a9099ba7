import type { Actor } from '@mcp/events';
import { NotAuthenticated } from './authenticator.js';

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
/** The name of a service account may have dots, the name of a namespace has none. */
const accountInNamespace = new RegExp(`^(${label}(?:\\.${label})*)\\.(${label})$`);
const longestName = 253;
const byToken = 'take the port for tokens, and send one there';

/**
 * The service account that the proxy proved by mutual TLS, as the API server knows it. `values`: all of the header `l5d-client-id`,
 * which has to come from the proxy of the own pod. `domain`: what identities of the mesh end with after `.serviceaccount.identity.`, such
 * as `linkerd.cluster.local`. Fails with `NotAuthenticated`, which tells nothing of what was sent: it may hold anything.
 */
export function meshCaller(values: readonly (string | Buffer)[], domain: string): Actor {
  const [value, ...more] = values;
  if (value === undefined) throw new NotAuthenticated('the proxy proved no identity', byToken);
  if (more.length > 0) throw new NotAuthenticated('the call has more than one identity of the mesh', byToken);
  const end = `.serviceaccount.identity.${domain}`;
  const [, name, namespace] = withoutEnd(value.toString(), end) ?? [];
  if (name === undefined || namespace === undefined || name.length > longestName) {
    throw new NotAuthenticated(
      'the identity of the mesh is not that of a service account of this mesh',
      byToken,
    );
  }
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    provenBy: 'mesh',
  };
}

function withoutEnd(identity: string, end: string): RegExpExecArray | null {
  return identity.endsWith(end) ? accountInNamespace.exec(identity.slice(0, -end.length)) : null;
}
