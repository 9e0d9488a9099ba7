import { isIP } from 'node:net';
import { type Authenticator, nobodyIsAsked, TokenFile } from '@mcp/access';
import { type ApiSettings, ConfigurationError, type Logger, type SourceSettings } from '@mcp/runtime';

/** Where the API listens, whom it lets in, and whether they may change anything. */
export interface WhoMayCall {
  readonly host: string;
  readonly authenticator: Authenticator;
  readonly takesChanges: boolean;
}

/**
 * Without authentication, on loopback only. That is the default where nobody can be harmed; with a real cluster it must be
 * said. Fails with `ConfigurationError`, or with `TokenFileUnusable`.
 */
export async function whoMayCall(
  { auth, tokenFile, grpcHost, writes }: ApiSettings,
  { clusterSource }: SourceSettings,
  logger: Logger,
): Promise<WhoMayCall> {
  if (auth === undefined && clusterSource === 'kubernetes') {
    throw new ConfigurationError([
      'MCP_AUTH must be said for a real cluster: token-file, or none to let every process of this machine change policy',
    ]);
  }
  if (tokenFile !== undefined && auth !== 'token-file') {
    throw new ConfigurationError([
      'MCP_TOKEN_FILE is set and would not be used; set MCP_AUTH=token-file, or unset it',
    ]);
  }
  if (writes === 'enabled' && auth === 'none' && clusterSource === 'kubernetes') {
    throw new ConfigurationError([
      'MCP_WRITES=enabled: who changes a real cluster must be known; set MCP_AUTH=token-file, or MCP_WRITES=disabled',
    ]);
  }
  const takesChanges = writes !== 'disabled';
  if (auth === 'token-file') {
    if (tokenFile === undefined)
      throw new ConfigurationError(['MCP_TOKEN_FILE must be set for MCP_AUTH=token-file']);
    const onUnusable = (error: Error): void =>
      logger.warn('the token file cannot be used; the tokens of before hold', { error });
    const authenticator = await TokenFile.open(tokenFile, onUnusable);
    return { host: grpcHost ?? '0.0.0.0', authenticator, takesChanges };
  }
  const host = grpcHost ?? '127.0.0.1';
  if (!isLoopback(host)) {
    throw new ConfigurationError([
      `MCP_GRPC_HOST=${JSON.stringify(host)}: without authentication the API listens on loopback only; set MCP_AUTH=token-file`,
    ]);
  }
  return { host, authenticator: nobodyIsAsked, takesChanges };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
