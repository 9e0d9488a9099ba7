import type { WorkloadRef } from '@mcp/mesh';
import type { Client, PolicyIndex, SeenClient, Target, WorkloadView } from '@mcp/policy';
import { anyPodOf, clientSeen, parseAddress } from '@mcp/policy';

/** One that calls: a pod at one of its addresses, or what else was asked about. */
export interface Caller {
  /** Absent for what is not asked about by its workload. */
  readonly pods?: {
    readonly workload: WorkloadRef;
    readonly count: number;
    readonly names: readonly string[];
  };
  /** `dialledPort`: what it connects to, which a Service may lead elsewhere. */
  seenBy(target: Target, dialledPort: number): SeenClient;
}

/** The pods of a workload, each once for each of its addresses, and those of which it is not known what they are. */
export function callersOf(
  index: PolicyIndex,
  { ref, groups, shapelessPods }: WorkloadView,
): readonly Caller[] {
  const callers = groups.flatMap(({ endpoint, pods }) =>
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

/** Any meshed pod that runs as the service account, and bypasses its proxy for nothing. */
export function serviceAccountCaller(index: PolicyIndex, namespace: string, serviceAccount: string): Caller {
  const endpoint = anyPodOf(index, serviceAccount);
  const calling = { namespace, endpoint, address: undefined };
  return { seenBy: (target, dialledPort) => clientSeen(index, calling, target, dialledPort) };
}

/** Arrives as the question says, wherever it calls. */
export function givenCaller(client: Client): Caller {
  return { seenBy: () => ({ client, because: { code: 'AS_ASKED', message: 'as asked' } }) };
}
