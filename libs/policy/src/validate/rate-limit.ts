import { policyGroup } from '../names.js';
import type { AdmissionRules } from './admission-rules.js';
import { namespaceText } from './forms.js';
import {
  describedKinds,
  isOneOf,
  quotedKind,
  referenceSchema,
  referredKind,
  refuseKind,
} from './reference.js';
import type { Schema } from './schema.js';
import type { SpecPart } from './spec-part.js';
import type { Findings } from './violation.js';

const targets = [{ group: policyGroup, kind: 'Server' }];
const mostRequests = 2 ** 32 - 1;
const rate: Schema = {
  type: 'object',
  required: ['requestsPerSecond'],
  fields: { requestsPerSecond: { type: 'integer' } },
};

export const rateLimitRules: AdmissionRules = {
  schemas: {
    v1alpha1: {
      type: 'object',
      required: ['targetRef'],
      fields: {
        targetRef: referenceSchema(),
        total: rate,
        identity: rate,
        overrides: {
          type: 'list',
          items: {
            type: 'object',
            required: ['requestsPerSecond', 'clientRefs'],
            fields: {
              requestsPerSecond: { type: 'integer' },
              clientRefs: { type: 'list', items: referenceSchema({ namespace: namespaceText }) },
            },
          },
        },
      },
    },
  },
  webhook({ spec }, findings) {
    checkTarget(spec, findings);
    const total = spec.part('total');
    const limit = total === undefined ? undefined : checkRate(total, undefined, findings);
    const identity = spec.part('identity');
    if (identity !== undefined) checkRate(identity, limit, findings);
    for (const override of spec.parts('overrides')) {
      checkRate(override, limit, findings);
      for (const ref of override.parts('clientRefs')) checkClient(ref, findings);
    }
  },
};

function checkTarget(spec: SpecPart, findings: Findings): void {
  const target = spec.part('targetRef');
  const kind = target && referredKind(target);
  if (target === undefined || kind === undefined) return;
  if (isOneOf(kind, targets)) return;
  const message = `a rate limit cannot apply to ${quotedKind(kind)}; it can to ${describedKinds(targets)}`;
  refuseKind(target, kind, targets, { code: 'TARGET_NOT_SUPPORTED', message }, findings);
}

/** The rate, where there is one that can be compared with. */
function checkRate(part: SpecPart, total: number | undefined, findings: Findings): number | undefined {
  const field = part.at('requestsPerSecond');
  const requests = part.number('requestsPerSecond');
  if (requests === undefined) return undefined;
  if (requests < 1 || requests > mostRequests) {
    findings.webhook(
      'RATE_NOT_POSITIVE',
      field,
      `${field} is ${requests}; it must be from 1 to ${mostRequests}`,
    );
    return undefined;
  }
  if (total !== undefined && requests > total) {
    findings.webhook(
      'RATE_ABOVE_TOTAL',
      field,
      `${field} is ${requests}, above the total of ${total}; lower it or raise the total`,
    );
  }
  return requests;
}

function checkClient(ref: SpecPart, findings: Findings): void {
  const kind = referredKind(ref);
  if (kind === undefined || isOneOf(kind, [{ group: '', kind: 'ServiceAccount' }])) return;
  findings.webhook(
    'CLIENT_REF_NOT_SUPPORTED',
    ref.at('kind'),
    `an override cannot name ${quotedKind(kind)}; it can ServiceAccounts`,
  );
}
