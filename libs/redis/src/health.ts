import type { Redis } from 'ioredis';
import { isRefusal } from './refusals.js';

export type RedisHealth =
  /** The note: what an acknowledgement does not cover. */
  { readonly ok: true; readonly note?: string } | { readonly ok: false; readonly reason: string };

/**
 * INFO is asked and not CONFIG, which hosted servers forbid. What the server will not tell does not count against it.
 *
 * @param awaited replicas that must have an append before it is acknowledged.
 */
export async function healthOf(redis: Redis, awaited: number): Promise<RedisHealth> {
  const [policy, role, replicas] = await Promise.all([
    field(redis, 'memory', 'maxmemory_policy'),
    field(redis, 'replication', 'role'),
    field(redis, 'replication', 'connected_slaves'),
  ]);
  if (policy !== undefined && policy !== 'noeviction')
    return { ok: false, reason: `maxmemory-policy is ${policy}: the server may drop events; set noeviction` };
  if (role !== undefined && role !== 'master')
    return { ok: false, reason: 'the server is a replica and takes no appends' };
  const note = replicas === undefined ? undefined : noteOn(Number(replicas), awaited);
  return { ok: true, ...(note !== undefined && { note }) };
}

function noteOn(replicas: number, awaited: number): string | undefined {
  const there = `${replicas} ${replicas === 1 ? 'replica is' : 'replicas are'} connected`;
  if (replicas < awaited)
    return `${there} and an append waits for ${awaited}: until there are more, no change is acknowledged`;
  if (replicas > awaited)
    return `${there} and an append waits for ${awaited}: a failover may lose an acknowledged change`;
  return undefined;
}

async function field(redis: Redis, section: string, name: string): Promise<string | undefined> {
  try {
    return new RegExp(`^${name}:(\\S+)`, 'm').exec(await redis.info(section))?.[1];
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
