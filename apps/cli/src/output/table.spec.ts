import { describe, expect, it } from '@jest/globals';
import { paintFor } from './paint.js';
import { table } from './table.js';

describe('a table', () => {
  it('has columns as wide as their widest cell, two apart, and no blanks at the end', () => {
    expect(
      table(
        ['NAME', 'PODS'],
        [
          ['web', '1'],
          ['a-long-name', '12'],
          ['x', ''],
        ],
      ),
    ).toBe('NAME         PODS\nweb          1\na-long-name  12\nx\n');
  });

  it('leaves out a column that is empty in every row', () => {
    expect(table(['A', 'B', 'C'], [['1', '', '2']])).toBe('A  C\n1  2\n');
  });

  it('counts characters, and no colours', () => {
    const red = paintFor(true)('bad', '×');
    expect(
      table(
        ['A', 'B'],
        [
          [red, 'b'],
          ['√√', 'c'],
        ],
      ),
    ).toBe(`A   B\n${red}   b\n√√  c\n`);
  });
});
