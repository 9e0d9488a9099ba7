import { describe, expect, it } from '@jest/globals';
import { parsePortList } from './port-list.js';

function portsOf(text: string): readonly number[] | string {
  const list = parsePortList(text);
  if ('bad' in list) return list.bad;
  return Array.from({ length: 70_000 }, (_, port) => port - 1).filter((port) => list.has(port));
}

describe('a list of ports', () => {
  it.each<[string, readonly number[]]>([
    ['8080', [8080]],
    ['1,65535', [1, 65535]],
    ['4,8000-8003', [4, 8000, 8001, 8002, 8003]],
    [' 4 ,\t8 - 9 ', [4, 8, 9]],
    ['5-5', [5]],
    ['1-3,2-4', [1, 2, 3, 4]],
    ['+80,0081', [80, 81]],
    ['', []],
    [' , ', []],
    ['80,', [80]],
    [',80,,81', [80, 81]],
  ])('%j has its ports', (text, ports) => {
    expect(portsOf(text)).toEqual(ports);
  });

  it.each([
    ['8080,http', 'http'],
    ['8080,2-1', '2-1'],
    ['0', '0'],
    ['0-5', '0-5'],
    ['65536', '65536'],
    ['123456', '123456'],
    ['1-', '1-'],
    ['-1', '-1'],
    ['-', '-'],
    ['1-2-3', '1-2-3'],
    ['8 0', '8 0'],
    ['80.0', '80.0'],
    ['1e3', '1e3'],
    ['++80', '++80'],
    ['\uFEFF80', '\uFEFF80'],
    ['80;81', '80;81'],
    ['x,y', 'x'],
  ])('%j is discarded for one bad element', (text, bad) => {
    expect(portsOf(text)).toBe(bad);
  });
});
