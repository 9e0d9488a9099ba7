import { rateLimit, reported, toServer } from '../mesh-samples.js';
import { ref, serverOf, viewOf, withoutStatus, workload } from '../mesh-view.js';
import type { LintCase } from './lint-case.js';
import { finding, of } from './lint-case.js';

const workloads = [workload('shop', 'web')];
const accepted = { conditions: [reported('Accepted')] };

export const rateLimitCases: readonly LintCase[] = [
  {
    rule: 'a rate limit that counts has nothing wrong',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web')],
        HTTPLocalRateLimitPolicy: [{ ...rateLimit('shop', 'a', 'web'), ...accepted }],
        workloads,
      },
    }),
    findings: [],
    without: ['LNK701', 'LNK702'],
  },
  {
    rule: 'a rate limit has no effect without a limit, a Server, or HTTP',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web', { proxyProtocol: 'gRPC' })],
        HTTPLocalRateLimitPolicy: [
          { ...rateLimit('shop', 'a', 'web'), ...accepted },
          {
            ...rateLimit('shop', 'b', 'web'),
            ...accepted,
            spec: {
              targetRef: ref('Service', 'web'),
              totalRequestsPerSecond: 0,
              identityRequestsPerSecond: 0,
              overrides: [],
            },
          },
        ],
        workloads,
      },
    }),
    findings: [
      finding(
        'LNK701',
        of('HTTPLocalRateLimitPolicy', 'a'),
        'spec.targetRef',
        'Server web has proxyProtocol gRPC',
      ),
      finding('LNK701', of('HTTPLocalRateLimitPolicy', 'b'), 'spec', 'it sets no limit'),
      finding(
        'LNK701',
        of('HTTPLocalRateLimitPolicy', 'b'),
        'spec.targetRef',
        'it targets a Service, which is no Server',
      ),
    ],
  },
  {
    rule: 'a rate limit that is not accepted is inactive',
    view: viewOf({
      shop: {
        Server: [serverOf('shop', 'web')],
        HTTPLocalRateLimitPolicy: [
          { ...rateLimit('shop', 'a', 'web'), conditions: [reported('RateLimitReasonAlreadyExists')] },
          withoutStatus(rateLimit('shop', 'b', 'web')),
          {
            ...rateLimit('shop', 'c', 'web'),
            ...accepted,
            spec: {
              targetRef: toServer('web'),
              totalRequestsPerSecond: 0,
              identityRequestsPerSecond: 1,
              overrides: [],
            },
          },
        ],
        workloads,
      },
    }),
    findings: [
      finding('LNK702', of('HTTPLocalRateLimitPolicy', 'a'), 'status', 'RateLimitReasonAlreadyExists'),
      finding('LNK702', of('HTTPLocalRateLimitPolicy', 'b'), 'status', 'it has no status so far'),
    ],
  },
];
