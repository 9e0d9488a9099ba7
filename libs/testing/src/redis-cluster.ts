import { setTimeout as pause } from 'node:timers/promises';
import { RedisServer, type RedisServerOptions } from './redis-server.js';

const slots = 16_384;

/** A real Redis Cluster on loopback: three masters that share the slots, and a replica of the first ones. */
export class RedisCluster {
  private constructor(
    readonly masters: readonly RedisServer[],
    readonly replicas: readonly RedisServer[],
  ) {}

  static async start({
    replicated = 0,
    tls,
  }: {
    /** How many of the masters have a replica. */
    readonly replicated?: number;
    /** With it, all speak TLS to each other, and `addresses` are of TLS. */
    readonly tls?: RedisServerOptions['tls'];
  } = {}): Promise<RedisCluster> {
    const node = () => RedisServer.start({ cluster: true, ...(tls && { tls }) });
    const masters = await Promise.all([node(), node(), node()]);
    const replicas = await Promise.all(masters.slice(0, replicated).map(node));
    const cluster = new RedisCluster(masters, replicas);
    const [entrance] = masters;
    for (const [index, master] of masters.entries()) {
      const [first, next] = [index, index + 1].map((share) => Math.floor((share * slots) / masters.length));
      await told(master, `CLUSTER ADDSLOTSRANGE ${first} ${next! - 1}`);
    }
    for (const { servedPort, busPort } of cluster.nodes.slice(1))
      await told(entrance, `CLUSTER MEET 127.0.0.1 ${servedPort} ${busPort}`);
    const size = cluster.nodes.length;
    await reaches(async () =>
      (await cluster.#infos()).every((info) => info.includes(`cluster_known_nodes:${size}`)),
    );
    for (const [index, replica] of replicas.entries())
      await told(replica, `CLUSTER REPLICATE ${await idOf(masters[index]!)}`);
    await reaches(async () => (await cluster.#infos()).every((info) => info.includes('cluster_state:ok')));
    for (const replica of replicas)
      await reaches(async () =>
        (await replica.command('INFO replication')).includes('master_link_status:up'),
      );
    return cluster;
  }

  get nodes(): readonly RedisServer[] {
    return [...this.masters, ...this.replicas];
  }

  get addresses(): readonly { host: string; port: number }[] {
    return this.nodes.map(({ servedPort: port }) => ({ host: '127.0.0.1', port }));
  }

  /** The node that says of itself that it serves the slot of this key; undefined while there is none. */
  async ownerOf(key: string): Promise<RedisServer | undefined> {
    for (const node of this.nodes)
      if ((await node.command(`EXISTS ${key}`).catch(() => '-')).startsWith(':')) return node;
    return undefined;
  }

  /** Moves the slot of a key as redis-cli's reshard does, with its keys one by one and a pause after each. */
  async move(key: string, to: RedisServer, pauseMs = 0): Promise<void> {
    const from = await this.ownerOf(key);
    if (from === undefined) throw new Error('nobody has the slot');
    const slot = Number((await from.command(`CLUSTER KEYSLOT ${key}`)).slice(1));
    const [fromId, toId] = [await idOf(from), await idOf(to)];
    await told(to, `CLUSTER SETSLOT ${slot} IMPORTING ${fromId}`);
    await told(from, `CLUSTER SETSLOT ${slot} MIGRATING ${toId}`);
    for (;;) {
      const keys = (await from.command(`CLUSTER GETKEYSINSLOT ${slot} 1`)).split('\r\n').slice(2, -1);
      if (keys.length === 0) break;
      // NOKEY: one that has expired by now
      const migrated = await from.command(`MIGRATE 127.0.0.1 ${to.servedPort} ${keys[0]} 0 5000`);
      if (!/^\+(OK|NOKEY)/.test(migrated)) throw new Error(migrated);
      await pause(pauseMs);
    }
    for (const node of [to, from]) await told(node, `CLUSTER SETSLOT ${slot} NODE ${toId}`);
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  #infos(): Promise<string[]> {
    return Promise.all(this.nodes.map((node) => node.command('CLUSTER INFO')));
  }
}

async function idOf(node: RedisServer): Promise<string> {
  return (await node.command('CLUSTER MYID')).split('\r\n')[1] ?? '';
}

async function told(node: RedisServer, line: string): Promise<void> {
  const reply = await node.command(line);
  if (!reply.startsWith('+OK')) throw new Error(`${line}: ${reply}`);
}

async function reaches(reached: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await reached().catch(() => false))) {
    if (Date.now() > deadline) throw new Error('the cluster is not whole within 60 s');
    await pause(50);
  }
}
