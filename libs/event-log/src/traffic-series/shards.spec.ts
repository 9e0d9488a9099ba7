import { expect, it } from '@jest/globals';
import { shardCount, shardOf } from './shards.js';

it('edges that differ in little are spread evenly over the shards', () => {
  const sizes = new Array<number>(shardCount).fill(0);
  for (let index = 0; index < 1000 * shardCount; index += 1)
    sizes[shardOf(`shop/Deployment/web-${index}>shop/Deployment/cart:80`)]! += 1;
  expect(Math.min(...sizes)).toBeGreaterThan(800);
  expect(Math.max(...sizes)).toBeLessThan(1200);
});

it('an edge is in the shard where it always was: what is stored hangs on it', () => {
  const edges = [
    '',
    'unmeshed>shop/Deployment/cart:8080',
    'shop/Deployment/web>external:80',
    'bücher>日本:1',
  ];
  expect(edges.map(shardOf)).toEqual([25, 16, 14, 30]);
});
