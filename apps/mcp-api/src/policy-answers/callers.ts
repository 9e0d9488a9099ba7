import type { WorkloadRef } from '@mcp/mesh';
import type { Client, Endpoint, PolicyIndex, SeenClient, Target, WorkloadView } from '@mcp/policy';
import { anyPodOf, clientSeen, isRunAs, parseAddress } from '@mcp/policy';

/** One that calls: a pod at one of its addresses, or what else was asked about. */
export interface Caller {
  /** Absent for what is not asked about by its workload. */
  readonly pods?: {
    readonly workload: WorkloadRef;
    readonly count: number;
    readonly names: readonly string[];
  };
  /** What to do where the answer hangs on an address that is not known. Absent where nothing can be done. */
  readonly addressFrom?: string;
  /** `dialledPort`: what it connects to, which a Service may lead elsewhere. */
  seenBy(target: Target, dialledPort: number): SeenClient;
}

/** The pods of a workload, each once for each of its addresses, and those of which it is not known what they are. */
export function callersOf(index: PolicyIndex, workload: WorkloadView): readonly Caller[] {
  const { ref, shapelessPods } = workload;
  const callers = callersIn(index, workload, () => true);
  return shapelessPods === 0
    ? callers
    : [
        ...callers,
        unknownCaller('the log does not say what the pod is', {
          workload: ref,
          count: shapelessPods,
          names: [],
        }),
      ];
}

/** The pods that run as it, as they are; where there are none, any meshed pod that would, and bypasses its proxy for nothing. */
export function serviceAccountCallers(
  index: PolicyIndex,
  namespace: string,
  serviceAccount: string,
): readonly Caller[] {
  const workloads = index.view.namespaces.get(namespace)?.workloads ?? [];
  const running = workloads.flatMap((workload) =>
    callersIn(index, workload, (endpoint) => isRunAs(endpoint, serviceAccount)),
  );
  if (running.length > 0) return running;
  const calling = { namespace, endpoint: anyPodOf(index, serviceAccount), address: undefined };
  return [
    {
      addressFrom: 'ask by client.identity with client.address, since no pod is known to run as the account',
      seenBy: (target, dialledPort) => clientSeen(index, calling, target, dialledPort),
    },
  ];
}

function callersIn(
  index: PolicyIndex,
  { ref, groups }: WorkloadView,
  meant: (endpoint: Endpoint) => boolean,
): readonly Caller[] {
  return groups
    .filter(({ endpoint }) => meant(endpoint))
    .flatMap(({ endpoint, pods }) =>
      pods.flatMap(({ name, ips }) =>
        (ips.length === 0 ? [undefined] : ips.map(parseAddress)).map((address): Caller => {
          const calling = { namespace: ref.namespace, endpoint, address };
          return {
            pods: { workload: ref, count: 1, names: [name] },
            seenBy: (target, dialledPort) => clientSeen(index, calling, target, dialledPort),
          };
        }),
      ),
    );
}

/** Of which nothing is known. */
export function unknownCaller(message: string, pods?: Caller['pods']): Caller {
  return {
    ...(pods !== undefined && { pods }),
    seenBy: () => ({
      client: { tls: 'unknown', address: undefined },
      because: { code: 'NOT_KNOWN', message },
    }),
  };
}

/** Arrives as the question says, wherever it calls. */
export function givenCaller(client: Client): Caller {
  return {
    addressFrom: 'say it in client.address',
    seenBy: () => ({ client, because: { code: 'AS_ASKED', message: 'as asked' } }),
  };
}
