import type { PolicyObjectState, ServerAuthorizationSpec } from '@mcp/mesh';
import type { Field } from './field.js';
import { readLabelSelector } from './label-selector.js';
import { readNetwork } from './network.js';
import type { Parsed } from './parsed.js';
import { parsePolicyObject } from './policy-object.js';

export function parseServerAuthorization(raw: unknown): Parsed<PolicyObjectState<ServerAuthorizationSpec>> {
  return parsePolicyObject(raw, (spec) => ({
    server: readServer(spec.at('server')),
    client: readClient(spec.at('client')),
  }));
}

function readServer(server: Field): ServerAuthorizationSpec['server'] {
  const name = server.at('name').optional((text) => text.text());
  const selector = server.at('selector').optional(readLabelSelector);
  if (name === undefined && selector === undefined) {
    server.fail('MISSING', `${server.path} must have a name or a selector`);
  }
  return { ...(name !== undefined && { name }), ...(selector && { selector }) };
}

function readClient(client: Field): ServerAuthorizationSpec['client'] {
  client.object();
  const meshTLS = client.at('meshTLS').optional(readMeshTls);
  return {
    networks: client.at('networks').list(readNetwork),
    unauthenticated: client.at('unauthenticated').optional((flag) => flag.boolean()) ?? false,
    ...(meshTLS && { meshTLS }),
  };
}

function readMeshTls(meshTls: Field): NonNullable<ServerAuthorizationSpec['client']['meshTLS']> {
  meshTls.object();
  return {
    unauthenticatedTLS: meshTls.at('unauthenticatedTLS').optional((flag) => flag.boolean()) ?? false,
    identities: meshTls.at('identities').strings(),
    serviceAccounts: meshTls.at('serviceAccounts').list((account) => {
      const namespace = account.at('namespace').optional((name) => name.string());
      return {
        name: account.at('name').text(),
        ...(namespace !== undefined && namespace !== '' && { namespace }),
      };
    }),
  };
}
