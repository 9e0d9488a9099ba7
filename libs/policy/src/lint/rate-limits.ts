import type { ObjectStates } from '@mcp/mesh';
import { refersTo } from '@mcp/mesh';
import { policyGroup } from '../names.js';
import { servesRequests } from '../routes/protocol.js';
import type { Finding } from './finding.js';
import { finding, ofObject } from './finding.js';
import type { LintedNamespace } from './linted-namespace.js';

export function* lintRateLimits(namespace: LintedNamespace): Iterable<Finding> {
  for (const limit of namespace.objects('HTTPLocalRateLimitPolicy')) yield* effectOf(namespace, limit);
}

export function* effectOf(
  { servers }: LintedNamespace,
  limit: ObjectStates['HTTPLocalRateLimitPolicy'],
): Iterable<Finding> {
  const about = ofObject('HTTPLocalRateLimitPolicy', limit);
  const { targetRef } = limit.spec;
  if (!limits(limit)) yield finding('LNK701', about, 'spec', 'it sets no limit');
  if (!refersTo(targetRef, policyGroup, 'Server')) {
    yield finding('LNK701', about, 'spec.targetRef', `it targets a ${targetRef.kind}, which is no Server`);
    return;
  }
  const server = servers.get(targetRef.name);
  if (server === undefined) return;
  const { proxyProtocol } = server.spec;
  if (proxyProtocol === 'gRPC' || !servesRequests(proxyProtocol))
    yield finding(
      'LNK701',
      about,
      'spec.targetRef',
      `Server ${server.name} has proxyProtocol ${proxyProtocol}`,
    );
  const accepted = limit.conditions.find(({ type }) => type === 'Accepted');
  if (accepted?.status !== 'True')
    yield finding('LNK702', about, 'status', accepted?.reason ?? 'it has no status so far');
}

function limits({ spec }: ObjectStates['HTTPLocalRateLimitPolicy']): boolean {
  return spec.totalRequestsPerSecond > 0 || spec.identityRequestsPerSecond > 0 || spec.overrides.length > 0;
}
