import type { VisibleNamespaces, WorkloadRef } from '@mcp/mesh';
import { formatWorkloadRef } from '@mcp/mesh';
import { invalidRequest } from '@mcp/grpc';
import type { MeshView, PolicyIndex } from '@mcp/policy';
import { parseAddress } from '@mcp/policy';
import { type Caller, callersOf, givenCaller, serviceAccountCallers, unknownCaller } from './callers.js';
import { findNamespace, findWorkload, isInScope, mustSee } from './find-in-mesh.js';
import { notFound } from './not-found.js';
import type { ReachingClient } from './thread/policy-question.js';

/** A client as a request has it; the formats are checked. */
export interface ClientFields {
  readonly workload?: WorkloadRef;
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
  /** Empty: none. */
  readonly identity: string;
  readonly address: string;
}

export interface AskedClient {
  /** For people. */
  readonly name: string;
  readonly callers: readonly Caller[];
  /** The same for questions about many targets. */
  readonly reaching: ReachingClient;
}

/**
 * Who calls. `field`: where the request has it. Fails with INVALID_REQUEST where it is not exactly one client, and where the mesh
 * does not have it.
 */
export function askedClient(index: PolicyIndex, client: ClientFields, field: string): AskedClient {
  const { workload, serviceAccount, identity, address } = client;
  const outside = identity !== '' || address !== '';
  const given = [workload !== undefined, serviceAccount !== undefined, outside].filter(Boolean).length;
  if (given !== 1) {
    const description = 'must be exactly one of workload, service_account, and identity or address or both';
    throw invalidRequest([{ field, description }]);
  }
  if (workload !== undefined) return askedWorkload(index, workload, `${field}.workload`);
  if (serviceAccount !== undefined)
    return askedServiceAccount(index, serviceAccount, `${field}.service_account`);
  const tls = identity === '' ? 'none' : { identity };
  return {
    name: outsideName(client),
    callers: [givenCaller({ tls, address: parseAddress(address) })],
    reaching: { kind: 'described', tls, address },
  };
}

/** Fails as `mustSee` does where it is of a namespace that may not be seen. */
export function mustSeeClient(
  view: MeshView,
  visible: VisibleNamespaces | undefined,
  { workload, serviceAccount }: ClientFields,
): void {
  mustSee(view, visible, workload?.namespace, 'client.workload.namespace');
  mustSee(view, visible, serviceAccount?.namespace, 'client.service_account.namespace');
}

function askedWorkload(index: PolicyIndex, ref: WorkloadRef, field: string): AskedClient {
  const found = findWorkload(index.view, ref, field);
  if (!('outOfScope' in found))
    return {
      name: formatWorkloadRef(found.ref),
      callers: callersOf(index, found),
      reaching: { kind: 'workload', workload: found.ref },
    };
  return {
    name: formatWorkloadRef(ref),
    callers: [unknownCaller(`namespace ${found.outOfScope} is not looked at`)],
    reaching: { kind: 'described', tls: 'unknown', address: '' },
  };
}

function askedServiceAccount(
  index: PolicyIndex,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  field: string,
): AskedClient {
  const asked = {
    name: `service account ${namespace}/${name}`,
    callers: serviceAccountCallers(index, namespace, name),
    reaching: { kind: 'service-account', namespace, name } as const,
  };
  if (!isInScope(index.view, namespace)) return asked;
  const { serviceAccounts, workloads } = findNamespace(index.view, namespace, `${field}.namespace`);
  const used = workloads.flatMap(({ groups }) =>
    groups.flatMap(({ endpoint: { runsAs } }) => ('serviceAccount' in runsAs ? [runsAs.serviceAccount] : [])),
  );
  const known = [...serviceAccounts, ...used];
  if (known.includes(name)) return asked;
  throw notFound(index.view, {
    code: 'SERVICE_ACCOUNT_NOT_FOUND',
    field,
    what: `ServiceAccount ${namespace}/${name}`,
    kinds: ['ServiceAccount', 'Pod'],
    others: known.map((other) => `${namespace}/${other}`),
  });
}

function outsideName({ identity, address }: ClientFields): string {
  if (address === '') return identity;
  return identity === '' ? `plain TCP from ${address}` : `${identity} from ${address}`;
}
