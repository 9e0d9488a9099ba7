import { describe, expect, it } from '@jest/globals';
import type { Decision, Lack } from '@mcp/policy';
import { decisionInWords, lackInWords } from './in-words.js';

const plain = { creditedAnyOf: [], satisfied: [], unknown: [] };
const server = { kind: 'Server', namespace: 'shop', name: 'web' } as const;
const policy = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'a' } as const;
const audit = { kind: 'default', name: 'audit' } as const;

describe('a decision in words', () => {
  it.each<[Decision, string]>([
    [
      { ...plain, verdict: 'allow', server, authorizedBy: policy, creditedAnyOf: [policy, audit] },
      'allowed by AuthorizationPolicy shop/a (2 admit it alike: which of them Linkerd credits is undefined)',
    ],
    [
      {
        ...plain,
        verdict: 'audit',
        server,
        authorizedBy: audit,
        route: { kind: 'HTTPRoute', namespace: 'shop', name: 'r' },
      },
      'allowed by the default audit and logged through HTTPRoute shop/r',
    ],
    [
      { ...plain, verdict: 'deny', refusal: 'unauthorized', server },
      'denied: no authorization at Server shop/web admits the client',
    ],
    [
      { ...plain, verdict: 'deny', refusal: 'route-not-found', server },
      'denied: no route of Server shop/web takes the request, which is answered with 404',
    ],
    [
      { ...plain, verdict: 'deny', refusal: 'protocol-mismatch', server },
      'denied: Server shop/web serves HTTP, and the bytes are not',
    ],
    [
      { ...plain, verdict: 'deny', refusal: 'unauthorized', server: { kind: 'default', name: 'invalid' } },
      'denied: no authorization at the policy that stands in for one that the proxy refuses admits the client',
    ],
    [
      { ...plain, verdict: 'not-enforced', boundary: 'port-bypasses-proxy' },
      'policy does not act: the port bypasses the proxy',
    ],
    [
      { ...plain, verdict: 'unknown', unknown: [{ code: 'SETTING_UNREAD', message: 'a is unread' }] },
      'not known: a is unread',
    ],
  ])('%#', (decision, words) => {
    expect(decisionInWords(decision)).toBe(words);
  });
});

describe('what a client lacks in words', () => {
  it.each<[Lack, string]>([
    [
      { part: 'identity', wanted: ['a', 'b', 'c'], given: 'no mesh TLS' },
      'identity a or b and 1 more: client has no mesh TLS',
    ],
    [{ part: 'network', wanted: [], given: '10.0.0.1' }, 'network none: client is at 10.0.0.1'],
    [
      { part: 'unknown', input: { code: 'KIND_NOT_LIVE', message: 'Server: it is old' } },
      'Server: it is old',
    ],
  ])('%#', (lack, words) => {
    expect(lackInWords(lack, 2)).toBe(words);
  });
});
