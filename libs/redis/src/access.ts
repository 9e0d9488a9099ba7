import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import type { ServerAccess, TlsFiles } from './place.js';

/** What the client needs to be let in. */
export interface Credentials {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

/** Reads the files. Fails with the error of the file system, which names the file. */
export async function credentialsOf({ user, passwordFile, tls }: ServerAccess = {}): Promise<Credentials> {
  return {
    ...(user !== undefined && { username: user }),
    ...(passwordFile !== undefined && {
      password: (await readFile(passwordFile, 'utf8')).replace(/\r?\n$/, ''),
    }),
    ...(tls !== undefined && { tls: await tlsOptions(tls) }),
  };
}

async function tlsOptions({
  caFile,
  certificateFile,
  keyFile,
  serverName,
}: TlsFiles): Promise<ConnectionOptions> {
  return {
    ...(caFile !== undefined && { ca: await readFile(caFile) }),
    ...(certificateFile !== undefined && { cert: await readFile(certificateFile) }),
    ...(keyFile !== undefined && { key: await readFile(keyFile) }),
    ...(serverName !== undefined && { servername: serverName }),
  };
}
