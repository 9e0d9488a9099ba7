import type { AdmissionRules } from './admission-rules.js';
import { isIdentity } from './identity.js';
import { describedKinds, isOneOf, quotedKind, referenceSchema, referredKind } from './reference.js';
import type { SpecPart } from './spec-part.js';
import { type Findings, quoted } from './violation.js';

const namespace = { group: '', kind: 'Namespace' };
const referable = [{ group: '', kind: 'ServiceAccount' }, namespace];

export const meshTlsAuthenticationRules: AdmissionRules = {
  schemas: {
    v1alpha1: {
      type: 'object',
      oneOf: ['identities', 'identityRefs'],
      fields: {
        identities: { type: 'list', least: 1, items: { type: 'text' } },
        identityRefs: {
          type: 'list',
          least: 1,
          items: referenceSchema({ namespace: { type: 'text', most: 253 } }, ['kind']),
        },
      },
    },
  },
  webhook({ spec }, findings) {
    for (const { text, field } of spec.texts('identities')) {
      if (findings.full) return;
      if (isIdentity(text)) continue;
      findings.webhook(
        'NOT_AN_IDENTITY',
        field,
        `${quoted(text)} is neither a SPIFFE id nor a lower-case DNS name whose first label may be "*"`,
      );
    }
    for (const ref of spec.parts('identityRefs')) checkIdentityRef(ref, findings);
  },
};

function checkIdentityRef(ref: SpecPart, findings: Findings): void {
  if (!ref.has('name')) {
    findings.webhook('MISSING', ref.at('name'), `${ref.at('name')} is required`);
  }
  const kind = referredKind(ref);
  if (kind === undefined) return;
  if (!isOneOf(kind, referable)) {
    findings.webhook(
      'IDENTITY_REF_NOT_SUPPORTED',
      ref.at('kind'),
      `${quotedKind(kind)} has no identity; refer to ${describedKinds(referable)}`,
    );
  } else if (isOneOf(kind, [namespace]) && ref.has('namespace')) {
    findings.webhook(
      'NAMESPACE_REF_WITH_NAMESPACE',
      ref.at('namespace'),
      'a Namespace is in no namespace; remove the field',
    );
  }
}
