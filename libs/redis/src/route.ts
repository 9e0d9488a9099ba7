import type { Redis, RedisOptions } from 'ioredis';
import { credentialsOf } from './access.js';
import { ClusterRoute } from './cluster-route.js';
import type { OneServer, RedisPlace, SentinelMaster, ServerAccess } from './place.js';

/** Makes one client and waits until it is ready. */
export type Connect = (options: RedisOptions) => Promise<Redis>;

/** The way to the server that has a mesh's log. It is gone anew for each connection: after a failover it leads to another server. */
export interface Route {
  open(connect: Connect, connectTimeoutMs: number): Promise<Redis>;
}

/** @param key any key of the mesh: all of them are on one server. */
export function routeTo(place: RedisPlace, key: string): Route {
  if ('url' in place) return { open: async (connect) => connect(await oneServer(place)) };
  if ('sentinels' in place)
    return { open: async (connect, limitMs) => connect(await sentinelMaster(place, limitMs)) };
  return new ClusterRoute(place, key);
}

async function oneServer({ url, access }: OneServer & { access?: ServerAccess }): Promise<RedisOptions> {
  const { protocol, hostname, port, username, password, pathname } = new URL(url);
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 6379 : Number(port),
    db: Number(pathname.slice(1)),
    ...(username !== '' && { username: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
    ...(await credentialsOf(access)),
  };
}

/** The client asks the sentinels one after the other, and takes only a server that is a master by its own word. */
async function sentinelMaster(
  place: SentinelMaster & { access?: ServerAccess },
  connectTimeoutMs: number,
): Promise<RedisOptions> {
  const { sentinels, master, access, sentinelAccess } = place;
  const { username, password, tls } = await credentialsOf(sentinelAccess);
  // sentinels that are silent leave time for the last of them and for the master
  const limitMs = Math.floor(connectTimeoutMs / (sentinels.length + 1));
  return {
    sentinels: [...sentinels],
    name: master,
    sentinelRetryStrategy: () => null,
    sentinelCommandTimeout: limitMs,
    connectTimeout: limitMs,
    ...(username !== undefined && { sentinelUsername: username }),
    ...(password !== undefined && { sentinelPassword: password }),
    ...(tls !== undefined && { sentinelTLS: tls }),
    enableTLSForSentinelMode: access?.tls !== undefined,
    ...(await credentialsOf(access)),
  };
}
