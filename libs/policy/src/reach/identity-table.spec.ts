import { describe, expect, it } from '@jest/globals';
import { compileIdentityPatterns } from '../matching/identity-pattern.js';
import { IdentityTable } from './identity-table.js';

const names = ['web.shop', 'api.shop', 'web.bank', 'spiffe://root/web', 'shop'];

function parted(...patterns: readonly (readonly string[])[]): readonly number[] {
  const table = new IdentityTable();
  for (const each of names) table.add(each);
  return [...table.parted(patterns.map(compileIdentityPatterns))];
}

describe('identities are parted', () => {
  it('not at all where nothing names them', () => {
    expect(parted([], ['web.other', '*.other'])).toEqual([0, 0, 0, 0, 0]);
  });

  it('by which of the patterns match them', () => {
    expect(parted(['*'], ['*.shop', 'web.shop'], ['web.bank', 'spiffe://root/web'])).toEqual([2, 2, 3, 4, 1]);
  });

  it('by each rule once, though several of its patterns match', () => {
    expect(parted(['*.shop', '*', 'web.shop'])).toEqual([1, 1, 1, 0, 1]);
  });
});

it('an identity that is added twice keeps its place', () => {
  const table = new IdentityTable();
  expect([table.add('a'), table.add('b'), table.add('a'), table.at(1), table.at(2)]).toEqual([
    0,
    1,
    0,
    'b',
    undefined,
  ]);
});
