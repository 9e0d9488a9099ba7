import { describe, expect, it } from '@jest/globals';

interface Findings {
  readonly forbiddenLicences: (components: readonly object[]) => readonly string[];
  readonly openAdvisories: (
    vulnerabilities: object,
    accepted: readonly object[],
    today: string,
  ) => readonly string[];
  readonly staleAcceptances: (vulnerabilities: object, accepted: readonly object[]) => readonly string[];
}
// plain JavaScript without types, as all tools are
const tool: string = '../tools/supply-chain-findings.mjs';
const { forbiddenLicences, openAdvisories, staleAcceptances } = (await import(tool)) as Findings;

describe('the licences of what we ship', () => {
  const component = (name: string, ...licenses: object[]) => ({ name, version: '1.0.0', licenses });

  it('are allowed by name, or by one choice of several', () => {
    const good = [
      component('a', { license: { id: 'MIT' } }),
      component('b', { expression: '(GPL-3.0-only OR MIT)' }),
      component('c', { expression: 'MIT AND Apache-2.0' }),
    ];
    expect(forbiddenLicences(good)).toEqual([]);
  });

  it('are named where they are not allowed, or missing', () => {
    const bad = [
      component('a', { license: { id: 'GPL-3.0-only' } }),
      component('b'),
      component('c', { expression: 'MIT AND GPL-3.0-only' }),
      component('d', { license: { id: 'MIT' } }, { license: { name: 'Ask me' } }),
    ];
    expect(forbiddenLicences(bad).map((line) => line.split(' is not')[0])).toEqual([
      'a 1.0.0: GPL-3.0-only',
      'b 1.0.0: no licence',
      'c 1.0.0: MIT AND GPL-3.0-only',
      'd 1.0.0: MIT, Ask me',
    ]);
  });
});

describe('known vulnerabilities', () => {
  const advisory = { url: 'https://example.test/1', name: 'left', severity: 'high', title: 'Too long' };
  // what depends on it names it
  const vulnerabilities = { left: { via: [advisory] }, right: { via: ['left'] } };

  it('are told once each', () => {
    expect(openAdvisories(vulnerabilities, [], '2026-11-22')).toEqual([
      'left: high: Too long (https://example.test/1): upgrade, or accept it with a reason',
    ]);
  });

  it('may be accepted until a day', () => {
    const accepted = [{ url: advisory.url, because: 'is not reached', until: '2026-11-22' }];
    expect(openAdvisories(vulnerabilities, accepted, '2026-11-22')).toEqual([]);
    expect(openAdvisories(vulnerabilities, accepted, '2026-11-23')).toHaveLength(1);
    expect(staleAcceptances({}, accepted)).toEqual([
      'https://example.test/1 is accepted and not found: take it out',
    ]);
  });
});
