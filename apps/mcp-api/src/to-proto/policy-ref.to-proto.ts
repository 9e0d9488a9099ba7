import type { ObjectKey, PolicyRef } from '@mcp/contracts';
import type { AuthorizationRef, RouteRef, ServerRef } from '@mcp/policy';

export function policyRefToProto(ref: ServerRef | RouteRef | AuthorizationRef): PolicyRef {
  return ref.kind === 'default'
    ? { ref: { $case: 'builtIn', builtIn: ref.name } }
    : { ref: { $case: 'object', object: objectKeyToProto(ref) } };
}

export function objectKeyToProto({
  kind,
  namespace,
  name,
}: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}): ObjectKey {
  return { kind, namespace, name };
}
