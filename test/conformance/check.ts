import { canonicalJson, deepEqual, policyKinds } from '@mcp/mesh';
import type { AppliedObject, MeshView, PolicyKey, ViewChange } from '@mcp/policy';
import { validate, whatIf, withComputedStatuses } from '@mcp/policy';
import { answerTo } from './answer.js';
import type {
  AdmissionCase,
  Answer,
  BoundaryCase,
  Corpus,
  DecisionCase,
  Part,
  Query,
  RawObject,
  WhatIfCase,
} from './corpus.js';
import { faultOf } from './corpus.js';
import { meshOf, observedObject } from './situation.js';

/** One line's worth: what a case expects, and what came. */
export interface Check {
  readonly id: string;
  readonly expected: unknown;
  readonly got: unknown;
  readonly passed: boolean;
}

/** Every case, through the functions that the API answers with. A case that cannot be asked fails; it does not end the run. */
export function* checksOf(corpus: Corpus): Generator<Check> {
  yield* asEach('decision', corpus.decision, checkDecision);
  yield* asEach('boundary', corpus.boundary, checkBoundary);
  yield* asEach('whatIf', corpus.whatIf, checkWhatIf);
  yield* asEach('admission', corpus.admission, checkAdmission);
}

function* asEach<Case extends { readonly id: string }>(
  part: Part,
  cases: readonly Case[] = [],
  check: (asked: Case) => Compared,
): Generator<Check> {
  for (const [index, asked] of cases.entries()) {
    const fault = faultOf(part, asked);
    const id = isNamed(asked) ? asked.id : `${part}[${index}]`;
    if (fault === undefined) yield attempt(id, () => check(asked));
    else yield { id, expected: 'a case', got: `not understood: ${fault}`, passed: false };
  }
}

/** Whatever the types say, it was read from a file. */
function isNamed(asked: unknown): asked is { readonly id: string } {
  return typeof asked === 'object' && asked !== null && 'id' in asked && typeof asked.id === 'string';
}

type Compared = Omit<Check, 'id'>;

function attempt(id: string, check: () => Compared): Check {
  try {
    return { id, ...check() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, expected: 'an answer', got: `failed: ${message}`, passed: false };
  }
}

function checkDecision({ cluster, resources, query, expect }: DecisionCase): Compared {
  const got = answerTo(meshOf(cluster, resources), query);
  return { expected: expect, got, passed: agrees(expect, got) };
}

function checkBoundary({ cluster, resources, query, expect }: BoundaryCase): Compared {
  const got = answerTo(meshOf(cluster, resources), query);
  return { expected: expect, got, passed: deepEqual(got, expect) };
}

/** Cases have no statuses: what the policy controller would have written is computed before, as it is after the change. */
export function answersToWhatIf({ cluster, resources, change }: WhatIfQuestion, queries: readonly Query[]) {
  const before = withComputedStatuses(meshOf(cluster, resources));
  const changed = whatIf(before, changeOf(cluster, change), Date.parse('2026-01-01T00:00:00Z'));
  if ('refused' in changed) throw new Error(`refused: ${canonicalJson(changed.refused)}`);
  return queries.map((query) => {
    const [earlier, later] = [answerTo(before, query), answerTo(changed.view, query)];
    return {
      before: earlier,
      after: later,
      changed: !deepEqual(earlier, later),
      verdictChanged: verdictOf(earlier) !== verdictOf(later),
    };
  });
}

type WhatIfQuestion = Pick<WhatIfCase, 'cluster' | 'resources' | 'change'>;

function checkWhatIf(asked: WhatIfCase): Compared {
  const expected = asked.queries.map(({ query: _, ...expectation }) => expectation);
  const got = answersToWhatIf(
    asked,
    asked.queries.map(({ query }) => query),
  );
  const passed = got.every((answer, index) => {
    const wanted = expected[index];
    return (
      wanted !== undefined &&
      agrees(wanted.before, answer.before) &&
      agrees(wanted.after, answer.after) &&
      wanted.changed === answer.changed &&
      wanted.verdictChanged === answer.verdictChanged
    );
  });
  return { expected, got, passed };
}

/** A question that policy does not answer has no verdict, and the reason stands in for it. */
function verdictOf(answer: ReturnType<typeof answerTo>): string {
  if ('verdict' in answer) return answer.verdict;
  return 'error' in answer ? answer.error : answer.unknown;
}

function checkAdmission({ resource, expect, layer }: AdmissionCase): Compared {
  const validation = validate(resource);
  const violations = validation.judged ? validation.violations : [];
  const layers = new Set(violations.map((violation) => (violation.layer === 'schema' ? 'crd' : 'webhook')));
  const wanted = layer === undefined ? [] : layer.split('+');
  const got = violations.map(({ layer: by, code, field }) => `${by}: ${code} ${field}`);
  const passed =
    expect === 'accept'
      ? layers.size === 0
      : layers.size > 0 && wanted.every((name) => layers.has(name as 'crd' | 'webhook'));
  return { expected: layer === undefined ? expect : `${expect} by ${layer}`, got, passed };
}

/** What a case leaves out is not asked. Where Linkerd's own choice is undefined, its canonical one is still expected. */
function agrees(expected: Answer, got: object): boolean {
  const { authorizedByAnyOf, verdictAnyOf, ...fields } = expected;
  const answer = got as Readonly<Record<string, unknown>>;
  const sameSet = (wanted: readonly unknown[] | undefined, given: unknown): boolean =>
    wanted === undefined || (Array.isArray(given) && deepEqual(sorted(wanted), sorted(given)));
  return (
    Object.entries(fields).every(([name, value]) => deepEqual(answer[name] ?? null, value)) &&
    sameSet(authorizedByAnyOf, answer['authorizedByAnyOf']) &&
    sameSet(verdictAnyOf, answer['verdictAnyOf'])
  );
}

function sorted(values: readonly unknown[]): readonly string[] {
  return values.map((value) => canonicalJson(value)).sort();
}

function changeOf(cluster: WhatIfCase['cluster'], change: WhatIfCase['change']): ViewChange {
  return {
    apply: change.apply.map((raw) => appliedObject(cluster, raw)),
    delete: change.delete.map(({ apiVersion, kind, namespace, name }): PolicyKey => {
      const observed = observedObject({ apiVersion, kind, metadata: { namespace, name } })?.kind;
      const deleted = policyKinds.find((policyKind) => policyKind === observed);
      if (deleted === undefined) throw new Error(`${kind} ${namespace}/${name} is no policy object`);
      return { kind: deleted, namespace, name };
    }),
  };
}

/** A pod is applied as the workload that it is, and so is an external one. */
function appliedObject(cluster: WhatIfCase['cluster'], raw: RawObject): AppliedObject {
  const { namespace = '', name } = raw.metadata;
  if (raw.kind === 'Pod' || raw.kind === 'ExternalWorkload') {
    const view: MeshView = meshOf(cluster, [raw]);
    const [state] = view.namespaces.get(namespace)?.workloads ?? [];
    if (state === undefined) throw new Error(`${raw.kind} ${namespace}/${name} cannot be read`);
    return { kind: 'Workload', state };
  }
  const observed = observedObject(raw);
  if (observed === undefined || !('state' in observed))
    throw new Error(`${raw.kind} ${namespace}/${name} cannot be read`);
  return observed as AppliedObject;
}
