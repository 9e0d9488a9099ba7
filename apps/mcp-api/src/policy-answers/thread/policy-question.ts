import type { WorkloadRef } from '@mcp/mesh';
import type { AccessRequest, PodGroup, PolicyIndex, Reachability, ReachRow } from '@mcp/policy';
import { parseAddress, reachability, whatCanReach, whoCanReach } from '@mcp/policy';
import type { SimulateQuestion } from './simulation.js';

/** A question whose answer takes long: plain data, for a worker. */
export type PolicyQuestion =
  | ReachQuestion
  | SimulateQuestion
  | {
      readonly kind: 'lint';
      /** Undefined: all. */
      readonly namespaces?: readonly string[];
    };

/** About many clients or many targets at once. */
export type ReachQuestion =
  | {
      readonly kind: 'who';
      readonly targets: readonly ReachedPort[];
      readonly request: AccessRequest;
    }
  | { readonly kind: 'what'; readonly client: ReachingClient; readonly request: AccessRequest }
  | {
      readonly kind: 'matrix';
      /** Undefined: all. */
      readonly namespaces?: readonly string[];
      readonly request: AccessRequest;
    };

/** A port of these groups of a workload. */
export interface ReachedPort {
  readonly workload: WorkloadRef;
  readonly port: number;
  /** What clients connect to. */
  readonly dialledPort: number;
  readonly groups: readonly PodGroup[];
}

export type ReachingClient =
  | { readonly kind: 'workload'; readonly workload: WorkloadRef }
  | { readonly kind: 'service-account'; readonly namespace: string; readonly name: string }
  | {
      readonly kind: 'described';
      readonly tls: 'none' | 'unknown' | { readonly identity: string };
      /** Empty: not known. */
      readonly address: string;
    };

/** The answers, one after the other; there are several where a Service leads to several ports. */
export function reachabilities(index: PolicyIndex, question: ReachQuestion): readonly Reachability[] {
  const { request } = question;
  switch (question.kind) {
    case 'matrix': {
      const { namespaces } = question;
      const scope = namespaces === undefined ? {} : { targets: namespaces, clients: namespaces };
      return [reachability(index, scope, request)];
    }
    case 'who':
      return question.targets.map(({ groups, ...target }) => {
        const { clients, rows } = whoCanReach(index, target, request);
        return { clients, rows: ofGroups(rows, groups) };
      });
    case 'what':
      return [whatCanReach(index, asked(question.client), request)];
  }
}

function* ofGroups(rows: Reachability['rows'], groups: readonly PodGroup[]): Generator<ReachRow> {
  for (const row of rows) {
    const meant = row.groups.filter((group) => groups.includes(group));
    if (meant.length > 0) yield { ...row, groups: meant };
  }
}

function asked(client: ReachingClient): Parameters<typeof whatCanReach>[1] {
  switch (client.kind) {
    case 'workload':
      return { workload: client.workload };
    case 'service-account':
      return { serviceAccount: { namespace: client.namespace, name: client.name } };
    case 'described': {
      const { tls, address } = client;
      return { client: { tls, address: parseAddress(address) } };
    }
  }
}
