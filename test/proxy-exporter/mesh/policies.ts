import type { PolicySeen } from '@mcp/mesh';
import type { Served } from './flow.js';

const group = 'policy.linkerd.io';
const byDefault = (name: string): PolicySeen => ({ group: '', kind: 'default', name });
const serverSeen = (name: string): PolicySeen => ({ group, kind: 'server', name });
const policySeen = (name: string): PolicySeen => ({ group, kind: 'authorizationpolicy', name });

const openToAll = byDefault('all-unauthenticated');
const route = byDefault('default');

/** A port that no Server governs. */
export const unauthenticated: Served = { server: openToAll, route, grpc: false, authorization: openToAll };

/** A path that the kubelet probes. */
export const probed: Served = {
  ...unauthenticated,
  route: byDefault('probe'),
  authorization: byDefault('probe'),
};

/** The proxy's own port. */
export const admin: Served = { ...unauthenticated, address: '0.0.0.0' };
export const adminProbed: Served = { ...probed, address: '0.0.0.0' };

/** As another Server would decide that admits nobody. */
export const deniedAt = (server: string, { grpc }: Served): Served => ({
  ...{ server: serverSeen(server), route, grpc },
  authorization: undefined,
});

const votingGrpc = { server: serverSeen('voting-grpc'), route, grpc: true };
export const votingFromWeb: Served = { ...votingGrpc, authorization: policySeen('voting-from-web') };
export const votingDenied: Served = { ...votingGrpc, authorization: undefined };

const emojiGrpc = { server: serverSeen('emoji-grpc'), route, grpc: true };
export const emojiFromWeb: Served = { ...emojiGrpc, authorization: policySeen('emoji-from-web') };
export const emojiAudited: Served = { ...emojiGrpc, authorization: byDefault('audit') };

export const webAdminDenied: Served = {
  server: serverSeen('web-admin'),
  route,
  grpc: false,
  authorization: undefined,
};

const redisServer = { server: serverSeen('redis'), route, grpc: false };
export const redisFromVoting: Served = { ...redisServer, authorization: policySeen('redis-from-voting') };
export const redisDenied: Served = { ...redisServer, authorization: undefined };
