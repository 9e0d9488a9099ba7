import { describe, expect, it } from '@jest/globals';
import { rateLimit, server } from '../../test/mesh-samples.js';
import type { RateLimitReferences } from './rate-limit-status.js';
import { RateLimitStatuses } from './rate-limit-status.js';

const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted' };
const refused = (reason: string) => ({ type: 'Accepted', status: 'False', reason });
const at = (name: string, createdAt: number | undefined): RateLimitReferences => ({
  ...rateLimit('shop', name, 'web'),
  createdAt,
});

describe('the status of a rate limit', () => {
  it.each([
    ['the oldest', [at('a', 20), at('b', 10)], ['RateLimitReasonAlreadyExists', 'Accepted']],
    [
      'the first by name of one age',
      [at('b', 10), at('a', 10)],
      ['RateLimitReasonAlreadyExists', 'Accepted'],
    ],
    [
      'one with a time before one without',
      [at('a', undefined), at('b', 10)],
      ['RateLimitReasonAlreadyExists', 'Accepted'],
    ],
    [
      'the first by name without times',
      [at('a', undefined), at('b', undefined)],
      ['Accepted', 'RateLimitReasonAlreadyExists'],
    ],
  ])('of all on a Server accepts %s', (_, limits, reasons) => {
    for (const inOrder of [limits, [...limits].reverse()]) {
      const statuses = new RateLimitStatuses([server('shop', 'web')], inOrder);
      expect(limits.map((limit) => statuses.of(limit)?.reason)).toEqual(reasons);
    }
  });

  it('is apart from the others of other Servers and of other namespaces', () => {
    const limits = [
      rateLimit('shop', 'a', 'web'),
      rateLimit('shop', 'b', 'api'),
      rateLimit('bank', 'c', 'web'),
    ];
    const servers = [server('shop', 'web'), server('shop', 'api'), server('bank', 'web')];
    const statuses = new RateLimitStatuses(servers, limits);
    expect(limits.map((limit) => statuses.of(limit))).toEqual([accepted, accepted, accepted]);
  });

  it('refuses all of a Server that is missing, the oldest too', () => {
    const limits = [rateLimit('shop', 'a', 'web'), rateLimit('shop', 'b', 'web')];
    const statuses = new RateLimitStatuses([server('bank', 'web')], limits);
    expect(limits.map((limit) => statuses.of(limit))).toEqual([
      refused('NoMatchingTarget'),
      refused('NoMatchingTarget'),
    ]);
  });

  it('is nothing where the target is no Server', () => {
    const limit = rateLimit('shop', 'a', 'web');
    const other = { ...limit, spec: { targetRef: { group: '', kind: 'Service', name: 'web' } } };
    expect(new RateLimitStatuses([server('shop', 'web')], [other]).of(other)).toBeUndefined();
  });
});
