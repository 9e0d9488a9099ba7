import { gatewayGroup, policyGroup } from '../names.js';
import type { AdmissionRules } from './admission-rules.js';
import { authorizationPolicyRules } from './authorization-policy.js';
import { egressNetworkRules } from './egress-network.js';
import { gatewayHttpRouteRules } from './gateway-http-route.js';
import { grpcRouteRules } from './grpc-route.js';
import { httpRouteRules } from './http-route.js';
import { meshTlsAuthenticationRules } from './mesh-tls-authentication.js';
import { networkAuthenticationRules } from './network-authentication.js';
import { rateLimitRules } from './rate-limit.js';
import { admitted } from './schema.js';
import { serverAuthorizationRules } from './server-authorization.js';
import { serverRules } from './server.js';
import { isJsonObject, SpecPart } from './spec-part.js';
import { tcpRouteRules, tlsRouteRules } from './tcp-tls-route.js';
import { Findings, type NotJudged, quoted, type Validation } from './violation.js';

const rulesByKind: ReadonlyMap<string, AdmissionRules> = new Map([
  [`${policyGroup}/AuthorizationPolicy`, authorizationPolicyRules],
  [`${policyGroup}/EgressNetwork`, egressNetworkRules],
  [`${policyGroup}/HTTPLocalRateLimitPolicy`, rateLimitRules],
  [`${policyGroup}/HTTPRoute`, httpRouteRules],
  [`${policyGroup}/MeshTLSAuthentication`, meshTlsAuthenticationRules],
  [`${policyGroup}/NetworkAuthentication`, networkAuthenticationRules],
  [`${policyGroup}/Server`, serverRules],
  [`${policyGroup}/ServerAuthorization`, serverAuthorizationRules],
  [`${gatewayGroup}/GRPCRoute`, grpcRouteRules],
  [`${gatewayGroup}/HTTPRoute`, gatewayHttpRouteRules],
  [`${gatewayGroup}/TCPRoute`, tcpRouteRules],
  [`${gatewayGroup}/TLSRoute`, tlsRouteRules],
]);

/**
 * Whether a cluster with Linkerd would admit an object that is created, and every rule that it breaks: of the schema of its
 * kind, and of Linkerd's webhook. The webhook looks at the one object: that a reference leads nowhere breaks no rule. Never
 * throws, whatever it is given; time and memory are linear in the size of the object.
 *
 * A cluster may admit what breaks a rule of the webhook: where a namespace is left out of it, or while it does not answer.
 *
 * Source: the CRDs of the chart linkerd-crds, those of the Gateway API 1.1.1 that it brings along, and linkerd2
 * policy-controller/runtime/src/admission.rs (read at b24cd40).
 */
export function validate(object: unknown): Validation {
  if (!isJsonObject(object)) return notJudged('not-an-object', 'this is not a Kubernetes object');
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    return notJudged('not-an-object', 'a Kubernetes object has an apiVersion and a kind, which are texts');
  }
  const slash = apiVersion.lastIndexOf('/');
  const group = apiVersion.slice(0, Math.max(slash, 0));
  const version = apiVersion.slice(slash + 1);
  const rules = rulesByKind.get(`${group}/${kind}`);
  if (rules === undefined) {
    return notJudged('other-kind', `Linkerd has no rules for ${quoted(kind)} of ${quoted(apiVersion)}`);
  }
  const schema = Object.hasOwn(rules.schemas, version) ? rules.schemas[version] : undefined;
  if (schema === undefined) return otherVersion(apiVersion, group, Object.keys(rules.schemas));

  const findings = new Findings();
  const metadata = readMetadata(object['metadata'], findings);
  const spec = object['spec'] ?? undefined;
  if (spec !== undefined) {
    const part = admitted(schema, spec, 'spec', findings);
    if (isJsonObject(part)) rules.webhook({ ...metadata, spec: new SpecPart(part, 'spec') }, findings);
  } else if (rules === grpcRouteRules) {
    findings.note('SPEC_NOT_READ', 'spec', 'there is no spec, so that the route says nothing');
  } else {
    findings.schema('MISSING', 'spec', 'spec is required');
  }
  return { judged: true, violations: findings.violations, notes: findings.notes };
}

function notJudged(reason: NotJudged, message: string): Validation {
  return { judged: false, reason, message };
}

/** Linkerd's own versions are known; the Gateway API of the cluster may be another than the one that Linkerd brings along. */
function otherVersion(apiVersion: string, group: string, served: readonly string[]): Validation {
  const message = `the version of ${quoted(apiVersion)} is not one of ${served.join(', ')}`;
  if (group === gatewayGroup) return notJudged('other-version', message);
  const findings = new Findings();
  findings.schema('VERSION_NOT_SERVED', 'apiVersion', message);
  return { judged: true, violations: findings.violations, notes: [] };
}

function readMetadata(
  metadata: unknown,
  findings: Findings,
): { readonly namespace: string | undefined; readonly annotations: Readonly<Record<string, string>> } {
  const admittedMetadata = admitted(
    { type: 'object', fields: { namespace: { type: 'text' }, annotations: { type: 'free-object' } } },
    metadata ?? {},
    'metadata',
    findings,
  );
  const part = new SpecPart(isJsonObject(admittedMetadata) ? admittedMetadata : {}, 'metadata');
  const annotations: [string, string][] = [];
  for (const [name, value] of part.part('annotations')?.entries() ?? []) {
    if (typeof value === 'string') {
      annotations.push([name, value]);
    } else {
      const field = `metadata.annotations.${name.slice(0, 80)}`;
      findings.schema('WRONG_TYPE', field, `${field} is not a text; put its value in quotes`);
    }
  }
  const namespace = part.text('namespace');
  return {
    namespace: namespace === '' ? undefined : namespace,
    annotations: Object.fromEntries(annotations),
  };
}
