import { readFile } from 'node:fs/promises';
import { type ApiAddress, ApiClient, readApiAddress } from '@mcp/api-client';
import { CannotRun } from '../exit-code.js';
import type { Run } from '../run.js';
import type { ConnectionOptions } from './connection-options.js';
import { forwardedApi } from './forwarded-api.js';

/** Asks the API, where the options and the environment say that it is, and leaves nothing open. */
export async function withApi<T>(
  run: Run,
  options: ConnectionOptions,
  use: (api: ApiClient) => Promise<T>,
): Promise<T> {
  const token = await tokenOf(run, options);
  const ca = options.tlsCa === undefined ? undefined : await readNamed(options.tlsCa, '--tls-ca');
  const said = options.address ?? run.terminal.environment['MCP_ADDRESS'];
  if (said === undefined || said === '') {
    const forwarded = await forwardedApi(run, options);
    try {
      return await useApi({ target: forwarded.address, tls: ca !== undefined }, () => forwarded.token());
    } finally {
      await forwarded.close();
    }
  }
  return useApi(readApiAddress(said));

  /** `askForToken`: where the caller has given none. */
  async function useApi(address: ApiAddress, askForToken?: () => Promise<string>): Promise<T> {
    if (ca !== undefined && !address.tls)
      throw new CannotRun(`--tls-ca is for TLS, and ${address.target} is asked for plain text: say https://`);
    if (token !== undefined && !address.tls && !isLoopback(address.target))
      run.note(
        `the token goes to ${address.target} without TLS of its own; say https:// unless the mesh encrypts it`,
      );
    const { timeout: timeoutMs } = options;
    const api = new ApiClient({
      ...address,
      timeoutMs,
      ...(ca !== undefined && { ca }),
      ...(token === undefined ? askForToken && { askForToken } : { token }),
    });
    try {
      return await use(api);
    } finally {
      api.close();
    }
  }
}

async function tokenOf(run: Run, { tokenFile }: ConnectionOptions): Promise<string | undefined> {
  const said = run.terminal.environment['MCP_TOKEN'];
  const token = tokenFile === undefined ? said : (await readNamed(tokenFile, '--token-file')).toString();
  const trimmed = token?.trim() ?? '';
  if (trimmed === '') {
    if (tokenFile !== undefined)
      throw new CannotRun(`--token-file ${tokenFile} is empty: put the token there`);
    return undefined;
  }
  // not repeated in the message: it is secret
  if (/[^\x21-\x7e]/.test(trimmed))
    throw new CannotRun(
      'the token has more than one word: a token file of the server has lines token,name; give the token alone',
    );
  return trimmed;
}

async function readNamed(path: string, option: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new CannotRun(`${option} ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function isLoopback(target: string): boolean {
  return /^(localhost|127\.[\d.]+|\[::1\]):\d+$/.test(target);
}
