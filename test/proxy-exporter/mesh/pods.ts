/** A pod, with a proxy or without. */
export interface SyntheticPod {
  readonly namespace: string;
  readonly name: string;
  readonly workload: { readonly kind: 'Deployment' | 'StatefulSet'; readonly name: string };
  readonly serviceAccount: string;
  readonly ip: string;
  readonly meshed: boolean;
  /** Of a Deployment's pod. */
  readonly templateHash?: string;
  /** What its own container listens on. */
  readonly ports: readonly number[];
  /** Paths of HTTP probes on the first port. */
  readonly probes?: readonly string[];
}

interface DeployedPod {
  readonly hash: string;
  readonly suffix: string;
  readonly ip: string;
  readonly account?: string;
  readonly meshed?: false;
  readonly ports?: readonly number[];
  readonly probes?: readonly string[];
}

const deployed = (namespace: string, name: string, pod: DeployedPod): SyntheticPod => ({
  namespace,
  name: `${name}-${pod.hash}-${pod.suffix}`,
  workload: { kind: 'Deployment', name },
  serviceAccount: pod.account ?? name,
  ip: pod.ip,
  meshed: pod.meshed ?? true,
  templateHash: pod.hash,
  ports: pod.ports ?? [8080],
  ...(pod.probes && { probes: pod.probes }),
});

const voteBot = { hash: '6d7677bb68', account: 'default' };

export const voteBots = [
  deployed('emojivoto', 'vote-bot', { ...voteBot, suffix: 'zwc2v', ip: '10.42.0.10', ports: [] }),
  deployed('emojivoto', 'vote-bot', { ...voteBot, suffix: 'k9x4p', ip: '10.42.1.10', ports: [] }),
] as const;

export const web = deployed('emojivoto', 'web', {
  hash: '5f86686c4d',
  suffix: '58p7k',
  ip: '10.42.0.11',
  ports: [8080, 9000],
  probes: ['/healthz'],
});

export const emoji = deployed('emojivoto', 'emoji', {
  hash: '696d9d8f95',
  suffix: 'vvkjb',
  ip: '10.42.0.12',
});

export const voting = deployed('emojivoto', 'voting', {
  hash: 'ff4c54b8d',
  suffix: 'xrpmf',
  ip: '10.42.0.13',
});

export const redis: SyntheticPod = {
  namespace: 'emojivoto',
  name: 'redis-0',
  workload: { kind: 'StatefulSet', name: 'redis' },
  serviceAccount: 'redis',
  ip: '10.42.0.14',
  meshed: true,
  ports: [6379],
};

/** Is denied wherever it calls. */
export const batch = deployed('batch', 'batch', {
  hash: '7c5d8b9f6d',
  suffix: 'qq8zt',
  ip: '10.42.0.15',
  ports: [],
});

export const prometheus = deployed('linkerd-viz', 'prometheus', {
  hash: '6b8f7d9c5d',
  suffix: 'm2x8q',
  ip: '10.42.0.20',
  ports: [9090],
});

export const unmeshedClient = deployed('legacy', 'legacy-client', {
  hash: '6f9c4b7d8',
  suffix: 'xyz12',
  ip: '10.42.0.30',
  account: 'default',
  meshed: false,
  ports: [],
});

export const legacyApi = deployed('legacy', 'legacy-api', {
  hash: '77c',
  suffix: 'abcde',
  ip: '10.42.0.31',
  account: 'default',
  meshed: false,
  ports: [8000],
});

export const pods: readonly SyntheticPod[] = [
  ...voteBots,
  web,
  emoji,
  voting,
  redis,
  batch,
  prometheus,
  unmeshedClient,
  legacyApi,
];

export const meshedPods = pods.filter(({ meshed }) => meshed);

/** The mesh identity of a service account. */
export const identityOf = (serviceAccount: string, namespace: string): string =>
  `${serviceAccount}.${namespace}.serviceaccount.identity.linkerd.cluster.local`;
