import { policyGroup } from '../names.js';
import type { AdmissionRules } from './admission-rules.js';
import { isSchemaDuration, readDuration } from './duration.js';
import { hostnameText } from './forms.js';
import { checkOutboundAnnotations } from './outbound-annotations.js';
import { weightedBackendFields } from './route-backends.js';
import { checkFilters, filtersSchema, requireFilterContents } from './route-filters.js';
import { checkHttpMatches, everyMatch, httpMatchesSchema } from './route-matches.js';
import { checkParents, parentsSchema } from './route-parents.js';
import type { ObjectSchema, Schema, TextSchema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import { type Findings, quoted } from './violation.js';

const backendFilters = filtersSchema(
  ['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect'],
  'policy',
);

const durationText: TextSchema = {
  type: 'text',
  form: { words: 'a duration, as 500ms or 10s', fits: isSchemaDuration },
};
const timeouts: Schema = {
  type: 'object',
  fields: { request: durationText, backendRequest: durationText },
};

function routeSchema(
  parentRefs: Schema,
  backend: ObjectSchema,
  mostBackends: number,
  more: Readonly<Record<string, Schema>> = {},
): ObjectSchema {
  return {
    type: 'object',
    fields: {
      parentRefs,
      hostnames: { type: 'list', most: 16, items: hostnameText },
      rules: {
        type: 'list',
        most: 16,
        default: [{ matches: [everyMatch] }],
        items: {
          type: 'object',
          fields: {
            matches: httpMatchesSchema('policy'),
            filters: filtersSchema(['RequestHeaderModifier', 'RequestRedirect'], 'policy'),
            backendRefs: { type: 'list', most: mostBackends, items: backend },
            ...more,
          },
        },
      },
    },
  };
}

const oldRoute = routeSchema(
  parentsSchema(policyGroup, { type: 'integer' }),
  {
    type: 'object',
    fields: {
      name: { type: 'text' },
      namespace: { type: 'text', default: 'default' },
      port: { type: 'integer' },
      filters: backendFilters,
    },
    rule: requireName,
  },
  Infinity,
);
const backend: ObjectSchema = {
  type: 'object',
  required: ['name'],
  fields: { ...weightedBackendFields, filters: backendFilters },
};

/** The HTTPRoute of Linkerd's own group. */
export const httpRouteRules: AdmissionRules = {
  schemas: {
    v1alpha1: oldRoute,
    v1beta1: oldRoute,
    v1beta2: routeSchema(parentsSchema(policyGroup), backend, 16),
    v1beta3: routeSchema(parentsSchema(policyGroup), backend, 16, { timeouts }),
  },
  webhook(object, findings) {
    checkParents(object.spec, findings);
    checkOutboundAnnotations(object, 'http', findings);
    for (const rule of object.spec.parts('rules')) {
      checkHttpMatches(rule, findings);
      requireFilterContents(rule, findings);
      checkFilters(rule, findings);
      checkTimeouts(rule.part('timeouts'), findings);
      for (const backendRef of rule.parts('backendRefs')) requireFilterContents(backendRef, findings);
    }
  },
};

/** The older schemas leave open what Linkerd needs to read a backend. */
function requireName(backendRef: SpecPart, findings: Findings): void {
  if (backendRef.has('name')) return;
  findings.webhook('MISSING', backendRef.at('name'), `${backendRef.at('name')} is required`);
}

function checkTimeouts(part: SpecPart | undefined, findings: Findings): void {
  if (part === undefined) return;
  const request = readTimeout(part, 'request', findings);
  const backendRequest = readTimeout(part, 'backendRequest', findings);
  if (request === undefined || backendRequest === undefined || backendRequest <= request) return;
  findings.webhook(
    'TIMEOUT_ABOVE_REQUEST',
    part.at('backendRequest'),
    'a backend is given longer than the whole request; lower backendRequest or raise request',
  );
}

/** In nanoseconds; undefined where there is none that can be compared with. */
function readTimeout(part: SpecPart, name: string, findings: Findings): number | undefined {
  const text = part.text(name);
  if (text === undefined) return undefined;
  const duration = readDuration(text);
  if (duration === undefined) {
    findings.webhook(
      'NOT_A_DURATION',
      part.at(name),
      `${quoted(text)} is not a duration: numbers with units out of ns, us, ms, s, m, h; or 0`,
    );
  } else if (duration.negative) {
    findings.webhook('TIMEOUT_NEGATIVE', part.at(name), `${quoted(text)} is negative; a timeout is not`);
  }
  return duration === undefined || duration.negative ? undefined : duration.nanoseconds;
}
