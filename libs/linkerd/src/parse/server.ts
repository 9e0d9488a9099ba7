import type { DefaultPolicy, PolicyObjectState, ServerSpec } from '@mcp/mesh';
import { defaultPolicies, proxyProtocols } from '@mcp/mesh';
import type { Field } from './field.js';
import { readLabelSelector } from './label-selector.js';
import type { Parsed } from './parsed.js';
import { parsePolicyObject } from './policy-object.js';

export function parseServer(raw: unknown): Parsed<PolicyObjectState<ServerSpec>> {
  return parsePolicyObject(raw, (spec) => {
    const pods = spec.at('podSelector');
    const externalWorkloads = spec.at('externalWorkloadSelector');
    if (pods.present === externalWorkloads.present) {
      spec.fail('NOT_ALLOWED', 'spec must have exactly one of podSelector and externalWorkloadSelector');
    }
    return {
      selects: pods.present ? 'pods' : 'externalWorkloads',
      selector: readLabelSelector(pods.present ? pods : externalWorkloads),
      port: spec.at('port').portOrName(),
      proxyProtocol: spec.at('proxyProtocol').optional((text) => text.oneOf(proxyProtocols)) ?? 'unknown',
      accessPolicy: readAccessPolicy(spec.at('accessPolicy')),
    };
  });
}

/**
 * A policy of an unknown name authorises nobody, so it is read as `deny`, the default.
 * Source: linkerd2 policy-controller/k8s/index/src/inbound/server.rs (read at b24cd40).
 */
function readAccessPolicy(field: Field): DefaultPolicy {
  const name = field.optional((text) => text.string());
  return defaultPolicies.find((policy) => policy === name) ?? 'deny';
}
