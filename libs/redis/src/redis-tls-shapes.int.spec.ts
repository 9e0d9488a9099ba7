import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisCluster, RedisServer, SelfSignedCertificate, SentinelTrio } from '@mcp/testing';
import { appendContract } from '../../event-log/src/contract/append.contract.js';
import { followContract } from '../../event-log/src/contract/follow.contract.js';
import { logUnderTest } from '../../event-log/src/contract/log-under-test.contract.js';
import { connectRedisLog, type RedisPlace, type ServerAccess } from './index.js';

const password = 'hunter2';
const serverUser = `ACL SETUSER mcp on >${password} ~{mcp:* +@all -@dangerous +info +config|get`;
const sentinelUser = `ACL SETUSER mcp on >${password} -@all +hello +client|setname +sentinel|get-master-addr-by-name +sentinel|sentinels`;

interface Servers {
  readonly place: RedisPlace;
  stop(): Promise<void>;
}

async function behindSentinels(access: ServerAccess, tls: SelfSignedCertificate): Promise<Servers> {
  const trio = await SentinelTrio.start({ replicas: 1, tls });
  for (const server of trio.servers) await server.command(serverUser);
  for (const port of trio.ports) await RedisServer.commandOn(port, sentinelUser);
  const place = { sentinels: trio.addresses, master: trio.master, access, sentinelAccess: access };
  return { place, stop: () => trio.stop() };
}

async function inACluster(access: ServerAccess, tls: SelfSignedCertificate): Promise<Servers> {
  const cluster = await RedisCluster.start({ tls });
  for (const node of cluster.nodes) await node.command(serverUser);
  return { place: { clusterNodes: cluster.addresses.slice(0, 1), access }, stop: () => cluster.stop() };
}

describe.each([
  ['behind sentinels', behindSentinels],
  ['in a cluster', inACluster],
])('over TLS and as a user, %s,', (_shape, start) => {
  let certificate: SelfSignedCertificate;
  let servers: Servers;
  const dir = mkdtempSync(join(tmpdir(), 'mcp-password-'));
  const passwordFile = join(dir, 'password');

  beforeAll(async () => {
    writeFileSync(passwordFile, password);
    certificate = await SelfSignedCertificate.make();
    const tls = { caFile: certificate.certificatePath };
    servers = await start({ user: 'mcp', passwordFile, tls }, certificate);
  }, 120_000);
  afterAll(async () => {
    await servers.stop();
    certificate.remove();
    rmSync(dir, { recursive: true });
  });

  const open = (place = servers.place) => connectRedisLog({ ...place, mesh: randomUUID() });

  const under = logUnderTest(async () => {
    const mesh = randomUUID();
    const openMesh = () => connectRedisLog({ ...servers.place, mesh });
    return {
      open: openMesh,
      another: openMesh,
      damage: () => Promise.reject(new Error('nothing here is damaged')),
      cleanup: async () => undefined,
    };
  });
  appendContract(under);
  followContract(under);

  it('no log is opened by who does not trust the authority', async () => {
    const { caFile: _, ...untrusting } = servers.place.access?.tls ?? {};
    const access = { ...servers.place.access, tls: untrusting };
    await expect(open({ ...servers.place, access })).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
  });
});
