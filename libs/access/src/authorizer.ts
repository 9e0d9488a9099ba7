import type { Actor } from '@mcp/events';
import { VisibleNamespaces } from '@mcp/mesh';
import type { Deed } from '@mcp/sources';

/** Says what a caller may do. */
export interface Authorizer {
  /** Fails with `NotAllowed`, for the first deed that the actor may not do, or with `AccessUnknown`. */
  mustBeAllowed(actor: Actor, deeds: readonly Deed[]): Promise<void>;
}

/** Says as well where a caller may do something. */
export interface NamespaceAuthorizer extends Authorizer {
  /**
   * Those of the namespaces in which the actor may do the deed, or all there will ever be. `namespaces` is asked for only where
   * there is no right to all. Fails with `AccessUnknown`, and as `namespaces` does.
   */
  whereAllowed(
    actor: Actor,
    deed: DeedSomewhere,
    namespaces: () => Iterable<string>,
  ): Promise<VisibleNamespaces>;
}

/** A deed that is allowed in one namespace and not in another. */
export type DeedSomewhere = Omit<Deed, 'namespace' | 'name'>;

/** The actor lacks a right. The message says which, and what would give it. */
export class NotAllowed extends Error {
  readonly code = 'PERMISSION_DENIED';
  /** For programs. */
  readonly facts: Readonly<Record<string, string>>;
  constructor(
    actor: Actor,
    readonly deed: Deed,
    /** What the API server said, often nothing. */
    readonly reason: string,
  ) {
    const { verb, group, resource, namespace } = deed;
    super(`${actor.name} may not ${inWords(deed)}${reason === '' ? '' : ` (${reason})`}; ${remedy(deed)}`);
    this.facts = { verb, group, resource, ...(namespace !== undefined && { namespace }) };
  }
}

/** Whoever is let in may do everything. */
export const everyoneMay: NamespaceAuthorizer = {
  mustBeAllowed: async () => undefined,
  whereAllowed: async () => VisibleNamespaces.all,
};

function inWords({ verb, namespace, name, ...deed }: Deed): string {
  const where = namespace === undefined ? 'in all namespaces' : `in namespace ${namespace}`;
  return `${verb} ${resourceOf(deed)}${name === undefined ? '' : ` "${name}"`} ${where}`;
}

function remedy({ verb, namespace, ...deed }: Deed): string {
  const rule = `the verb ${verb} on ${resourceOf(deed)}`;
  return namespace === undefined
    ? `a ClusterRole with ${rule}, bound by a ClusterRoleBinding, would allow it`
    : `a Role in ${namespace} with ${rule}, or a ClusterRole bound there, would allow it`;
}

function resourceOf({ group, resource }: Pick<Deed, 'group' | 'resource'>): string {
  return group === '' ? resource : `${resource}.${group}`;
}
