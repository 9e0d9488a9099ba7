import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiSettings, readSettings, silentLogger, SourceSettings } from '@mcp/runtime';
import type { AccessReviews } from '@mcp/sources';
import { type WhoMayCall, whoMayCall } from './who-may-call.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'who-'));
  await writeFile(join(folder, 'tokens'), 'a-token-that-is-long-enough-1234,alice\n');
});
afterEach(() => rm(folder, { recursive: true }));

const reviews: AccessReviews = {
  userOf: async (token, audience) => ({ name: `who has ${token} for ${audience ?? 'the API server'}` }),
  may: async () => ({ allowed: false, reason: '' }),
};

const ask = async (environment: Record<string, string>): Promise<WhoMayCall> =>
  whoMayCall(
    readSettings(ApiSettings, environment),
    readSettings(SourceSettings, environment),
    silentLogger,
    () => reviews,
  );

describe('who may call', () => {
  it.each(['simulated', 'manifests:.'])('is everyone on this machine by default, for %s', async (source) => {
    const { host, authenticator } = await ask({ MCP_CLUSTER_SOURCE: source });
    expect(host).toBe('127.0.0.1');
    expect(await authenticator.authenticate(undefined)).toEqual({ name: 'anonymous', provenBy: 'none' });
  });

  it('must be said for a real cluster', async () => {
    await expect(ask({ MCP_CLUSTER_SOURCE: 'kubernetes' })).rejects.toThrow('MCP_AUTH must be said');
    expect((await ask({ MCP_CLUSTER_SOURCE: 'kubernetes', MCP_AUTH: 'none' })).host).toBe('127.0.0.1');
  });

  it.each(['0.0.0.0', '::', '10.1.2.3', 'example.com'])(
    'is nobody on %s without authentication',
    async (host) => {
      await expect(ask({ MCP_GRPC_HOST: host })).rejects.toThrow('MCP_GRPC_HOST');
    },
  );

  it('is who has a token, from everywhere', async () => {
    const { host, authenticator } = await ask({
      MCP_AUTH: 'token-file',
      MCP_TOKEN_FILE: join(folder, 'tokens'),
    });
    expect(host).toBe('0.0.0.0');
    const alice = await authenticator.authenticate('Bearer a-token-that-is-long-enough-1234');
    expect(alice).toEqual({ name: 'alice', provenBy: 'token' });
    await expect(authenticator.authenticate(undefined)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is who has a token of the cluster, from everywhere', async () => {
    const cluster = { MCP_AUTH: 'kubernetes', MCP_CLUSTER_SOURCE: 'kubernetes' };
    const { host, authenticator } = await ask(cluster);
    expect(host).toBe('0.0.0.0');
    expect(await authenticator.authenticate('Bearer abc')).toEqual({
      name: 'who has abc for the API server',
      provenBy: 'kubernetes',
    });
    const meant = await ask({ ...cluster, MCP_TOKEN_AUDIENCE: 'linkerd-mcp' });
    expect(await meant.authenticator.authenticate('Bearer abc')).toMatchObject({
      name: 'who has abc for linkerd-mcp',
    });
  });

  it.each([
    ['a mesh that is no cluster', { MCP_AUTH: 'kubernetes' }, 'only a real cluster knows callers'],
    ['an audience that nobody checks', { MCP_TOKEN_AUDIENCE: 'x' }, 'MCP_TOKEN_AUDIENCE is set'],
  ])('is not asked of %s', async (_what, environment, why) => {
    await expect(ask(environment)).rejects.toThrow(why);
  });

  describe('where the mesh proves callers', () => {
    const proven = {
      MCP_AUTH: 'kubernetes',
      MCP_CLUSTER_SOURCE: 'kubernetes',
      MCP_MESH_PORT: '10903',
      MCP_MESH_IDENTITY: 'linkerd.cluster.local',
    };

    it('is who has an identity that ends as is said', async () => {
      expect((await ask(proven)).meshIdentity).toBe('linkerd.cluster.local');
    });

    it.each([
      ['without roles', { MCP_AUTH: 'none' }, 'MCP_MESH_PORT: only the roles of a cluster'],
      ['on no port of its own', { MCP_MESH_PORT: '10900' }, 'MCP_MESH_PORT is that of MCP_GRPC_PORT'],
      ['without an end', { MCP_MESH_IDENTITY: '' }, 'MCP_MESH_IDENTITY must be set'],
      ['without a port', { MCP_MESH_PORT: '' }, 'MCP_MESH_IDENTITY is set and would not be used'],
      ['with half an end', { MCP_MESH_IDENTITY: 'linkerd' }, 'MCP_MESH_IDENTITY="linkerd": it must be'],
      ['with a pattern', { MCP_MESH_IDENTITY: '*.cluster.local' }, 'MCP_MESH_IDENTITY="*.cluster.local"'],
      ['where no proxy reaches it', { MCP_GRPC_HOST: '127.0.0.1' }, 'MCP_GRPC_HOST is loopback'],
    ])('is not asked %s', async (_what, environment, why) => {
      await expect(ask({ ...proven, ...environment })).rejects.toThrow(why);
    });
  });

  it('is not left open to everyone where a token file is named', async () => {
    await expect(ask({ MCP_TOKEN_FILE: join(folder, 'tokens') })).rejects.toThrow('MCP_TOKEN_FILE is set');
    await expect(ask({ MCP_AUTH: 'none', MCP_TOKEN_FILE: join(folder, 'tokens') })).rejects.toThrow(
      'MCP_TOKEN_FILE',
    );
  });

  it('changes nothing where writes are disabled', async () => {
    expect((await ask({})).takesChanges).toBe(true);
    expect((await ask({ MCP_WRITES: 'disabled' })).takesChanges).toBe(false);
    const real = { MCP_CLUSTER_SOURCE: 'kubernetes', MCP_TOKEN_FILE: join(folder, 'tokens') };
    expect((await ask({ ...real, MCP_AUTH: 'token-file', MCP_WRITES: 'enabled' })).takesChanges).toBe(true);
  });

  it('changes a real cluster only where callers are known, if writes are said to be enabled', async () => {
    const real = { MCP_CLUSTER_SOURCE: 'kubernetes', MCP_AUTH: 'none' };
    await expect(ask({ ...real, MCP_WRITES: 'enabled' })).rejects.toThrow('MCP_WRITES=enabled');
    expect((await ask({ ...real, MCP_WRITES: 'disabled' })).takesChanges).toBe(false);
  });

  it('cannot be a file that is not named or not there', async () => {
    await expect(ask({ MCP_AUTH: 'token-file' })).rejects.toThrow('MCP_TOKEN_FILE must be set');
    const missing = join(folder, 'missing');
    await expect(ask({ MCP_AUTH: 'token-file', MCP_TOKEN_FILE: missing })).rejects.toThrow('missing');
  });
});
