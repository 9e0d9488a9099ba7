import { isIP } from 'node:net';
import {
  type Authenticator,
  everyoneMay,
  KubernetesAuthenticator,
  KubernetesAuthorizer,
  type NamespaceAuthorizer,
  nobodyIsAsked,
  TokenFile,
} from '@mcp/access';
import { openAccessReviews } from '@mcp/adapters';
import { type ApiSettings, ConfigurationError, type Logger, type SourceSettings } from '@mcp/runtime';

/** Where the API listens, whom it lets in, what they may do, and whether anything may be changed. */
export interface WhoMayCall {
  readonly host: string;
  readonly authenticator: Authenticator;
  readonly authorizer: NamespaceAuthorizer;
  readonly takesChanges: boolean;
  /** What identities of the mesh end with, where callers may prove themselves by these. */
  readonly meshIdentity?: string | undefined;
}

/**
 * Without authentication, on loopback only. That is the default where nobody can be harmed; with a real cluster it must be
 * said. Fails with `ConfigurationError`, or with `TokenFileUnusable`.
 */
export async function whoMayCall(
  settings: ApiSettings,
  source: SourceSettings,
  logger: Logger,
  openReviews = openAccessReviews,
): Promise<WhoMayCall> {
  mustFit(settings, source);
  const { auth, tokenFile, tokenAudience, grpcHost, writes, meshIdentity } = settings;
  const takesChanges = writes !== 'disabled';
  if (auth === 'kubernetes') {
    const reviews = openReviews();
    const authenticator = new KubernetesAuthenticator(reviews, tokenAudience);
    const authorizer = new KubernetesAuthorizer(reviews);
    return { host: grpcHost ?? '0.0.0.0', authenticator, authorizer, takesChanges, meshIdentity };
  }
  if (tokenFile !== undefined) {
    const onUnusable = (error: Error): void =>
      logger.warn('the token file cannot be used; the tokens of before hold', { error });
    const authenticator = await TokenFile.open(tokenFile, onUnusable);
    return { host: grpcHost ?? '0.0.0.0', authenticator, authorizer: everyoneMay, takesChanges };
  }
  const host = grpcHost ?? '127.0.0.1';
  if (isLoopback(host)) {
    return { host, authenticator: nobodyIsAsked, authorizer: everyoneMay, takesChanges };
  }
  throw new ConfigurationError([
    `MCP_GRPC_HOST=${JSON.stringify(host)}: without authentication the API listens on loopback only; set MCP_AUTH=token-file or kubernetes`,
  ]);
}

/** A setting that would not be used is one that someone relies on. */
function mustFit(
  { auth, tokenFile, tokenAudience, writes, grpcHost, grpcPort, meshPort, meshIdentity }: ApiSettings,
  { clusterSource }: SourceSettings,
): void {
  const real = clusterSource === 'kubernetes';
  const problems = [
    auth === undefined &&
      real &&
      'MCP_AUTH must be said for a real cluster: kubernetes, token-file, or none to let every process of this machine change policy',
    auth === 'kubernetes' &&
      !real &&
      'MCP_AUTH=kubernetes: only a real cluster knows callers; set MCP_CLUSTER_SOURCE=kubernetes, or MCP_AUTH=token-file',
    auth === 'token-file' && tokenFile === undefined && 'MCP_TOKEN_FILE must be set for MCP_AUTH=token-file',
    auth !== 'token-file' &&
      tokenFile !== undefined &&
      'MCP_TOKEN_FILE is set and would not be used; set MCP_AUTH=token-file, or unset it',
    auth !== 'kubernetes' &&
      tokenAudience !== undefined &&
      'MCP_TOKEN_AUDIENCE is set and would not be used; set MCP_AUTH=kubernetes, or unset it',
    auth !== 'kubernetes' &&
      meshPort !== undefined &&
      'MCP_MESH_PORT: only the roles of a cluster say what an identity of the mesh may do; set MCP_AUTH=kubernetes, or unset it',
    meshPort !== undefined &&
      meshIdentity === undefined &&
      'MCP_MESH_IDENTITY must be set for MCP_MESH_PORT, such as linkerd.cluster.local',
    meshPort === undefined &&
      meshIdentity !== undefined &&
      'MCP_MESH_IDENTITY is set and would not be used; set MCP_MESH_PORT, or unset it',
    meshPort !== undefined &&
      meshPort !== 0 &&
      meshPort === grpcPort &&
      'MCP_MESH_PORT is that of MCP_GRPC_PORT; identities are believed on a port of its own only',
    meshPort !== undefined &&
      grpcHost !== undefined &&
      isLoopback(grpcHost) &&
      'MCP_MESH_PORT: the proxy connects to the address of the pod, and MCP_GRPC_HOST is loopback; unset that',
    writes === 'enabled' &&
      auth === 'none' &&
      real &&
      'MCP_WRITES=enabled: who changes a real cluster must be known; set MCP_AUTH=kubernetes or token-file, or MCP_WRITES=disabled',
  ].filter((problem) => problem !== false);
  if (problems.length > 0) throw new ConfigurationError(problems);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
