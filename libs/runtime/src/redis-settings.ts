import {
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { list, Setting, wholeNumber } from './setting.js';

const schemes = new Set(['redis:', 'rediss:']);

/** `redis://[user:password@]host[:port][/database]`, and nothing more: a query would be a setting that nobody reads. */
function isRedisUrl(value: unknown): boolean {
  const text = String(value);
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text);
  try {
    decodeURIComponent(username + password);
  } catch {
    return false;
  }
  return schemes.has(protocol) && hostname !== '' && /^(\/\d{0,2})?$/.test(pathname) && search + hash === '';
}

const IsRedisUrl = (): PropertyDecorator =>
  ValidateBy({
    name: 'isRedisUrl',
    validator: {
      validate: isRedisUrl,
      defaultMessage: () =>
        'it must be redis://[user:password@]host[:port][/database], or rediss:// for TLS, with each of : / @ # ? % in the password as %3A and so on',
    },
  });

const EachAddress = (): PropertyDecorator =>
  Matches(/^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([-A-Za-z0-9._]*[A-Za-z0-9])?):([1-9]\d{0,4})$/, {
    each: true,
    message: 'each must be host:port, such as redis-0.redis:6379',
  });

/** Where Redis is, and how it is spoken to. At most one of a URL, sentinels and cluster nodes is set. */
export class RedisSettings {
  @Setting({
    env: 'MCP_REDIS_URL',
    doc: 'redis:// or rediss:// URL of the one server that has the event log; absent, and no sentinels or cluster nodes: an embedded log',
    secret: true,
  })
  @IsOptional()
  @IsRedisUrl()
  readonly redisUrl?: string;

  @Setting({
    env: 'MCP_REDIS_SENTINELS',
    doc: 'instead of the URL: host:port of each Sentinel, separated by commas',
    read: list,
  })
  @IsOptional()
  @IsArray()
  @EachAddress()
  readonly redisSentinels?: readonly string[];

  @Setting({
    env: 'MCP_REDIS_SENTINEL_MASTER',
    default: 'mymaster',
    doc: 'name under which the sentinels know the master',
  })
  @Length(1, 200)
  readonly redisSentinelMaster!: string;

  @Setting({
    env: 'MCP_REDIS_CLUSTER_NODES',
    doc: 'instead of the URL: host:port of some nodes of a Redis Cluster, separated by commas',
    read: list,
  })
  @IsOptional()
  @IsArray()
  @EachAddress()
  readonly redisClusterNodes?: readonly string[];

  @Setting({ env: 'MCP_REDIS_USER', doc: "ACL user on Redis; absent: the URL's, or the default user" })
  @IsOptional()
  @Length(1, 200)
  readonly redisUser?: string;

  @Setting({
    env: 'MCP_REDIS_PASSWORD_FILE',
    doc: 'file with the password of that user; read again for each connection',
  })
  @IsOptional()
  @IsString()
  readonly redisPasswordFile?: string;

  @Setting({
    env: 'MCP_REDIS_TLS',
    doc: 'on or off; absent: on with a rediss:// URL or with any of the TLS files',
  })
  @IsOptional()
  @IsIn(['on', 'off'])
  readonly redisTls?: 'on' | 'off';

  @Setting({
    env: 'MCP_REDIS_CA_FILE',
    doc: "certificates (PEM) to trust for Redis and its sentinels, instead of the system's",
  })
  @IsOptional()
  @IsString()
  readonly redisCaFile?: string;

  @Setting({ env: 'MCP_REDIS_CERTIFICATE_FILE', doc: 'certificate (PEM) that is shown to Redis' })
  @IsOptional()
  @IsString()
  readonly redisCertificateFile?: string;

  @Setting({ env: 'MCP_REDIS_KEY_FILE', doc: 'key (PEM) of that certificate' })
  @IsOptional()
  @IsString()
  readonly redisKeyFile?: string;

  @Setting({
    env: 'MCP_REDIS_SERVER_NAME',
    doc: 'name that the certificates of the servers have; absent: the host that is connected to',
  })
  @IsOptional()
  @Length(1, 253)
  readonly redisServerName?: string;

  @Setting({ env: 'MCP_REDIS_SENTINEL_USER', doc: 'ACL user on the sentinels; absent: their default user' })
  @IsOptional()
  @Length(1, 200)
  readonly redisSentinelUser?: string;

  @Setting({ env: 'MCP_REDIS_SENTINEL_PASSWORD_FILE', doc: 'file with the password for the sentinels' })
  @IsOptional()
  @IsString()
  readonly redisSentinelPasswordFile?: string;

  @Setting({ env: 'MCP_REDIS_SENTINEL_TLS', doc: 'on or off; absent: as for Redis itself' })
  @IsOptional()
  @IsIn(['on', 'off'])
  readonly redisSentinelTls?: 'on' | 'off';

  @Setting({
    env: 'MCP_REDIS_REPLICAS',
    default: '0',
    doc: 'replicas that must have a change before it is acknowledged: as many as may be promoted',
    read: wholeNumber,
  })
  @IsInt()
  @Min(0)
  @Max(9)
  readonly redisReplicas!: number;
}
