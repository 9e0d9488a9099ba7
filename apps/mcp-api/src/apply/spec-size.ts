import type { DesiredState } from '@mcp/events';
import { invalidRequest } from '@mcp/grpc';

/** No object of policy is longer: it becomes an event, a question to the reconciler, and one to the API server. */
export const longestSpec = 64 * 1024;

/** The spec, which may come from much less text. Fails with INVALID_REQUEST, naming the field that it came from. */
export function ofFairSize<Spec extends DesiredState['spec']>(spec: Spec, field: string): Spec {
  if (JSON.stringify(spec).length <= longestSpec) return spec;
  const description = `comes to a spec of more than ${longestSpec} characters as JSON; make several objects of it`;
  throw invalidRequest([{ field, description }]);
}
