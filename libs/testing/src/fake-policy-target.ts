import type { DesiredPresence, DesiredState } from '@mcp/events';
import { deepEqual, formatResourceKey, type FieldOwner, type ResourceKey } from '@mcp/mesh';
import {
  TargetUnavailable,
  type ApplyAnswer,
  type DeleteAnswer,
  type LiveObject,
  type PolicyApply,
  type PolicyDeletion,
  type PolicyTarget,
} from '@mcp/sources';

type Spec = DesiredPresence['spec'];

interface StoredPolicy {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly spec: Spec;
  readonly unmodelled?: readonly string[];
  readonly change?: { readonly id: string; readonly revision: number };
  readonly gitOps?: string;
  readonly readable: boolean;
  /** Managers by field. */
  readonly owners: ReadonlyMap<string, ReadonlySet<string>>;
}

const ownManager = 'linkerd-mcp';

/**
 * Objects of the managed kinds in memory, applied to as to an API server; passes the contract of policy targets.
 *
 * Known lies: specs are kept in our vocabulary, whose names owners and conflicts have; no admission but a limit on the name and the rejections that a test asks for; no default values; a manager
 * either owns a field or not, whatever the operation; answers come at once and in order.
 */
export class FakePolicyTarget implements PolicyTarget {
  /** While set, the target cannot be asked. */
  unavailable: { readonly retryAfterMs?: number } | undefined;
  /** The next apply or deletion that is no dry run happens, but its answer is lost. */
  loseNextAnswer = false;
  /** How every apply is answered that would otherwise be accepted, dry runs included. */
  rejection: { readonly status: number; readonly message: string } | undefined;
  /** What a dry run finds that would not be as desired. */
  differing: readonly string[] = [];
  /** Called before each apply and each deletion that is no dry run: what happens in the cluster at that moment. */
  beforeApply: (write: PolicyApply | PolicyDeletion) => void = () => undefined;

  readonly #policies = new Map<string, StoredPolicy>();
  #version = 0;

  constructor(readonly namespaces: Set<string> = new Set(['shop'])) {}

  async live(key: DesiredState['key']): Promise<LiveObject | undefined> {
    this.#mustAnswer(`read ${formatResourceKey(key)}`);
    const policy = this.#policies.get(formatResourceKey(key));
    if (policy === undefined) return undefined;
    const { uid, resourceVersion, spec, unmodelled, change, gitOps, readable, owners } = policy;
    return {
      uid,
      resourceVersion,
      spec: readable ? spec : undefined,
      ...(unmodelled === undefined ? {} : { unmodelled }),
      fieldOwners: fieldOwners(owners),
      ...(change === undefined ? {} : { change }),
      ...(gitOps === undefined ? {} : { gitOps }),
    };
  }

  async apply(apply: PolicyApply): Promise<ApplyAnswer> {
    const { desired, revision, dryRun } = apply;
    const id = formatResourceKey(desired.key);
    this.#mustAnswer(`apply ${id}`);
    if (!dryRun) this.beforeApply(apply);
    const before = this.#policies.get(id);
    const refusal = this.#refusal(apply, before);
    if (refusal !== undefined) return refusal;
    const change = { id: desired.changeId, revision };
    const modified = !deepEqual([before?.spec, before?.change], [desired.spec, change]);
    const after: StoredPolicy = {
      uid: before?.uid ?? `uid-${this.#version + 1}`,
      resourceVersion: before !== undefined && !modified ? before.resourceVersion : this.#next(dryRun),
      spec: desired.spec,
      change,
      ...(before?.gitOps === undefined ? {} : { gitOps: before.gitOps }),
      readable: true,
      owners: withOwner(
        before === undefined ? new Map() : withoutOwners(before, conflictsOf(before, desired.spec)),
        Object.keys(fieldsOf(desired.spec)),
        ownManager,
      ),
    };
    if (!dryRun) this.#policies.set(id, after);
    if (!dryRun) this.#mayLoseAnswer(`apply ${id}`);
    const { uid, resourceVersion } = after;
    return { answer: 'applied', uid, resourceVersion, modified };
  }

  async delete(deletion: PolicyDeletion): Promise<DeleteAnswer> {
    const { key, live, dryRun } = deletion;
    const id = formatResourceKey(key);
    this.#mustAnswer(`delete ${id}`);
    if (!dryRun) this.beforeApply(deletion);
    const before = this.#policies.get(id);
    if (before?.resourceVersion !== live.resourceVersion || before.uid !== live.uid)
      return { answer: 'stale' };
    if (this.rejection !== undefined) return { answer: 'rejected', ...this.rejection };
    const { uid, resourceVersion } = before;
    if (!dryRun) this.#policies.delete(id);
    if (!dryRun) this.#mayLoseAnswer(`delete ${id}`);
    return { answer: 'applied', uid, resourceVersion, modified: true };
  }

  /** Another manager writes the object, and takes the fields whose value it changes. */
  put(
    key: ResourceKey,
    spec: Spec,
    options: {
      readonly manager?: string;
      readonly gitOps?: string;
      readonly change?: { readonly id: string; readonly revision: number };
      readonly readable?: boolean;
      readonly unmodelled?: readonly string[];
    } = {},
  ): void {
    const id = formatResourceKey(key);
    const { manager = 'kubectl-edit', readable = true, unmodelled } = options;
    const before = this.#policies.get(id);
    const old = before === undefined ? {} : fieldsOf(before.spec);
    const changed = Object.entries(fieldsOf(spec)).filter(([field, value]) => !deepEqual(old[field], value));
    const owners = new Map(before?.owners);
    for (const [field] of changed) owners.set(field, new Set([manager]));
    const gitOps = options.gitOps ?? before?.gitOps;
    const change = options.change ?? before?.change;
    this.#policies.set(id, {
      uid: before?.uid ?? `uid-${this.#version + 1}`,
      resourceVersion: this.#next(false),
      spec,
      ...(unmodelled === undefined ? {} : { unmodelled }),
      ...(change === undefined ? {} : { change }),
      ...(gitOps === undefined ? {} : { gitOps }),
      readable,
      owners,
    });
  }

  remove(key: ResourceKey): void {
    this.#policies.delete(formatResourceKey(key));
  }

  #refusal(
    { desired, live, dryRun, force = false }: PolicyApply,
    before: StoredPolicy | undefined,
  ): ApplyAnswer | undefined {
    const { namespace, name } = desired.key;
    if (!this.namespaces.has(namespace))
      return { answer: 'rejected', status: 404, message: `namespaces "${namespace}" not found` };
    if (name.length > 253)
      return {
        answer: 'rejected',
        status: 422,
        message: 'metadata.name: must be no more than 253 characters',
      };
    if (before?.resourceVersion !== live?.resourceVersion || before?.uid !== live?.uid)
      return { answer: 'stale' };
    const conflicts = before === undefined || force ? [] : conflictsOf(before, desired.spec);
    if (conflicts.length > 0) return { answer: 'conflict', conflicts };
    if (dryRun && this.differing.length > 0) return { answer: 'differs', fields: this.differing };
    return this.rejection === undefined ? undefined : { answer: 'rejected', ...this.rejection };
  }

  #mustAnswer(attempted: string): void {
    if (this.unavailable !== undefined)
      throw new TargetUnavailable(attempted, this.unavailable.retryAfterMs, undefined);
  }

  #mayLoseAnswer(attempted: string): void {
    if (!this.loseNextAnswer) return;
    this.loseNextAnswer = false;
    throw new TargetUnavailable(attempted, undefined, undefined);
  }

  #next(dryRun: boolean): string {
    if (!dryRun) this.#version += 1;
    return String(this.#version);
  }
}

/** The fields that have owners: each scalar, and a list as a whole. */
function fieldsOf(spec: Spec): Record<string, unknown> {
  return Object.fromEntries(leavesOf(spec, 'spec'));
}

function leavesOf(value: unknown, path: string): [string, unknown][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, field]) => leavesOf(field, `${path}.${name}`));
}

/** The fields that we would change and others own. */
function conflictsOf(before: StoredPolicy, spec: Spec): { manager: string; field: string }[] {
  const old = fieldsOf(before.spec);
  return Object.entries(fieldsOf(spec))
    .filter(([field, value]) => !deepEqual(old[field], value))
    .flatMap(([field]) =>
      [...(before.owners.get(field) ?? [])]
        .filter((manager) => manager !== ownManager)
        .map((manager) => ({ manager, field })),
    );
}

/** Those from whom fields are taken lose them. */
function withoutOwners(
  { owners }: StoredPolicy,
  taken: readonly { readonly field: string }[],
): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map([...owners].filter(([field]) => !taken.some((one) => one.field === field)));
}

function withOwner(
  owners: ReadonlyMap<string, ReadonlySet<string>>,
  fields: readonly string[],
  manager: string,
): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map([
    ...owners,
    ...fields.map((field) => [field, new Set([...(owners.get(field) ?? []), manager])] as const),
  ]);
}

function fieldOwners(owners: ReadonlyMap<string, ReadonlySet<string>>): readonly FieldOwner[] {
  const managers = new Set<string>();
  for (const each of owners.values()) for (const manager of each) managers.add(manager);
  return [...managers].map((manager) => ({
    manager,
    operation: manager === ownManager ? 'Apply' : 'Update',
    paths: [...owners].filter(([, each]) => each.has(manager)).map(([field]) => field),
  }));
}
