import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigurationError } from '@mcp/runtime';

/** The private key of a PEM file. Fails with `ConfigurationError` for a file that has none of Ed25519. */
export async function readSigningKey(file: string | undefined): Promise<KeyObject | undefined> {
  if (file === undefined) return undefined;
  const wrong = (why: string) =>
    new ConfigurationError([
      `MCP_SIGNING_KEY_FILE: ${file} ${why}; make one with: openssl genpkey -algorithm ed25519 -out ${file}`,
    ]);
  let key: KeyObject;
  try {
    key = createPrivateKey(await readFile(file));
  } catch (error) {
    throw wrong(`does not give a private key in PEM (${(error as Error).message})`);
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw wrong(`holds a key of ${key.asymmetricKeyType ?? 'another kind'}, and not of Ed25519`);
  return key;
}
