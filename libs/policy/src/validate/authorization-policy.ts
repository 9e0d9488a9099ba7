import { gatewayGroup, policyGroup } from '../names.js';
import type { AdmissionRules, ObjectUnderAdmission } from './admission-rules.js';
import {
  describedKind,
  describedKinds,
  isOneOf,
  quotedKind,
  type ReferredKind,
  referenceSchema,
  referredKind,
  refuseKind,
} from './reference.js';
import type { SpecPart } from './spec-part.js';
import { type Findings, quoted } from './violation.js';

const namespace = { group: '', kind: 'Namespace' };
const targets: readonly ReferredKind[] = [
  { group: policyGroup, kind: 'Server' },
  namespace,
  { group: policyGroup, kind: 'HTTPRoute' },
  { group: gatewayGroup, kind: 'HTTPRoute' },
  { group: gatewayGroup, kind: 'GRPCRoute' },
];

const meshTls = { group: policyGroup, kind: 'MeshTLSAuthentication' };
const serviceAccount = { group: '', kind: 'ServiceAccount' };
const authentications: readonly ReferredKind[] = [
  meshTls,
  serviceAccount,
  { group: policyGroup, kind: 'NetworkAuthentication' },
];

export const authorizationPolicyRules: AdmissionRules = {
  schemas: {
    v1alpha1: {
      type: 'object',
      required: ['targetRef', 'requiredAuthenticationRefs'],
      fields: {
        targetRef: referenceSchema(),
        requiredAuthenticationRefs: {
          type: 'list',
          items: referenceSchema({ namespace: { type: 'text', most: 253 } }),
        },
      },
    },
  },
  webhook(object, findings) {
    checkTarget(object, findings);
    checkAuthentications(object.spec, findings);
  },
};

function checkTarget({ spec, namespace: own }: ObjectUnderAdmission, findings: Findings): void {
  const target = spec.part('targetRef');
  const kind = target && referredKind(target);
  if (target === undefined || kind === undefined) return;
  const name = target.text('name');
  if (!isOneOf(kind, targets)) {
    const message = `a policy cannot apply to ${quotedKind(kind)}; it can to ${describedKinds(targets)}`;
    refuseKind(target, kind, targets, { code: 'TARGET_NOT_SUPPORTED', message }, findings);
  } else if (isOneOf(kind, [namespace]) && name !== undefined && name !== own) {
    checkNamespaceTarget(name, target.at('name'), own, findings);
  }
}

function checkNamespaceTarget(
  name: string,
  field: string,
  own: string | undefined,
  findings: Findings,
): void {
  if (own === undefined) {
    findings.note(
      'NAMESPACE_NOT_GIVEN',
      'metadata.namespace',
      `the policy is admitted in the namespace ${quoted(name)} only; say so in metadata.namespace`,
    );
  } else {
    findings.webhook(
      'TARGET_IN_ANOTHER_NAMESPACE',
      field,
      `a policy can only apply to its own namespace ${quoted(own)}, not to ${quoted(name)}`,
    );
  }
}

/** All of them must hold at once, and a client has one identity and one address. */
function checkAuthentications(spec: SpecPart, findings: Findings): void {
  const list = spec.at('requiredAuthenticationRefs');
  const kinds: ReferredKind[] = [];
  for (const ref of spec.parts('requiredAuthenticationRefs')) {
    const kind = referredKind(ref);
    if (kind === undefined) continue;
    kinds.push(kind);
    if (isOneOf(kind, authentications)) continue;
    const message = `a policy cannot require ${quotedKind(kind)}; it can ${describedKinds(authentications)}`;
    refuseKind(ref, kind, authentications, { code: 'AUTHENTICATION_NOT_SUPPORTED', message }, findings);
  }
  const count = (authentication: ReferredKind): number =>
    kinds.filter((kind) => isOneOf(kind, [authentication])).length;
  for (const authentication of authentications) {
    if (count(authentication) <= 1) continue;
    findings.webhook(
      'AUTHENTICATION_REPEATED',
      list,
      `at most one ${describedKind(authentication)} is allowed; write one that covers all of them`,
    );
  }
  if (count(meshTls) > 0 && count(serviceAccount) > 0) {
    findings.webhook(
      'AUTHENTICATIONS_EXCLUDE_EACH_OTHER',
      list,
      'MeshTLSAuthentication and ServiceAccount exclude each other; name the account in the MeshTLSAuthentication',
    );
  }
}
