import { gatewayGroup } from '../names.js';
import type { AdmissionRules } from './admission-rules.js';
import { hostnameText } from './forms.js';
import { requireBackendPort, weightedBackendFields } from './route-backends.js';
import { checkParents, parentsSchema, refuseRepeatedParents } from './route-parents.js';
import type { Schema } from './schema.js';

function rulesFor(kind: string, more: Readonly<Record<string, Schema>>): AdmissionRules {
  return {
    schemas: {
      v1alpha2: {
        type: 'object',
        required: ['rules'],
        fields: {
          parentRefs: parentsSchema(gatewayGroup),
          rules: {
            type: 'list',
            least: 1,
            most: 16,
            items: {
              type: 'object',
              fields: {
                backendRefs: {
                  type: 'list',
                  least: 1,
                  most: 16,
                  items: {
                    type: 'object',
                    required: ['name'],
                    fields: weightedBackendFields,
                    rule: requireBackendPort,
                  },
                },
              },
            },
          },
          ...more,
        },
        rule: refuseRepeatedParents,
      },
    },
    webhook({ spec }, findings) {
      checkParents(spec, findings);
      const count = spec.count('rules');
      if (!spec.has('rules') || count === 1) return;
      findings.webhook(
        'NOT_ONE_RULE',
        spec.at('rules'),
        `a ${kind} has exactly one rule, not ${count}; write a route for each`,
      );
    },
  };
}

export const tcpRouteRules = rulesFor('TCPRoute', {});
export const tlsRouteRules = rulesFor('TLSRoute', {
  hostnames: { type: 'list', most: 16, items: hostnameText },
});
