import type {
  BackendReference,
  HttpRouteMatch,
  HttpRouteRule,
  HttpRouteSpec,
  ParentReference,
} from '@mcp/contracts';
import type { DesiredState } from '@mcp/events';
import { invalidRequest } from '@mcp/grpc';
import { filterContentField, gatewayGroup, readRequestedSpec } from '@mcp/linkerd';
import { fieldInMessage } from './requested-spec.js';
import { ofFairSize } from './spec-size.js';

export interface RequestedRoute {
  readonly namespace: string;
  readonly name: string;
  /** That of the two kinds of HTTPRoute. */
  readonly group: string;
  readonly spec: HttpRouteSpec | undefined;
}

/** The route that a request asks for. Fails with INVALID_REQUEST, naming every field that is wrong. */
export function requestedRoute({
  namespace,
  name,
  group,
  spec,
}: RequestedRoute): Pick<DesiredState, 'key' | 'spec'> {
  const kind = group === gatewayGroup ? 'GatewayHTTPRoute' : 'HTTPRoute';
  if (spec === undefined) throw invalidRequest([{ field: 'spec', description: 'must be given' }]);
  const open = [...spec.parentRefs.flatMap(openParent), ...spec.rules.flatMap(openWeights)];
  if (open.length > 0) throw invalidRequest(open);
  const read = readRequestedSpec({ kind, namespace }, asManifest(spec));
  if ('spec' in read) return { key: { kind, namespace, name }, spec: ofFairSize(read.spec, 'spec') };
  throw invalidRequest(
    read.problems.map((problem) => ({ field: fieldInMessage(problem), description: problem.message })),
  );
}

type Violation = Parameters<typeof invalidRequest>[0][number];

/** A parent that could be another than was meant: the schema would make a Gateway of one without a kind. */
function openParent({ group, kind }: ParentReference, index: number): Violation[] {
  const field = `spec.parent_refs[${index}]`;
  if (kind === '') return [{ field: `${field}.kind`, description: 'is required' }];
  if (group !== '' || kind === 'Service') return [];
  const description = `is required, since ${kind} is not of the core group`;
  return [{ field: `${field}.group`, description }];
}

/** In a message a weight that is not set is 0, which would send nothing. */
function openWeights({ backendRefs }: HttpRouteRule, rule: number): Violation[] {
  return backendRefs.flatMap(({ weight }, index) =>
    weight > 0
      ? []
      : [
          {
            field: `spec.rules[${rule}].backend_refs[${index}].weight`,
            description:
              'must be 1 or more: 0 is not told from a weight that is not set; ApplyObject takes it',
          },
        ],
  );
}

/** As the object's manifest has it: what is empty is left out, but for the group of a parent, since the schema would fill in another. */
function asManifest({ parentRefs, hostnames, rules }: HttpRouteSpec): unknown {
  return {
    parentRefs: parentRefs.map(({ group, ...parent }) => ({ group, ...withoutEmpty(parent) })),
    ...withoutEmpty({ hostnames, rules: rules.map(ruleOf) }),
  };
}

function ruleOf(rule: HttpRouteRule): object {
  const timeouts = withoutEmpty({ request: rule.requestTimeout, backendRequest: rule.backendRequestTimeout });
  return withoutEmpty({
    matches: rule.matches.map(matchOf),
    filters: rule.filters.map(filterOf),
    backendRefs: rule.backendRefs.map((backend: BackendReference) => withoutEmpty(backend)),
    ...(Object.keys(timeouts).length > 0 && { timeouts }),
  });
}

function filterOf({ type, detail }: { readonly type: string; readonly detail?: unknown }): object {
  return { type, ...(detail !== undefined && { [filterContentField(type)]: detail }) };
}

function matchOf({ pathType, path, headers, queryParams, method }: HttpRouteMatch): object {
  const byPath = withoutEmpty({ type: pathType, value: path });
  return withoutEmpty({
    ...(Object.keys(byPath).length > 0 && { path: byPath }),
    headers: headers.map(withoutEmpty),
    queryParams: queryParams.map(withoutEmpty),
    method,
  });
}

function withoutEmpty(fields: object): Readonly<Record<string, unknown>> {
  const isSet = (value: unknown): boolean =>
    value !== '' && value !== undefined && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => isSet(value)));
}
