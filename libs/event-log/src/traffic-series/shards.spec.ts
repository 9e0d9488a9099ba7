import { expect, it } from '@jest/globals';
import { byShard, shardCount, shardOf } from './shards.js';

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

it('others have the event loop while many edges are put into shards, and none is lost', async () => {
  const edges = Array.from({ length: 50_000 }, (_, index) => `shop/Deployment/web-${index}>external:80`);
  let turns = 0;
  const count = () => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  const shards = await byShard(edges, (edge) => edge);
  clearImmediate(next);
  expect(turns).toBeGreaterThan(3);
  expect([...shards.values()].flat().sort()).toEqual([...edges].sort());
  for (const [shard, placed] of shards) expect(placed.every((edge) => shardOf(edge) === shard)).toBe(true);
});
