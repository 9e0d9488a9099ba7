import type { StagedServer } from '@mcp/events';
import { CallRefused } from '@mcp/grpc';
import type { VisibleNamespaces } from '@mcp/mesh';
import { impactInGeneral } from '../apply/accepted-impact.js';
import type { AssessedChange, ChangeImpact } from '../apply/change-impact.js';
import type { ChangeWish, ObjectWish, PlannedStaging } from '../apply/change-wish.js';
import type { SeenTraffic } from './seen-traffic.js';

/** In milliseconds; 0: not. */
export interface AskedStaging {
  readonly auditForMs: number;
  readonly undoOnDenialsForMs: number;
}

/** What is to be applied first, and what both steps come to. */
export interface AssessedPlan extends AssessedChange {
  readonly staged?: PlannedStaging;
}

/** Plans how a change goes on by itself. */
export class StagedPlan {
  constructor(
    private readonly impact: Pick<ChangeImpact, 'assess'>,
    private readonly traffic: Pick<SeenTraffic, 'unseen'>,
  ) {}

  /**
   * As `ChangeImpact.assess`, of all that is to follow. Fails with TRAFFIC_NOT_SEEN where denials could not be seen, NOTHING_TO_AUDIT where no
   * Server is to deny, and AUDIT_WOULD_OPEN where a Server that only audits would let somebody in who is kept out now.
   */
  async assess(
    objects: ChangeWish['objects'],
    { staging, visible }: { readonly staging: AskedStaging | undefined; readonly visible: VisibleNamespaces },
    signal: AbortSignal,
  ): Promise<AssessedPlan> {
    const whole = await this.impact.assess(objects, signal, { inShort: false });
    if (staging === undefined) return whole;
    const { auditForMs, undoOnDenialsForMs } = staging;
    await this.#mustSeeTraffic();
    const watch = undoOnDenialsForMs > 0 && { undoOnDenialsForMs };
    if (auditForMs === 0) return watch ? { ...whole, staged: watch } : whole;
    const then = objects.filter(isDenying).map(({ key, spec }) => ({ key, spec }));
    if (then.length === 0) throw nothingToAudit();
    const first = await this.impact.assess(auditing(objects), signal);
    const opens = first.impacts.find(({ code }) => code === 'OPENS_TO_EVERYONE');
    if (opens !== undefined)
      throw auditWouldOpen(visible.areAll ? opens.message : impactInGeneral[opens.code]);
    return {
      ...whole,
      objects: first.objects,
      impacts: [
        ...whole.impacts,
        ...first.impacts.filter((one) => !whole.impacts.some((two) => isSame(one, two))),
      ],
      staged: { audit: { forMs: auditForMs, then, impacts: whole.impacts }, ...watch },
    };
  }

  async #mustSeeTraffic(): Promise<void> {
    const why = await this.traffic.unseen();
    if (why === undefined) return;
    throw new CallRefused(
      'TRAFFIC_NOT_SEEN',
      `who is denied cannot be seen now, so that nothing can follow from it: ${why}; ask again when traffic is seen, or without staging`,
      { facts: { subject: 'staging' } },
    );
  }
}

type DenyingServer = ObjectWish & StagedServer;

function isDenying(wish: ObjectWish): wish is DenyingServer {
  return wish.key.kind === 'Server' && wish.spec !== undefined && 'accessPolicy' in wish.spec
    ? wish.spec.accessPolicy === 'deny'
    : false;
}

function auditing([first, ...more]: ChangeWish['objects']): ChangeWish['objects'] {
  const audited = (wish: ObjectWish): ObjectWish =>
    isDenying(wish) ? { ...wish, spec: { ...wish.spec, accessPolicy: 'audit' } } : wish;
  return [audited(first), ...more.map(audited)];
}

function isSame(a: AssessedChange['impacts'][number], b: AssessedChange['impacts'][number]): boolean {
  return a.code === b.code && a.digest === b.digest;
}

function nothingToAudit(): CallRefused {
  return new CallRefused(
    'NOTHING_TO_AUDIT',
    'no Server of the change is to deny (accessPolicy deny, or none), so none can audit first; put the Server into the change, or plan it without an audit',
    { facts: { subject: 'staging.audit_seconds' } },
  );
}

function auditWouldOpen(message: string): CallRefused {
  return new CallRefused(
    'AUDIT_WOULD_OPEN',
    `a Server that only audits lets everybody in, and here somebody is kept out now: ${message}; plan it without an audit`,
    { facts: { subject: 'staging.audit_seconds' } },
  );
}
