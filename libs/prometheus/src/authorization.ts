import { readFile } from 'node:fs/promises';
import { PrometheusFailure } from './instant-query.js';
import type { Credentials } from './prometheus-server.js';

/** The `authorization` header. Fails with `REFUSED` where a file has no usable secret: without one we would be. */
export async function authorizationOf(credentials: Credentials): Promise<string> {
  if ('token' in credentials) return `Bearer ${credentials.token}`;
  if ('tokenFile' in credentials) {
    const token = await readSecret(credentials.tokenFile);
    if (/[^\x21-\x7e]/.test(token))
      throw new PrometheusFailure('REFUSED', `${credentials.tokenFile} does not hold one token alone`);
    return `Bearer ${token}`;
  }
  const password =
    'password' in credentials ? credentials.password : await readSecret(credentials.passwordFile);
  return `Basic ${Buffer.from(`${credentials.user}:${password}`).toString('base64')}`;
}

async function readSecret(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new PrometheusFailure(
      'REFUSED',
      `the secret for Prometheus in ${path} cannot be read: ${code}`,
      undefined,
      error,
    );
  });
  const secret = text.trim();
  if (secret === '') throw new PrometheusFailure('REFUSED', `the secret for Prometheus in ${path} is empty`);
  return secret;
}
