import { gatewayGroup } from '../names.js';
import type { AdmissionRules } from './admission-rules.js';
import { hostnameText } from './forms.js';
import { checkOutboundAnnotations } from './outbound-annotations.js';
import { checkBackends, requireBackendPort, weightedBackendFields } from './route-backends.js';
import { checkFilters, filtersSchema, refuseFiltersTogether } from './route-filters.js';
import { checkHeaderMatches, headerMatchesSchema } from './route-matches.js';
import { checkParents, parentsSchema, refuseRepeatedParents } from './route-parents.js';
import type { ObjectSchema } from './schema.js';
import { sessionPersistenceSchema } from './session-persistence.js';
import type { SpecPart } from './spec-part.js';
import { type Findings, quoted } from './violation.js';

const filters = filtersSchema(
  ['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestMirror', 'ExtensionRef'],
  'gateway',
);

const schema: ObjectSchema = {
  type: 'object',
  fields: {
    parentRefs: parentsSchema(gatewayGroup),
    hostnames: { type: 'list', most: 16, items: hostnameText },
    rules: {
      type: 'list',
      most: 16,
      items: {
        type: 'object',
        fields: {
          matches: {
            type: 'list',
            most: 8,
            items: {
              type: 'object',
              fields: {
                method: {
                  type: 'object',
                  fields: {
                    type: { type: 'text', oneOf: ['Exact', 'RegularExpression'], default: 'Exact' },
                    service: { type: 'text', most: 1024 },
                    method: { type: 'text', most: 1024 },
                  },
                  rule: requireMethodNames,
                },
                headers: headerMatchesSchema,
              },
            },
          },
          filters,
          backendRefs: {
            type: 'list',
            most: 16,
            items: {
              type: 'object',
              required: ['name'],
              fields: { ...weightedBackendFields, filters },
              rule: (backend, findings) => {
                requireBackendPort(backend, findings);
                refuseFiltersTogether(backend, findings);
              },
            },
          },
          sessionPersistence: sessionPersistenceSchema,
        },
        rule: refuseFiltersTogether,
      },
    },
  },
  rule: refuseRepeatedParents,
};

export const grpcRouteRules: AdmissionRules = {
  schemas: { v1: schema, v1alpha2: schema },
  webhook(object, findings) {
    checkParents(object.spec, findings);
    checkOutboundAnnotations(object, 'grpc', findings);
    for (const rule of object.spec.parts('rules')) {
      for (const match of rule.parts('matches')) {
        refuseMethodRegex(match.part('method'), findings);
        checkHeaderMatches(match, findings);
      }
      checkFilters(rule, findings);
      checkBackends(rule, findings);
    }
  },
};

const names = {
  service: /^\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$/i,
  method: /^[A-Za-z_][A-Za-z_0-9]*$/,
};

function requireMethodNames(method: SpecPart, findings: Findings): void {
  if (!method.has('service') && !method.has('method')) {
    findings.schema('METHOD_MATCH_EMPTY', method.at(), 'name a service, a method, or both');
  }
  if (method.text('type') !== 'Exact') return;
  for (const [name, form] of Object.entries(names)) {
    const text = method.text(name);
    if (text === undefined || form.test(text)) continue;
    findings.schema('WRONG_FORM', method.at(name), `${quoted(text)} is not the name of a gRPC ${name}`);
  }
}

function refuseMethodRegex(method: SpecPart | undefined, findings: Findings): void {
  if (method?.text('type') !== 'RegularExpression') return;
  findings.webhook(
    'METHOD_REGEX_NOT_SUPPORTED',
    method.at('type'),
    'Linkerd matches gRPC methods exactly only; write one match for each method',
  );
}
