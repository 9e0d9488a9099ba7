import type { SyntheticPod } from './pods.js';
import { emoji, legacyApi, redis, voting, web } from './pods.js';

export interface SyntheticService {
  readonly namespace: string;
  readonly name: string;
  readonly clusterIp: string;
  readonly ports: readonly { readonly port: number; readonly targetPort: number }[];
  /** What it selects; absent where it is a mirror. */
  readonly pod?: SyntheticPod;
  /** The Service of another cluster that it stands for, and the gateway that leads there. */
  readonly mirrorOf?: {
    readonly cluster: string;
    readonly name: string;
    readonly namespace: string;
    readonly gateway: { readonly ip: string; readonly port: number };
  };
}

const service = (
  pod: SyntheticPod,
  name: string,
  clusterIp: string,
  ...ports: readonly (readonly [port: number, targetPort: number])[]
): SyntheticService => ({
  namespace: pod.namespace,
  name,
  clusterIp,
  ports: ports.map(([port, targetPort]) => ({ port, targetPort })),
  pod,
});

export const webService = service(web, 'web-svc', '10.43.0.41', [80, 8080], [9000, 9000]);
export const emojiService = service(emoji, 'emoji-svc', '10.43.0.42', [8080, 8080]);
export const votingService = service(voting, 'voting-svc', '10.43.0.43', [8080, 8080]);
export const redisService = service(redis, 'redis', '10.43.0.44', [6379, 6379]);
export const legacyService = service(legacyApi, 'legacy-api', '10.43.0.45', [80, 8000]);

export const mirroredService: SyntheticService = {
  namespace: 'emojivoto',
  name: 'world-west',
  clusterIp: '10.43.0.46',
  ports: [{ port: 7778, targetPort: 7778 }],
  mirrorOf: {
    cluster: 'west',
    name: 'world',
    namespace: 'emojivoto',
    gateway: { ip: '203.0.113.7', port: 4143 },
  },
};

export const services: readonly SyntheticService[] = [
  webService,
  emojiService,
  votingService,
  redisService,
  legacyService,
  mirroredService,
];
