import { type SyntheticPod, emoji, redis, voting, web } from '../mesh/pods.js';
import { podLabels } from './pod-labels.js';

const group = 'policy.linkerd.io';

const policyObject = (apiVersion: string, kind: string, name: string, spec: object): object => ({
  apiVersion: `${group}/${apiVersion}`,
  kind,
  metadata: { namespace: 'emojivoto', name },
  spec,
});

const server = (name: string, pod: SyntheticPod, port: number, spec: object): object =>
  policyObject('v1beta3', 'Server', name, {
    podSelector: { matchLabels: { app: podLabels(pod)['app'] } },
    port,
    ...spec,
  });

/** Admits the pods of one service account, of the same namespace. */
const admits = (name: string, serverName: string, account: string): readonly object[] => [
  policyObject('v1alpha1', 'MeshTLSAuthentication', account, {
    identityRefs: [{ kind: 'ServiceAccount', name: account }],
  }),
  policyObject('v1alpha1', 'AuthorizationPolicy', name, {
    targetRef: { group, kind: 'Server', name: serverName },
    requiredAuthenticationRefs: [{ group, kind: 'MeshTLSAuthentication', name: account }],
  }),
];

/** What the flows of the mesh are decided by. */
export const policies: readonly object[] = [
  server('voting-grpc', voting, 8080, { proxyProtocol: 'gRPC' }),
  server('emoji-grpc', emoji, 8080, { proxyProtocol: 'gRPC', accessPolicy: 'audit' }),
  server('web-admin', web, 9000, { proxyProtocol: 'HTTP/1' }),
  server('redis', redis, 6379, { proxyProtocol: 'opaque' }),
  ...admits('voting-from-web', 'voting-grpc', 'web'),
  ...admits('redis-from-voting', 'redis', 'voting'),
  policyObject('v1alpha1', 'AuthorizationPolicy', 'emoji-from-web', {
    targetRef: { group, kind: 'Server', name: 'emoji-grpc' },
    requiredAuthenticationRefs: [{ group, kind: 'MeshTLSAuthentication', name: 'web' }],
  }),
];
