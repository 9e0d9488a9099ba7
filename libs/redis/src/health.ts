import type { Redis } from 'ioredis';
import { isRefusal } from './refusals.js';

export type RedisHealth = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** INFO is asked and not CONFIG, which hosted servers forbid. What the server will not tell does not count against it. */
export async function healthOf(redis: Redis): Promise<RedisHealth> {
  const [policy, role] = await Promise.all([
    field(redis, 'memory', 'maxmemory_policy'),
    field(redis, 'replication', 'role'),
  ]);
  if (policy !== undefined && policy !== 'noeviction')
    return { ok: false, reason: `maxmemory-policy is ${policy}: the server may drop events; set noeviction` };
  if (role !== undefined && role !== 'master')
    return { ok: false, reason: 'the server is a replica and takes no appends' };
  return { ok: true };
}

async function field(redis: Redis, section: string, name: string): Promise<string | undefined> {
  try {
    return new RegExp(`^${name}:(\\S+)`, 'm').exec(await redis.info(section))?.[1];
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}
