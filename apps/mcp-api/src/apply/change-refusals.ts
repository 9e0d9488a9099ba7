import type { ApplyDecision, DesiredKey, DesiredStates } from '@mcp/desired-state';
import { isLive } from '@mcp/desired-state';
import type { DesiredState } from '@mcp/events';
import { CallRefused } from '@mcp/grpc';
import { renderObject } from '@mcp/linkerd';
import { formatResourceKey } from '@mcp/mesh';
import { manifestFact, withManifest } from './manifest-in-answer.js';

/** What a caller is told where a change is decided against. */
export function refusalOf(
  { code, message, revision }: Extract<ApplyDecision, { decision: 'refused' }>,
  key: DesiredKey,
  asked: { readonly idempotencyKey: string; readonly id: string },
): CallRefused {
  const facts = { subject: formatResourceKey(key), revision: String(revision) };
  switch (code) {
    case 'STALE_REVISION':
      return new CallRefused('REVISION_MISMATCH', message, { facts });
    case 'NOTHING_TO_WITHDRAW':
      return new CallRefused('NOTHING_TO_WITHDRAW', message, { facts });
    case 'NAMESPACE_UNKNOWN':
      return namespaceNotFound(key.namespace, `${message}; create it first`);
    case 'NAMESPACE_OUT_OF_SCOPE':
      return namespaceNotFound(key.namespace, message);
    case 'CHANGE_ID_REUSED':
      return keyReused(asked.idempotencyKey, asked.id);
  }
}

export function writesDisabled(): CallRefused {
  return new CallRefused(
    'WRITES_DISABLED',
    'this API takes no changes, as MCP_WRITES=disabled says; who runs it may set MCP_WRITES=enabled, with MCP_AUTH=kubernetes or token-file. A dry run is answered',
    { facts: { setting: 'MCP_WRITES' } },
  );
}

export function keyReused(idempotencyKey: string, id: string): CallRefused {
  return new CallRefused(
    'KEY_REUSED',
    `the idempotency key "${idempotencyKey}" was used for another request, which became change ${id}; choose a new key`,
    { facts: { first_change: id } },
  );
}

/** `next`: how its caller finds out. */
export function outcomeUnknown(
  next: string,
  facts: Readonly<Record<string, string>>,
  cause: unknown,
): CallRefused {
  return new CallRefused(
    'OUTCOME_UNKNOWN',
    `the request may or may not be recorded, since the log did not answer; ${next}`,
    { facts, cause },
  );
}

/** What cannot come true is not recorded; manifests need not have the namespace either, so this is said first. */
export function mustBeCluster(
  { source }: DesiredStates,
  { key, spec }: Pick<DesiredState, 'key' | 'spec'>,
): void {
  if (source?.source !== 'manifests') return;
  const facts = { subject: formatResourceKey(key) };
  const why = `the mesh is read from manifests in ${source.id}, which nothing is applied to`;
  if (spec === undefined)
    throw new CallRefused('NOT_A_CLUSTER', `${why}; remove ${facts.subject} there instead`, { facts });
  // JSON is YAML, and takes the least of what the headers of an answer may hold
  const manifest = JSON.stringify(renderObject({ key, spec }));
  throw new CallRefused('NOT_A_CLUSTER', withManifest(`${why}; commit it there instead`, manifest), {
    facts: { ...facts, ...manifestFact(manifest) },
  });
}

/** A namespace that is not known may exist while the list of namespaces is not live; so nothing is concluded, and nothing recorded. */
export function mustKnowNamespace(states: DesiredStates, namespace: string): void {
  if (states.scope !== 'all' || isLive(states, 'Namespace') || states.namespaces.has(namespace)) return;
  throw new CallRefused(
    'SOURCE_NOT_LIVE',
    `whether there is a namespace ${namespace} is not known: the list of namespaces is not live`,
    { facts: { subject: 'Namespace', namespace } },
  );
}

function namespaceNotFound(namespace: string, message: string): CallRefused {
  const violations = [{ field: 'namespace', description: message }];
  return new CallRefused('NAMESPACE_NOT_FOUND', message, { facts: { namespace }, violations });
}
