import type { Answer, Change, Cluster, Query, WhatIfAnswer, WhatIfCase } from './case.js';
import type { GrpcRoute, HttpRoute, RateLimit, Resource, RouteStatus } from './kubernetes-objects.js';
import { naiveAnswer } from './naive-linkerd.js';
import { rateLimitsFor } from './naive-rate-limits.js';
import { serverParents } from './naive-routes.js';
import type { Rule } from './rules.js';
import type { World } from './world.js';
import { groupOf, namespaceOf, ofKind, policyGroup, refersTo } from './world.js';

/** Later than any object that a test creates. */
const now = '2999-01-01T00:00:00Z';

const silent = () => undefined;

/** The objects with the statuses that Linkerd would write for their routes and rate limits. */
export function naiveStatuses(
  resources: readonly Resource[],
  touched: (rule: Rule) => void = silent,
): readonly Resource[] {
  // no status depends on how Linkerd was installed
  const cluster: Cluster = {
    trustDomain: '',
    controlPlaneNamespace: '',
    defaultPolicy: 'deny',
    clusterNetworks: [],
    probeNetworks: [],
  };
  const world: World = { cluster, resources, touched };
  return resources.map((resource) => {
    switch (resource.kind) {
      case 'HTTPRoute':
      case 'GRPCRoute':
        return { ...resource, status: statusOfRoute(world, resource) };
      case 'HTTPLocalRateLimitPolicy':
        return withStatus(world, resource);
      default:
        return resource;
    }
  });
}

/** One entry per parent that is a Server. */
function statusOfRoute(world: World, route: HttpRoute | GrpcRoute): RouteStatus {
  return {
    parents: serverParents(world, route).map((parent) => {
      const namespace = parent.namespace ?? namespaceOf(route);
      const reason = refusalOfParent(world, route, namespace, parent.name);
      return {
        controllerName: 'linkerd.io/policy-controller',
        parentRef: { group: policyGroup, kind: 'Server', namespace, name: parent.name },
        conditions: [
          { type: 'Accepted', status: reason === undefined ? 'True' : 'False', reason: reason ?? 'Accepted' },
        ],
      };
    }),
  };
}

/** The Server is missing; or the route is an HTTPRoute and some GRPCRoute, in whatever state, lists the Server. */
function refusalOfParent(
  world: World,
  route: HttpRoute | GrpcRoute,
  namespace: string,
  name: string,
): 'NoMatchingParent' | 'RouteReasonConflicted' | undefined {
  const isThere = ofKind(world, 'Server').some(
    (server) => namespaceOf(server) === namespace && server.metadata.name === name,
  );
  if (!isThere) {
    world.touched('status-no-server');
    return 'NoMatchingParent';
  }
  if (route.kind === 'GRPCRoute') {
    world.touched('status-grpc-accepted');
    return undefined;
  }
  const conflicted = ofKind(world, 'GRPCRoute').some((other) =>
    serverParents(world, other).some(
      (parent) => parent.name === name && (parent.namespace ?? namespaceOf(other)) === namespace,
    ),
  );
  world.touched(conflicted ? 'status-conflict' : 'status-accepted');
  return conflicted ? 'RouteReasonConflicted' : undefined;
}

/** Accepted when the Server is there and no older rate limit has it. */
function withStatus(world: World, limit: RateLimit): RateLimit {
  const { targetRef } = limit.spec;
  if (!refersTo(world, targetRef, policyGroup, 'Server')) {
    const { status: _, ...withoutStatus } = limit;
    return withoutStatus;
  }
  const reason = refusalOfRateLimit(world, limit);
  const condition = {
    type: 'Accepted',
    status: reason === undefined ? 'True' : 'False',
    reason: reason ?? 'Accepted',
  };
  return { ...limit, status: { conditions: [condition], targetRef } };
}

function refusalOfRateLimit(
  world: World,
  limit: RateLimit,
): 'NoMatchingTarget' | 'RateLimitReasonAlreadyExists' | undefined {
  const { name } = limit.spec.targetRef;
  const namespace = namespaceOf(limit);
  const isThere = ofKind(world, 'Server').some(
    (server) => namespaceOf(server) === namespace && server.metadata.name === name,
  );
  if (!isThere) {
    world.touched('status-rate-limit-no-server');
    return 'NoMatchingTarget';
  }
  const oldest = rateLimitsFor(world, namespace, name)[0] === limit;
  world.touched(oldest ? 'status-rate-limit-oldest' : 'status-rate-limit-others');
  return oldest ? undefined : 'RateLimitReasonAlreadyExists';
}

interface Key {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function isSame(a: Key, b: Key): boolean {
  return a.group === b.group && a.kind === b.kind && a.namespace === b.namespace && a.name === b.name;
}

function keyOf(resource: Resource): Key {
  const { kind, metadata } = resource;
  return { group: groupOf(resource), kind, namespace: namespaceOf(resource), name: metadata.name };
}

function aged(resource: Resource, creationTimestamp: string | undefined): Resource {
  const { creationTimestamp: _, ...metadata } = resource.metadata;
  return {
    ...resource,
    metadata: creationTimestamp === undefined ? metadata : { ...metadata, creationTimestamp },
  };
}

/** The objects after the change: a created object is of now, a replaced one keeps its age. */
export function naiveChanged(
  resources: readonly Resource[],
  change: Change,
  touched: (rule: Rule) => void = silent,
): readonly Resource[] {
  let changed = [...resources];
  for (const { apiVersion, kind, namespace, name } of change.delete) {
    const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
    changed = changed.filter((resource) => !isSame(keyOf(resource), { group, kind, namespace, name }));
    touched('what-if-delete');
  }
  for (const resource of change.apply) {
    const at = changed.findIndex((other) => isSame(keyOf(other), keyOf(resource)));
    const replaced = changed[at];
    touched(replaced === undefined ? 'what-if-new-is-youngest' : 'what-if-update-keeps-age');
    if (replaced === undefined) changed.push(aged(resource, now));
    else changed[at] = aged(resource, replaced.metadata.creationTimestamp);
  }
  return changed;
}

/** Each query before and after the change, with the statuses of either side. */
export function naiveWhatIf(
  { cluster, resources, change, queries }: Omit<WhatIfCase, 'id'>,
  touched: (rule: Rule) => void = silent,
): WhatIfAnswer[] {
  const before = naiveStatuses(resources, touched);
  const after = naiveStatuses(naiveChanged(resources, change, touched), touched);
  return queries.map((query) => {
    const answers = {
      before: naiveAnswer({ cluster, resources: before, query }, touched),
      after: naiveAnswer({ cluster, resources: after, query }, touched),
    };
    const changed = JSON.stringify(answers.before) !== JSON.stringify(answers.after);
    explainChange({ before, after, query, change, answers, changed, touched });
    return { ...answers, changed, verdictChanged: verdictOf(answers.before) !== verdictOf(answers.after) };
  });
}

function verdictOf(answer: Answer): string {
  return 'verdict' in answer ? answer.verdict : answer.error;
}

/** Only for the count of the rules: what made the difference. */
function explainChange(asked: {
  readonly before: readonly Resource[];
  readonly after: readonly Resource[];
  readonly query: Query;
  readonly change: Change;
  readonly answers: { readonly before: Answer; readonly after: Answer };
  readonly changed: boolean;
  readonly touched: (rule: Rule) => void;
}): void {
  const { change, answers, changed, touched } = asked;
  const namespace = (asked.query.pod ?? asked.query.externalWorkload ?? '').split('/')[0];
  const concerned = [
    ...change.apply.map((resource) => ({ kind: resource.kind, namespace: namespaceOf(resource) })),
    ...change.delete,
  ];
  if (
    changed &&
    concerned.every((object) => object.kind.endsWith('Authentication') && object.namespace !== namespace)
  ) {
    touched('what-if-elsewhere');
  }
  if (concerned.every(({ kind }) => kind === 'Namespace') && !changed) touched('what-if-namespace');
  if ('route' in answers.before && answers.before.route === 'default:probe') {
    if ('route' in answers.after && answers.after.route !== 'default:probe') touched('what-if-first-route');
  }
  const statusesOf = (resources: readonly Resource[]) =>
    new Map(
      resources.map((resource) => [
        JSON.stringify(keyOf(resource)),
        JSON.stringify('status' in resource ? resource.status : null),
      ]),
    );
  const stored = statusesOf(asked.before);
  if ([...statusesOf(asked.after)].some(([key, status]) => (stored.get(key) ?? status) !== status)) {
    touched('what-if-status');
  }
}
