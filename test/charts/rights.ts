import type { Manifest } from './helm.js';

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Role extends Manifest {
  readonly rules: readonly Rule[];
}

/** A role of a chart as it would be without a part of one rule. */
export interface Lack {
  /** What is lacking, for a person: `the right to watch pods of role linkerd-mcp:linkerd-mcp-collector`. */
  readonly what: string;
  readonly role: Role;
  /** What can no longer be done, as an access review names it. */
  readonly attributes: {
    readonly namespace?: string;
    readonly group: string;
    readonly resource: string;
    readonly name?: string;
    readonly verb: string;
  };
}

export const isRole = (manifest: Manifest): manifest is Role => /^(Cluster)?Role$/.test(manifest.kind);

/** One for each verb on each resource of each rule: as fine as a role can be cut. */
export function lacksOfRights(roles: readonly Role[]): readonly Lack[] {
  return roles.flatMap((role) =>
    role.rules.flatMap((rule, index) =>
      rule.resources.flatMap((resource) =>
        rule.verbs.map((verb) => {
          const others = rule.resources.filter((each) => each !== resource);
          const left = [
            ...(others.length === 0 ? [] : [{ ...rule, resources: others }]),
            ...(rule.verbs.length === 1
              ? []
              : [{ ...rule, resources: [resource], verbs: rule.verbs.filter((each) => each !== verb) }]),
          ];
          return lack(`the right to ${verb} ${resource}`, role, index, left, rule, resource, verb);
        }),
      ),
    ),
  );
}

/** One for each rule. */
export function lacksOfRules(roles: readonly Role[]): readonly Lack[] {
  return roles.flatMap((role) =>
    role.rules.map((rule, index) => {
      const what = `the rule about ${rule.resources.join(', ')}`;
      return lack(what, role, index, [], rule, rule.resources[0] ?? '', rule.verbs[0] ?? '');
    }),
  );
}

function lack(
  what: string,
  role: Role,
  index: number,
  left: readonly Rule[],
  { apiGroups: [group = ''], resourceNames: [name] = [] }: Rule,
  resource: string,
  verb: string,
): Lack {
  const { metadata } = role;
  const of = `${role.kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
  return {
    what: `${group === '' ? what : `${what} of ${group}`}, in ${of}${name === undefined ? '' : ` for ${name}`}`,
    role: { ...role, rules: role.rules.flatMap((rule, n) => (n === index ? left : [rule])) },
    attributes: {
      ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
      ...(name !== undefined && { name }),
      group,
      resource,
      verb,
    },
  };
}
