import { gatewayGroup, policyGroup, workloadGroup } from '../names.js';
import type { AdmissionRules } from './admission-rules.js';
import { authorizationPolicyRules } from './authorization-policy.js';
import { egressNetworkRules } from './egress-network.js';
import { gatewayHttpRouteRules } from './gateway-http-route.js';
import { grpcRouteRules } from './grpc-route.js';
import { httpRouteRules } from './http-route.js';
import { meshTlsAuthenticationRules } from './mesh-tls-authentication.js';
import { readMetadata } from './metadata.js';
import { networkAuthenticationRules } from './network-authentication.js';
import { rateLimitRules } from './rate-limit.js';
import { admitted, type ObjectSchema } from './schema.js';
import { serverAuthorizationRules } from './server-authorization.js';
import { serverRules } from './server.js';
import { isJsonObject, type JsonObject, SpecPart } from './spec-part.js';
import { tcpRouteRules, tlsRouteRules } from './tcp-tls-route.js';
import { type UnknownField, unknownFields } from './unknown-fields.js';
import { Findings, type NotJudged, quoted, type Validation } from './violation.js';
import type { ViolationCode } from './violation-rules.js';

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

/** The kinds of the groups that are Linkerd's own: there is no other in them. */
const kindsByOwnGroup: ReadonlyMap<string, readonly string[]> = new Map([
  [
    policyGroup,
    [...rulesByKind.keys()].flatMap((key) =>
      key.startsWith(`${policyGroup}/`) ? [key.slice(policyGroup.length + 1)] : [],
    ),
  ],
  [workloadGroup, ['ExternalWorkload']],
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
  return admission(object).validation;
}

/** What admission says of an object, and what comes of it. */
export interface Admission {
  readonly validation: Validation;
  /** As the API server hands it on, unknown fields dropped and defaults filled in, where there are no violations. */
  readonly spec?: JsonObject;
  /** Fields of the spec that the schema of its kind lacks, the first 100; an API server drops them in silence. */
  readonly unknownFields: readonly UnknownField[];
}

/** As `validate`, with the spec that is admitted and with what is lost of the one that was given. */
export function admission(object: unknown): Admission {
  const judged = schemaOf(object);
  if ('validation' in judged) return { validation: judged.validation, unknownFields: [] };
  const { rules, schema, given } = judged;
  const findings = new Findings();
  const metadata = readMetadata(given['metadata'], findings);
  const spec = given['spec'] ?? undefined;
  let part: unknown;
  if (spec !== undefined) {
    part = admitted(schema, spec, 'spec', findings);
    if (isJsonObject(part)) rules.webhook({ ...metadata, spec: new SpecPart(part, 'spec') }, findings);
  } else if (rules === grpcRouteRules) {
    findings.note('SPEC_NOT_READ', 'spec', 'there is no spec, so that the route says nothing');
  } else {
    findings.schema('MISSING', 'spec', 'spec is required');
  }
  const { violations, notes } = findings;
  return {
    validation: { judged: true, violations, notes },
    ...(violations.length === 0 && isJsonObject(part) && { spec: part }),
    unknownFields: unknownFields(schema, spec, 'spec'),
  };
}

interface Judgeable {
  readonly rules: AdmissionRules;
  readonly schema: ObjectSchema;
  readonly given: JsonObject;
}

function schemaOf(object: unknown): Judgeable | Judged {
  if (!isJsonObject(object)) return notJudged('not-an-object', 'this is not a Kubernetes object');
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    return notJudged('not-an-object', 'a Kubernetes object has an apiVersion and a kind, which are texts');
  }
  const slash = apiVersion.lastIndexOf('/');
  const group = apiVersion.slice(0, Math.max(slash, 0));
  const version = apiVersion.slice(slash + 1);
  const rules = rulesByKind.get(`${group}/${kind}`);
  if (rules === undefined) return otherKind(apiVersion, group, kind);
  const schema = Object.hasOwn(rules.schemas, version) ? rules.schemas[version] : undefined;
  if (schema === undefined) return otherVersion(apiVersion, group, Object.keys(rules.schemas));
  return { rules, schema, given: object };
}

interface Judged {
  readonly validation: Validation;
}

function notJudged(reason: NotJudged, message: string): Judged {
  return { validation: { judged: false, reason, message } };
}

function refused(code: ViolationCode, field: string, message: string): Judged {
  return { validation: { judged: true, violations: [{ code, field, layer: 'schema', message }], notes: [] } };
}

/** What Linkerd has no rules for is not judged; but what kinds its own groups have is known. */
function otherKind(apiVersion: string, group: string, kind: string): Judged {
  const kinds = kindsByOwnGroup.get(group);
  if (kinds === undefined || kinds.includes(kind))
    return notJudged('other-kind', `Linkerd has no rules for ${quoted(kind)} of ${quoted(apiVersion)}`);
  return refused(
    'KIND_NOT_SERVED',
    'kind',
    `${group} has no kind ${quoted(kind)}; it must be one of ${kinds.join(', ')}`,
  );
}

/** Linkerd's own versions are known; the Gateway API of the cluster may be another than the one that Linkerd brings along. */
function otherVersion(apiVersion: string, group: string, served: readonly string[]): Judged {
  const message = `the version of ${quoted(apiVersion)} is not one of ${served.join(', ')}`;
  if (group === gatewayGroup) return notJudged('other-version', message);
  return refused('VERSION_NOT_SERVED', 'apiVersion', message);
}
