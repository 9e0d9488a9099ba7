import type { AdmissionRules } from './admission-rules.js';
import { dnsIdentity, dnsLabel } from './forms.js';
import { checkLabels, selectorSchema } from './label-selector.js';
import { checkNetworks, networksSchema } from './networks.js';
import type { ObjectSchema, TextSchema } from './schema.js';

const labelText: TextSchema = { type: 'text', form: dnsLabel };

const schema: ObjectSchema = {
  type: 'object',
  required: ['server', 'client'],
  fields: {
    server: {
      type: 'object',
      oneOf: ['name', 'selector'],
      fields: { name: labelText, selector: selectorSchema },
    },
    client: {
      type: 'object',
      fields: {
        networks: networksSchema,
        unauthenticated: { type: 'boolean' },
        meshTLS: {
          type: 'object',
          fields: {
            unauthenticatedTLS: { type: 'boolean' },
            identities: { type: 'list', items: { type: 'text', form: dnsIdentity } },
            serviceAccounts: {
              type: 'list',
              items: {
                type: 'object',
                required: ['name'],
                fields: { name: labelText, namespace: labelText },
              },
            },
          },
        },
      },
    },
  },
};

export const serverAuthorizationRules: AdmissionRules = {
  schemas: { v1alpha1: schema, v1beta1: schema },
  webhook({ spec }, findings) {
    checkLabels(spec.part('server')?.part('selector'), findings);
    const client = spec.part('client');
    if (client === undefined) return;
    const meshTls = client.part('meshTLS');
    if (client.isTrue('unauthenticated') && meshTls !== undefined) {
      findings.webhook(
        'UNAUTHENTICATED_WITH_MESH_TLS',
        client.at('meshTLS'),
        'clients without identity are admitted, so mesh TLS cannot be asked for; remove one of unauthenticated and meshTLS',
      );
    }
    if (
      meshTls?.isTrue('unauthenticatedTLS') === true &&
      meshTls.count('identities') + meshTls.count('serviceAccounts') > 0
    ) {
      findings.webhook(
        'UNAUTHENTICATED_TLS_WITH_CLIENTS',
        meshTls.at('unauthenticatedTLS'),
        'clients of any identity are admitted, so none can be named; remove unauthenticatedTLS, or identities and serviceAccounts',
      );
    }
    checkNetworks(client, findings);
  },
};
