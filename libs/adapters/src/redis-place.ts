import { accessSync, constants } from 'node:fs';
import type { RedisPlace, ServerAccess, ServerAddress, TlsFiles } from '@mcp/redis';
import { ConfigurationError, type RedisSettings } from '@mcp/runtime';

/** Whether the log is on Redis, where other processes have it too. */
export function isShared({ redisUrl, redisSentinels, redisClusterNodes }: RedisSettings): boolean {
  return (redisUrl ?? redisSentinels ?? redisClusterNodes) !== undefined;
}

/** Where Redis is by its settings. Fails with `ConfigurationError`, which names every setting that does not go with the others. */
export function redisPlace(settings: RedisSettings): RedisPlace {
  const refusals = [...refusalsOf(settings)];
  if (refusals.length > 0) throw new ConfigurationError(refusals);
  const { redisUrl, redisSentinels, redisSentinelMaster, redisClusterNodes } = settings;
  const tls = tlsOf(settings);
  const access = accessOf(settings.redisUser, settings.redisPasswordFile, tls);
  if (redisSentinels !== undefined) {
    const onSentinels = settings.redisSentinelTls ?? (tls === undefined ? 'off' : 'on');
    return {
      sentinels: redisSentinels.map(addressOf),
      master: redisSentinelMaster,
      access,
      sentinelAccess: accessOf(
        settings.redisSentinelUser,
        settings.redisSentinelPasswordFile,
        onSentinels === 'on' ? filesOf(settings) : undefined,
      ),
    };
  }
  if (redisClusterNodes !== undefined) return { clusterNodes: redisClusterNodes.map(addressOf), access };
  if (redisUrl !== undefined) return { url: redisUrl, access };
  throw new ConfigurationError([
    'MCP_REDIS_URL, MCP_REDIS_SENTINELS or MCP_REDIS_CLUSTER_NODES must be set: an app that is a process of its own shares the log with the others',
  ]);
}

function* refusalsOf(settings: RedisSettings): Generator<string> {
  const { redisUrl, redisSentinels, redisClusterNodes } = settings;
  const places = Object.entries({
    MCP_REDIS_URL: redisUrl,
    MCP_REDIS_SENTINELS: redisSentinels,
    MCP_REDIS_CLUSTER_NODES: redisClusterNodes,
  }).filter(([, place]) => place !== undefined);
  if (places.length > 1)
    yield `${places.map(([name]) => name).join(', ')}: set one of them, the log is in one place`;

  const url = redisUrl === undefined ? undefined : new URL(redisUrl);
  if (url !== undefined && url.password !== '' && settings.redisPasswordFile !== undefined)
    yield 'MCP_REDIS_PASSWORD_FILE: MCP_REDIS_URL has a password already; leave one of them out';
  if (url !== undefined && url.username !== '' && settings.redisUser !== undefined)
    yield 'MCP_REDIS_USER: MCP_REDIS_URL has a user already; leave one of them out';
  if (url?.protocol === 'rediss:' && settings.redisTls === 'off')
    yield 'MCP_REDIS_TLS="off": MCP_REDIS_URL is rediss://, which is TLS; leave it out, or write redis://';
  if (settings.redisUser !== undefined && settings.redisPasswordFile === undefined && !url?.password)
    yield 'MCP_REDIS_USER: a user needs its password; set MCP_REDIS_PASSWORD_FILE';
  if (settings.redisSentinelUser !== undefined && settings.redisSentinelPasswordFile === undefined)
    yield 'MCP_REDIS_SENTINEL_USER: a user needs its password; set MCP_REDIS_SENTINEL_PASSWORD_FILE';
  for (const [name, value] of Object.entries(ofSentinels(settings)))
    if (value !== undefined && redisSentinels === undefined)
      yield `${name}: there are no MCP_REDIS_SENTINELS`;

  if ((settings.redisCertificateFile === undefined) !== (settings.redisKeyFile === undefined))
    yield 'MCP_REDIS_CERTIFICATE_FILE, MCP_REDIS_KEY_FILE: a certificate goes with its key; set both or none';
  if (
    settings.redisTls === 'off' &&
    settings.redisSentinelTls !== 'on' &&
    Object.keys(filesOf(settings)).length > 0
  )
    yield 'MCP_REDIS_TLS="off": the certificates that are set are for TLS; leave it out, or leave them out';
  for (const [name, path] of Object.entries(filesNamed(settings))) {
    const fault = path === undefined ? undefined : unreadable(path);
    if (fault !== undefined) yield `${name}=${JSON.stringify(path)}: it cannot be read (${fault})`;
  }
}

function ofSentinels(settings: RedisSettings): Readonly<Record<string, string | undefined>> {
  return {
    MCP_REDIS_SENTINEL_USER: settings.redisSentinelUser,
    MCP_REDIS_SENTINEL_PASSWORD_FILE: settings.redisSentinelPasswordFile,
    MCP_REDIS_SENTINEL_TLS: settings.redisSentinelTls,
  };
}

function filesNamed(settings: RedisSettings): Readonly<Record<string, string | undefined>> {
  return {
    MCP_REDIS_PASSWORD_FILE: settings.redisPasswordFile,
    MCP_REDIS_CA_FILE: settings.redisCaFile,
    MCP_REDIS_CERTIFICATE_FILE: settings.redisCertificateFile,
    MCP_REDIS_KEY_FILE: settings.redisKeyFile,
    MCP_REDIS_SENTINEL_PASSWORD_FILE: settings.redisSentinelPasswordFile,
  };
}

function unreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function accessOf(user?: string, passwordFile?: string, tls?: TlsFiles): ServerAccess {
  return {
    ...(user !== undefined && { user }),
    ...(passwordFile !== undefined && { passwordFile }),
    ...(tls !== undefined && { tls }),
  };
}

function tlsOf(settings: RedisSettings): TlsFiles | undefined {
  const files = filesOf(settings);
  const { redisTls, redisUrl } = settings;
  if (redisTls === 'off') return undefined;
  const wanted = redisTls === 'on' || redisUrl?.startsWith('rediss:') === true;
  return wanted || Object.keys(files).length > 0 ? files : undefined;
}

function filesOf(settings: RedisSettings): TlsFiles {
  const { redisCaFile, redisCertificateFile, redisKeyFile, redisServerName } = settings;
  return {
    ...(redisCaFile !== undefined && { caFile: redisCaFile }),
    ...(redisCertificateFile !== undefined && { certificateFile: redisCertificateFile }),
    ...(redisKeyFile !== undefined && { keyFile: redisKeyFile }),
    ...(redisServerName !== undefined && { serverName: redisServerName }),
  };
}

/** Of `host:port`, as the settings have it. */
function addressOf(text: string): ServerAddress {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(colon + 1)) };
}
