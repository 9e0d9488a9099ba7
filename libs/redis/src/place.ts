/** Where a server listens. */
export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** How a server knows us and we know it. Files are read again for each connection, so that what is renewed in place needs no restart. */
export interface ServerAccess {
  /** ACL user; absent: the server's default user. */
  readonly user?: string;
  /** File with the password and, at most, one line break after it. */
  readonly passwordFile?: string;
  /** Present: TLS. */
  readonly tls?: TlsFiles;
}

export interface TlsFiles {
  /** Authorities (PEM) to trust instead of the system's. */
  readonly caFile?: string;
  /** Certificate and key (PEM) that we show. */
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** The name that the server's certificate must have; absent: the host that is connected to. */
  readonly serverName?: string;
}

/**
 * Where a mesh's log is: one server, the master that sentinels name, or the node of a Redis Cluster that serves the mesh's slot.
 * A replica is never read.
 */
export type RedisPlace = (OneServer | SentinelMaster | ClusterNodes) & { readonly access?: ServerAccess };

export interface OneServer {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. What `access` says comes first. */
  readonly url: string;
}

export interface SentinelMaster {
  readonly sentinels: readonly ServerAddress[];
  readonly master: string;
  readonly sentinelAccess?: ServerAccess;
}

export interface ClusterNodes {
  /** Some of the nodes; they name the others. */
  readonly clusterNodes: readonly ServerAddress[];
}

/** For a person; without credentials. */
export function nameOf(place: RedisPlace): string {
  if ('url' in place) return place.url.replace(/\/\/[^/]*@/, '//');
  if ('sentinels' in place) return `master ${place.master} of the sentinels ${listed(place.sentinels)}`;
  return `the cluster of ${listed(place.clusterNodes)}`;
}

function listed(addresses: readonly ServerAddress[]): string {
  return addresses.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ');
}
