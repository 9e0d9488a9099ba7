import { describe, expect, it } from '@jest/globals';
import { PodShapeTable } from './pod-shape-table.js';

describe('a pod shape', () => {
  it('is known from its event until the last pod that had it is gone or has another', () => {
    const table = new PodShapeTable<string>();
    table.record('a', 'shape a');
    expect(table.get('a')).toBe('shape a');
    table.move(undefined, 'a');
    table.move(undefined, 'a');
    table.move('a', 'b');
    table.move('a', 'a');
    expect(table.get('a')).toBe('shape a');
    table.move('a', undefined);
    expect(table.get('a')).toBe(undefined);
    expect([...table.values()]).toEqual([]);
  });

  it('that is recorded after its first pod is told apart, since someone waited for it', () => {
    const table = new PodShapeTable<string>();
    table.move(undefined, 'a');
    expect(table.get('a')).toBe(undefined);
    expect(table.record('a', 'shape a')).toBe(true);
    expect(table.record('a', 'shape a')).toBe(false);
    expect(table.record('b', 'shape b')).toBe(false);
    expect([...table.values()]).toEqual(['shape a', 'shape b']);
  });
});
