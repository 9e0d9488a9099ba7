import type { Redis, RedisOptions } from 'ioredis';
import { credentialsOf } from './access.js';
import type { ClusterNodes, ServerAccess, ServerAddress } from './place.js';
import { isRefusal } from './refusals.js';

/** A node that names another has a younger view than we; after this many of them nobody knows. */
const mostHops = 5;

/**
 * The way to the node of a Redis Cluster that serves the slot of a mesh's keys. Any node that is asked for a key names the owner of its
 * slot; a replica does too.
 *
 * The client's own cluster mode is not used: it sends again by itself what had no reply, and sends what names no key (WAIT, CONFIG)
 * to a node of its choice.
 */
export class ClusterRoute {
  /** Who had the slot when last asked: still an entrance when every node that we were told of is gone. */
  #owner: ServerAddress | undefined;

  constructor(
    private readonly place: ClusterNodes & { readonly access?: ServerAccess },
    private readonly key: string,
  ) {}

  /** @param connect makes one client and waits until it is ready. */
  async open(connect: (options: RedisOptions) => Promise<Redis>): Promise<Redis> {
    const credentials = await credentialsOf(this.place.access);
    const entrances = [...(this.#owner === undefined ? [] : [this.#owner]), ...this.place.clusterNodes];
    this.#owner = undefined;
    let fault: unknown;
    for (const entrance of entrances) {
      try {
        return await this.#enter(entrance, (address) => connect({ ...address, ...credentials }));
      } catch (error) {
        fault = error;
      }
    }
    throw new Error('no node leads to the slot of the mesh', { cause: fault });
  }

  async #enter(entrance: ServerAddress, connect: (address: ServerAddress) => Promise<Redis>): Promise<Redis> {
    let address = entrance;
    for (let hops = 0; hops < mostHops; hops += 1) {
      const redis = await connect(address);
      const other = await this.#ownerBy(redis, address);
      if (other === undefined) {
        this.#owner = address;
        return redis;
      }
      redis.disconnect();
      address = other;
    }
    throw new Error(`each of ${mostHops} nodes names another one`);
  }

  /** Undefined: the one that was asked. */
  async #ownerBy(redis: Redis, asked: ServerAddress): Promise<ServerAddress | undefined> {
    try {
      await redis.exists(this.key);
    } catch (error) {
      if (isRefusal(error)) {
        if (error.message.startsWith('MOVED ')) return addressIn(error.message, asked);
        // it has the slot and is handing it over
        if (error.message.startsWith('ASK ')) return undefined;
      }
      redis.disconnect();
      throw error;
    }
    return undefined;
  }
}

/** `MOVED <slot> <host>:<port>`; without a host it is that of the node that was asked. */
function addressIn(message: string, asked: ServerAddress): ServerAddress {
  const endpoint = message.split(' ')[2] ?? '';
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon);
  return { host: host === '' || host === '?' ? asked.host : host, port: Number(endpoint.slice(colon + 1)) };
}
