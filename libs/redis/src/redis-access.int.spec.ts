import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RedisServer, SelfSignedCertificate } from '@mcp/testing';
import { connectRedisLog, type ServerAccess } from './index.js';

let certificate: SelfSignedCertificate;
let server: RedisServer;
const dir = mkdtempSync(join(tmpdir(), 'mcp-password-'));
const passwordFile = join(dir, 'password');
beforeAll(async () => {
  certificate = await SelfSignedCertificate.make();
  server = await RedisServer.start({ tls: certificate });
  await server.command('ACL SETUSER mcp on >hunter2 ~* +@all');
});
afterAll(async () => {
  await server.stop();
  certificate.remove();
  rmSync(dir, { recursive: true });
});

const open = (url: string, access?: ServerAccess) =>
  connectRedisLog({ url, mesh: randomUUID(), ...(access && { access }), connectTimeoutMs: 1000 });
const refusalOf = async (opening: ReturnType<typeof open>): Promise<string> => {
  const refused: unknown = await opening.then(
    (log) => log.close(),
    (error: unknown) => error,
  );
  expect(refused).toMatchObject({ code: 'LOG_UNAVAILABLE' });
  return inspect(refused);
};
const overTls = () => `rediss://127.0.0.1:${server.tlsPort}`;

describe('a connection with TLS', () => {
  it('is made where the authority of the server is trusted', async () => {
    const log = await open(overTls(), { tls: { caFile: certificate.certificatePath } });
    expect((await log.head()).sequence).toBe(0);
    await log.close();
  });

  it('is not made to a server of another authority, and the error says what to give', async () => {
    const other = await SelfSignedCertificate.make();
    const told = await refusalOf(open(overTls(), { tls: { caFile: other.certificatePath } }));
    expect(told).toMatch(
      /certificate is not of an authority that is trusted.*give the file of its authority/,
    );
    other.remove();
  });

  it('is not made to a server that has another name', async () => {
    const tls = { caFile: certificate.certificatePath, serverName: 'redis.example' };
    expect(await refusalOf(open(overTls(), { tls }))).toContain('redis.example. is not');
  });

  it('shows a certificate where the server asks for one, and is not made without', async () => {
    await server.command('CONFIG SET tls-auth-clients yes');
    const { certificatePath: certificateFile, keyPath: keyFile } = certificate;
    const tls = { caFile: certificateFile };
    await refusalOf(open(overTls(), { tls }));
    const log = await open(overTls(), { tls: { ...tls, certificateFile, keyFile } });
    expect((await log.head()).sequence).toBe(0);
    await log.close();
    await server.command('CONFIG SET tls-auth-clients optional');
  });
});

describe('a password', () => {
  it('is read from its file for each connection, so that a new one needs no restart', async () => {
    writeFileSync(passwordFile, 'hunter2\n');
    const log = await open(server.url, { user: 'mcp', passwordFile });
    expect((await log.head()).sequence).toBe(0);
    writeFileSync(passwordFile, 'changed');
    // the server ends the connections of a user who is gone
    await server.command('ACL DELUSER mcp');
    await server.command('ACL SETUSER mcp on >changed ~* +@all');
    expect((await log.head()).sequence).toBe(0);
    await log.close();
    await server.command('ACL SETUSER mcp >hunter2');
  });

  it('that is wrong is refused as such, and told to nobody', async () => {
    writeFileSync(passwordFile, 'wrong-hunter3');
    const told = await Promise.all([
      refusalOf(open(server.url, { user: 'mcp', passwordFile })),
      refusalOf(open(`redis://mcp:wrong-hunter3@127.0.0.1:${server.port}`)),
    ]);
    expect(told.map((refusal) => /WRONGPASS/.exec(refusal)?.[0])).toEqual(['WRONGPASS', 'WRONGPASS']);
    expect(told.join()).not.toContain('hunter3');
  });

  it('whose file is gone is refused by the name of the file', async () => {
    const told = await refusalOf(open(server.url, { user: 'mcp', passwordFile: join(dir, 'gone') }));
    expect(told).toMatch(/ENOENT.*gone/);
  });
});
