import { gatewayGroup } from '../names.js';
import type { AdmissionRules } from './admission-rules.js';
import { readDuration } from './duration.js';
import { hostnameText } from './forms.js';
import { checkOutboundAnnotations } from './outbound-annotations.js';
import { checkBackends, requireBackendPort, weightedBackendFields } from './route-backends.js';
import {
  checkFilters,
  type FilterType,
  filterContents,
  filtersSchema,
  refuseFiltersTogether,
} from './route-filters.js';
import { checkHttpMatches, everyMatch, httpMatchesSchema } from './route-matches.js';
import { checkParents, parentsSchema, refuseRepeatedParents } from './route-parents.js';
import type { ObjectSchema } from './schema.js';
import { gatewayDuration, sessionPersistenceSchema } from './session-persistence.js';
import type { SpecPart } from './spec-part.js';
import type { Findings } from './violation.js';

const filters = filtersSchema(Object.keys(filterContents) as FilterType[], 'gateway');

const schema: ObjectSchema = {
  type: 'object',
  fields: {
    parentRefs: parentsSchema(gatewayGroup),
    hostnames: { type: 'list', most: 16, items: hostnameText },
    rules: {
      type: 'list',
      most: 16,
      default: [{ matches: [everyMatch] }],
      items: {
        type: 'object',
        fields: {
          matches: httpMatchesSchema('gateway'),
          filters,
          backendRefs: {
            type: 'list',
            most: 16,
            items: {
              type: 'object',
              required: ['name'],
              fields: { ...weightedBackendFields, filters },
              rule: checkBackendTogether,
            },
          },
          timeouts: {
            type: 'object',
            fields: { request: gatewayDuration, backendRequest: gatewayDuration },
            rule: refuseLongBackendTimeout,
          },
          sessionPersistence: sessionPersistenceSchema,
        },
        rule: checkRuleTogether,
      },
    },
  },
  rule: refuseRepeatedParents,
};

/** The HTTPRoute of the Gateway API. */
export const gatewayHttpRouteRules: AdmissionRules = {
  schemas: { v1: schema, v1beta1: schema },
  webhook(object, findings) {
    checkParents(object.spec, findings);
    checkOutboundAnnotations(object, 'http', findings);
    for (const rule of object.spec.parts('rules')) {
      checkHttpMatches(rule, findings);
      checkFilters(rule, findings);
      checkBackends(rule, findings);
    }
  },
};

function checkBackendTogether(backend: SpecPart, findings: Findings): void {
  requireBackendPort(backend, findings);
  refuseFiltersTogether(backend, findings);
}

function checkRuleTogether(rule: SpecPart, findings: Findings): void {
  refuseFiltersTogether(rule, findings);
  if (
    rule.count('backendRefs') > 0 &&
    rule.parts('filters').some((filter) => filter.has('requestRedirect'))
  ) {
    findings.schema(
      'REDIRECT_WITH_BACKENDS',
      rule.at('filters'),
      'a rule that redirects sends nothing to backends; remove the redirect or backendRefs',
    );
  }
  if (replacesPrefix(rule) && !matchesOnePrefix(rule)) {
    findings.schema(
      'PREFIX_NOT_MATCHED',
      rule.at('matches'),
      'a prefix can only be replaced where exactly one match is given, by PathPrefix',
    );
  }
}

const replacing = ['requestRedirect', 'urlRewrite'];

/** As the rules are written, exactly one filter counts, and exactly one backend. */
function replacesPrefix(rule: SpecPart): boolean {
  const byOneFilter = (owner: SpecPart, content: string): boolean =>
    owner.parts('filters').filter((filter) => isPrefixReplacement(filter.part(content)?.part('path')))
      .length === 1;
  return replacing.some(
    (content) =>
      byOneFilter(rule, content) ||
      rule.parts('backendRefs').filter((backend) => byOneFilter(backend, content)).length === 1,
  );
}

function isPrefixReplacement(path: SpecPart | undefined): boolean {
  return path?.text('type') === 'ReplacePrefixMatch' && path.has('replacePrefixMatch');
}

function matchesOnePrefix(rule: SpecPart): boolean {
  const [match] = rule.parts('matches');
  return rule.count('matches') === 1 && match?.part('path')?.text('type') === 'PathPrefix';
}

/** A request timeout of zero is none. */
function refuseLongBackendTimeout(timeouts: SpecPart, findings: Findings): void {
  const request = readDuration(timeouts.text('request') ?? '0');
  const backendRequest = readDuration(timeouts.text('backendRequest') ?? '0');
  if (request === undefined || backendRequest === undefined || request.nanoseconds === 0) return;
  if (backendRequest.nanoseconds <= request.nanoseconds) return;
  findings.schema(
    'TIMEOUT_ABOVE_REQUEST',
    timeouts.at('backendRequest'),
    'a backend is given longer than the whole request; lower backendRequest or raise request',
  );
}
