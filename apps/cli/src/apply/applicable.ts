import type { ManifestObjects } from '@mcp/manifests';
import { validate } from '@mcp/policy';
import { CannotRun } from '../exit-code.js';

/** An AuthorizationPolicy, as the API takes it. */
export interface ApplicablePolicy {
  readonly namespace: string;
  readonly name: string;
  readonly jsonSpec: string;
  readonly where: string;
}

/**
 * The policies of manifests that hold nothing else. Fails with `CannotRun` where anything among them could not be applied, so that
 * nothing is applied by half.
 */
export function applicablePolicies({ objects, notObjects }: ManifestObjects): readonly ApplicablePolicy[] {
  const [notObject] = notObjects;
  if (notObject !== undefined)
    throw new CannotRun(`nothing is applied: there are ${notObject} among the manifests`);
  if (objects.length === 0) throw new CannotRun('nothing is applied: there is no object in the manifests');
  return objects.map(({ group, kind, raw, where }) => {
    const { namespace = '', name } = raw['metadata'] as {
      readonly namespace?: string;
      readonly name: string;
    };
    if (group !== 'policy.linkerd.io' || kind !== 'AuthorizationPolicy')
      throw new CannotRun(
        `nothing is applied: ${where}: ${kind} ${name} is no AuthorizationPolicy of policy.linkerd.io; use kubectl or your GitOps tool for it`,
      );
    const validation = validate(raw);
    if (!validation.judged) throw new CannotRun(`nothing is applied: ${where}: ${validation.message}`);
    const [violation] = validation.violations;
    if (violation !== undefined)
      throw new CannotRun(
        `nothing is applied: ${where}: a cluster would refuse ${namespace}/${name}: ${violation.message}`,
      );
    return { namespace, name, jsonSpec: JSON.stringify(raw['spec']), where };
  });
}
