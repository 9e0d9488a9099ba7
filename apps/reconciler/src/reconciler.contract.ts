import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { everyoneMay, NotAllowed, type Authorizer } from '@mcp/access';
import {
  decideApply,
  decideSet,
  desiredStatesFold,
  changeView,
  type ChangeView,
  type DesiredStates,
  type DryRunQuestion,
  type SetCommand,
} from '@mcp/desired-state';
import {
  dryRunTopic,
  EmbeddedRequestBoard,
  OutcomeUnknown,
  PositionLost,
  type Append,
  type Appended,
  type EventLog,
} from '@mcp/event-log';
import {
  objectSubject,
  sourceSubject,
  type Actor,
  type AnyRecordedEvent,
  type Correction,
  type DesiredPresence,
  type DesiredState,
  type EventData,
  type SourceIdentity,
} from '@mcp/events';
import { Metrics, silentLogger, SoleLeader, untraced, type Leadership } from '@mcp/runtime';
import { AccessUnknown, type Deed, type LiveObject, type PolicyTarget } from '@mcp/sources';
import { FakePolicyTarget } from '@mcp/testing';
import { managedSpecs } from '../../../libs/sources/test/managed-specs.js';
import { systemClock, type Clock } from './clock.js';
import { ProjectedView } from './projected-view.js';
import { Reconciler } from './reconciler.js';
import { ReconcilerMetrics } from './reconciler.metrics.js';

type Key = DesiredState['key'];
type Spec = DesiredPresence['spec'];

const web: Key = { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'web' };
const ada: Actor = { name: 'ada', provenBy: 'token' };
const cluster: SourceIdentity = { source: 'kubernetes', id: 'uid-of-kube-system' };

function specTo(server: string): Spec {
  return {
    targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: server },
    requiredAuthenticationRefs: [],
  };
}

/** What the process that a test started is, and how it ends. */
interface Running {
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** How the reconciler behaves on a log: the same on every one. */
export function reconcilerContract(
  name: string,
  openLog: () => Promise<{ readonly log: EventLog; readonly cleanup: () => Promise<void> }>,
): void {
  describe(`the reconciler on ${name}`, () => {
    let log: EventLog;
    let cleanup: () => Promise<void>;
    let target: FakePolicyTarget;
    let board: EmbeddedRequestBoard;
    let started: Running[];

    beforeEach(async () => {
      ({ log, cleanup } = await openLog());
      target = new FakePolicyTarget();
      board = new EmbeddedRequestBoard();
      started = [];
      await identify(cluster);
    });

    afterEach(async () => {
      await Promise.all(started.map((each) => each.stop()));
      await board.close();
      await log.close();
      await cleanup();
    });

    function start(
      parts: {
        log?: EventLog;
        target?: PolicyTarget;
        authorizer?: Authorizer;
        clock?: Clock;
        leadership?: Leadership;
        holder?: string;
      } = {},
    ): Running {
      const stop = new AbortController();
      const itsLog = parts.log ?? log;
      const reconciler = new Reconciler(
        {
          log: itsLog,
          board,
          target: parts.target ?? target,
          identity: async () => cluster,
          leadership: parts.leadership ?? new SoleLeader(parts.holder ?? 'one'),
          manifestOf: (desired) => `the YAML of ${desired.key.name}`,
          authorizer: parts.authorizer ?? everyoneMay,
          clock: parts.clock ?? systemClock,
          logger: silentLogger,
          tracer: untraced,
          work: { random: Math.random, concurrency: 4, firstBackoffMs: 1, maxBackoffMs: 10 },
        },
        new ProjectedView(itsLog, silentLogger),
        new ReconcilerMetrics(new Metrics({ ofProcess: false })),
      );
      const done = reconciler.run(stop.signal);
      const settled = done.catch(() => undefined);
      const running = {
        done,
        stop: async () => {
          stop.abort();
          await settled;
        },
      };
      started.push(running);
      return running;
    }

    /** Another log and another target, as at the start of a test. */
    async function again(): Promise<void> {
      await log.close();
      await cleanup();
      ({ log, cleanup } = await openLog());
      target = new FakePolicyTarget();
      await identify(cluster);
    }

    async function identify(source: SourceIdentity): Promise<void> {
      const event = {
        id: 'source',
        type: 'SourceIdentified',
        version: 1,
        occurredAt: 0,
        actor: { name: 'collector', provenBy: 'component' },
        data: source,
      } as const;
      await log.append({ writes: [{ subject: sourceSubject, expectedVersion: 0, event }] });
    }

    async function events(): Promise<AnyRecordedEvent[]> {
      const all: AnyRecordedEvent[] = [];
      for await (const batch of log.read({ log: await log.identity(), sequence: 0, digest: '' }))
        all.push(...(batch as readonly AnyRecordedEvent[]));
      return all;
    }

    /** What is recorded about a change, after its request. */
    async function outcomes(changeId: string): Promise<unknown[]> {
      return (await events())
        .filter(({ subject, type }) => subject === `change/${changeId}` && type !== 'ChangeRequested')
        .map(({ type, data }) => ({ type, ...data }));
    }

    async function statesNow(): Promise<DesiredStates> {
      const fold = desiredStatesFold();
      return (await events()).reduce((states, event) => fold.evolve(states, event), fold.initial());
    }

    const view = async (changeId: string): Promise<ChangeView | undefined> =>
      changeView(await statesNow(), changeId);

    /** Without a spec: that there be no such object. */
    async function ask(
      changeId: string,
      spec?: Spec,
      actor: Actor = ada,
      key = web,
      correction?: Correction,
    ): Promise<void> {
      const states = await statesNow();
      const decision = decideApply(
        { changeId, key, ...(spec && { spec }), ...(correction && { correction }), actor, at: 0 },
        states,
      );
      if (decision.decision !== 'accepted') throw new Error(JSON.stringify(decision));
      await log.append({ writes: decision.writes });
    }

    /** Waits for something to become true of the world. */
    async function until<T>(look: () => Promise<T | undefined | false>): Promise<T> {
      for (const deadline = Date.now() + 8000; Date.now() < deadline;) {
        const seen = await look();
        if (seen !== undefined && seen !== false) return seen;
        await pause(5);
      }
      throw new Error(
        `it did not come to be; the log has ${JSON.stringify((await events()).map((each) => each.type))}`,
      );
    }

    const settled = (changeId: string): Promise<ChangeView> =>
      until(async () => {
        const change = await view(changeId);
        return change?.ended === true || change?.applied !== undefined ? change : undefined;
      });

    const liveNow = () => target.live(web);

    describe('asks what those may do who asked', () => {
      const ada: Actor = { name: 'ada', uid: '1', groups: ['developers'], provenBy: 'kubernetes' };
      const aMinuteLater: Clock = { ...systemClock, now: () => Date.now() + 60_001 };
      const lastCode = async (changeId: string) => (await view(changeId))?.problem?.code;

      /** Allows all but this. */
      const withoutRightTo = (verb: Deed['verb']): Authorizer => ({
        mustBeAllowed: async (actor, deeds) => {
          const lacking = deeds.find((deed) => deed.verb === verb);
          if (lacking !== undefined) throw new NotAllowed(actor, lacking, '');
        },
      });

      it.each([
        ['a token', ada],
        ['the mesh', { ...ada, provenBy: 'mesh' } as const],
      ])(
        'and refuses a change that is a minute old and whose asker, known by %s, has lost the right',
        async (_by, asker) => {
          target.put(web, specTo('other'), { manager: 'linkerd-mcp' });
          start({ authorizer: withoutRightTo('patch'), clock: aMinuteLater });
          await ask('c1', specTo('web'), asker);
          expect((await settled('c1')).phase).toBe('refused');
          expect(await outcomes('c1')).toEqual([
            {
              type: 'ChangeRefused',
              revision: 1,
              code: 'NO_LONGER_ALLOWED',
              message: expect.stringMatching(
                /^who asked for it may not do it now: ada may not patch authorizationpolicies\.policy\.linkerd\.io "web" in namespace shop; .*; then ask again$/,
              ),
            },
          ]);
          expect(await liveNow()).toMatchObject({ spec: specTo('other') });
        },
      );

      it('and lets a young change through, unless it would create what was there', async () => {
        target.put(web, specTo('other'), { manager: 'linkerd-mcp' });
        start({ authorizer: withoutRightTo('patch') });
        await ask('c1', specTo('web'), ada);
        expect((await settled('c1')).phase).toBe('applied');
        target.remove(web);
        await ask('c2', specTo('api'), ada);
        expect(await settled('c2')).toMatchObject({ problem: { code: 'NO_LONGER_ALLOWED' } });
        expect(await liveNow()).toBeUndefined();
      });

      it('for the right to create only where it creates', async () => {
        target.put(web, specTo('other'), { manager: 'linkerd-mcp' });
        start({ authorizer: withoutRightTo('create'), clock: aMinuteLater });
        await ask('c1', specTo('web'), ada);
        expect((await settled('c1')).phase).toBe('applied');
        target.remove(web);
        await ask('c2', specTo('api'), ada);
        expect(await settled('c2')).toMatchObject({ problem: { code: 'NO_LONGER_ALLOWED' } });
      });

      it('and not those of whom the API server knows nothing', async () => {
        start({ authorizer: withoutRightTo('patch'), clock: aMinuteLater });
        await ask('c1', specTo('web'));
        expect((await settled('c1')).phase).toBe('applied');
      });

      it('and waits where that cannot be found out', async () => {
        let down = true;
        const authorizer: Authorizer = {
          mustBeAllowed: async () => {
            if (down) throw new AccessUnknown('the API server does not answer', undefined);
          },
        };
        start({ authorizer, clock: aMinuteLater });
        await ask('c1', specTo('web'), ada);
        await until(async () => (await lastCode('c1')) === 'TARGET_UNAVAILABLE');
        expect(await liveNow()).toBeUndefined();
        down = false;
        expect((await settled('c1')).phase).toBe('applied');
      });
    });

    describe('applies a policy', () => {
      it('that does not exist yet, and records each step', async () => {
        start();
        await ask('c1', specTo('web'));
        await settled('c1');
        expect(await outcomes('c1')).toEqual([
          { type: 'DryRunPassed', revision: 1 },
          { type: 'ApplyStarted', revision: 1, plan: 'create' },
          { type: 'ChangeApplied', revision: 1, uid: 'uid-1', resourceVersion: '1', modified: true },
        ]);
        expect(await liveNow()).toMatchObject({ spec: specTo('web'), change: { id: 'c1', revision: 1 } });
      });

      it('over an earlier one, at the version that it planned for', async () => {
        start();
        await ask('c1', specTo('web'));
        await settled('c1');
        await ask('c2', specTo('api'));
        await settled('c2');
        expect(await outcomes('c2')).toEqual([
          { type: 'DryRunPassed', revision: 2 },
          { type: 'ApplyStarted', revision: 2, plan: 'update', liveResourceVersion: '1' },
          { type: 'ChangeApplied', revision: 2, uid: 'uid-1', resourceVersion: '2', modified: true },
        ]);
        expect(await liveNow()).toMatchObject({ spec: specTo('api'), change: { id: 'c2', revision: 2 } });
      });

      it('that was asked for while nobody led', async () => {
        await ask('c1', specTo('web'));
        start();
        expect((await settled('c1')).phase).toBe('applied');
      });

      it('says who did it, for which request, and as which version of the object', async () => {
        start();
        await ask('c1', specTo('web'));
        await settled('c1');
        const [applied] = (await events()).filter(({ type }) => type === 'ChangeApplied');
        expect(applied).toMatchObject({
          id: 'c1/4',
          actor: { name: 'reconciler', provenBy: 'component' },
          correlation: 'c1',
          causation: 'c1/requested',
          resourceVersion: '1',
        });
      });

      it('of which nothing has to be written', async () => {
        target.put(web, specTo('web'));
        start();
        await ask('c1', specTo('web'));
        await settled('c1');
        expect(await outcomes('c1')).toEqual([
          { type: 'ChangeApplied', revision: 1, uid: 'uid-1', resourceVersion: '1', modified: false },
        ]);
        expect(await liveNow()).not.toHaveProperty('change');
      });

      it('planned anew when the object changes in between', async () => {
        target.put(web, specTo('other'), { manager: 'linkerd-mcp' });
        target.beforeApply = () => {
          target.beforeApply = () => undefined;
          target.put(web, specTo('third'), { manager: 'linkerd-mcp' });
        };
        start();
        await ask('c1', specTo('web'));
        await settled('c1');
        expect(await outcomes('c1')).toEqual([
          { type: 'DryRunPassed', revision: 1 },
          { type: 'ApplyStarted', revision: 1, plan: 'update', liveResourceVersion: '1' },
          { type: 'ApplyStarted', revision: 1, plan: 'update', liveResourceVersion: '2' },
          { type: 'ChangeApplied', revision: 1, uid: 'uid-1', resourceVersion: '3', modified: true },
        ]);
      });

      it('only as it was asked for last', async () => {
        await ask('c1', specTo('web'));
        await ask('c2', specTo('api'));
        start();
        await settled('c2');
        expect(await outcomes('c1')).toEqual([{ type: 'ChangeSuperseded', revision: 1, by: 'c2' }]);
        expect([(await liveNow())?.resourceVersion, (await liveNow())?.change]).toEqual([
          '1',
          { id: 'c2', revision: 2 },
        ]);
      });
    });

    describe('deletes a policy', () => {
      it('that was made by a change, as it was planned for, and records each step', async () => {
        start();
        await ask('c1', specTo('web'));
        await settled('c1');
        await ask('c2');
        await settled('c2');
        expect(await outcomes('c2')).toEqual([
          { type: 'DryRunPassed', revision: 2 },
          { type: 'ApplyStarted', revision: 2, plan: 'delete', liveResourceVersion: '1', liveUid: 'uid-1' },
          { type: 'ChangeApplied', revision: 2, uid: 'uid-1', resourceVersion: '1', modified: true },
        ]);
        expect(await liveNow()).toBeUndefined();
      });

      it('that is not there any more, with nothing to do', async () => {
        start();
        await ask('c1', specTo('web'));
        await settled('c1');
        target.remove(web);
        await ask('c2');
        await settled('c2');
        expect(await outcomes('c2')).toEqual([{ type: 'ChangeApplied', revision: 2, modified: false }]);
      });

      it('once, where the answer to that was lost', async () => {
        start();
        await ask('c1', specTo('web'));
        await settled('c1');
        target.loseNextAnswer = true;
        await ask('c2');
        await settled('c2');
        expect((await outcomes('c2')).at(-1)).toEqual({
          ...{ type: 'ChangeApplied', revision: 2, uid: 'uid-1', resourceVersion: '1', modified: true },
        });
      });

      it.each<[string, Parameters<FakePolicyTarget['put']>[2], object]>([
        [
          'others own a field of it',
          {},
          { code: 'NOT_OURS', message: expect.stringContaining('kubectl-edit') },
        ],
        ['it was not made through us', { manager: 'linkerd-mcp' }, { code: 'NOT_OURS' }],
        ['a GitOps tool owns it', { gitOps: 'flux' }, { code: 'GITOPS_OWNED' }],
      ])('not when %s', async (_what, how, refusal) => {
        target.put(web, specTo('other'), how);
        const before = await liveNow();
        start();
        await ask('c1');
        expect((await settled('c1')).phase).toBe('refused');
        expect(await outcomes('c1')).toMatchObject([{ type: 'ChangeRefused', ...refusal }]);
        expect(await liveNow()).toEqual(before);
      });

      it('not when the one who asked has lost the right', async () => {
        const bob: Actor = { name: 'bob', provenBy: 'kubernetes' };
        const authorizer: Authorizer = {
          mustBeAllowed: async (actor, deeds) => {
            const lacking = deeds.find(({ verb }) => verb === 'delete');
            if (lacking !== undefined) throw new NotAllowed(actor, lacking, '');
          },
        };
        start({ authorizer, clock: { ...systemClock, now: () => Date.now() + 60_001 } });
        await ask('c1', specTo('web'));
        await settled('c1');
        await ask('c2', undefined, bob);
        expect(await settled('c2')).toMatchObject({ problem: { code: 'NO_LONGER_ALLOWED' } });
        expect(await liveNow()).toBeDefined();
      });
    });

    describe('applies a set of changes', () => {
      const api = { ...web, name: 'api' };
      const db = { ...web, name: 'db' };
      const three: SetCommand['objects'] = [
        { key: api, spec: specTo('api') },
        { key: web, spec: specTo('web') },
        { key: db },
      ];
      const made = async (key: Key) =>
        target.put(key, specTo('x'), { manager: 'linkerd-mcp', change: { id: 'c0', revision: 1 } });
      const appliedInOrder = async () =>
        (await events()).filter(({ type }) => type === 'ChangeApplied').map(({ subject }) => subject);
      const phases = async () =>
        Promise.all(['s-1', 's-2', 's-3'].map(async (id) => (await view(id))?.phase));

      async function askForSet(objects: SetCommand['objects']): Promise<void> {
        const decision = decideSet({ setId: 's', objects, actor: ada, at: 0 }, await statesNow());
        if (decision.decision !== 'accepted') throw new Error(JSON.stringify(decision));
        await log.append({ writes: decision.writes });
      }

      it('one after the other, in its order', async () => {
        await ask('c0', specTo('x'), ada, db);
        await made(db);
        start();
        await askForSet(three);
        await settled('s-3');
        expect((await appliedInOrder()).slice(-3)).toEqual(['change/s-1', 'change/s-2', 'change/s-3']);
        expect([await target.live(api), await target.live(web), await target.live(db)]).toMatchObject([
          { spec: specTo('api') },
          { spec: specTo('web') },
        ]);
        expect(await target.live(db)).toBeUndefined();
      });

      it('not at all where one of them would be refused', async () => {
        target.put(db, specTo('x'));
        start();
        await askForSet(three);
        await until(async () => (await phases()).every((phase) => phase === 'refused'));
        expect(await appliedInOrder()).toEqual([]);
        expect([(await view('s-1'))?.problem, (await view('s-3'))?.problem]).toMatchObject([
          {
            code: 'SET_BROKEN',
            message:
              'its set cannot be applied as a whole: AuthorizationPolicy/shop/db is refused; nothing of it was applied',
          },
          { code: 'NOT_OURS' },
        ]);
      });

      it('after the change under way by which another object of it is to be so', async () => {
        await ask('c1', specTo('api'), ada, api);
        await askForSet(three.slice(0, 2));
        start();
        await settled('s-2');
        expect(await appliedInOrder()).toEqual(['change/c1', 'change/s-2']);
      });

      it('not where that change was not applied', async () => {
        target.put(api, specTo('x'), { gitOps: 'flux' });
        await ask('c1', specTo('api'), ada, api);
        await askForSet(three.slice(0, 2));
        start();
        await until(async () => (await view('s-2'))?.ended);
        expect((await view('s-2'))?.problem).toMatchObject({
          code: 'SET_BROKEN',
          message:
            'its set cannot be applied as a whole: AuthorizationPolicy/shop/api is refused; nothing of it was applied',
        });
        expect(await liveNow()).toBeUndefined();
      });

      it('and stops where the API server refuses one that it would have taken', async () => {
        start();
        target.beforeApply = (write) => {
          if ('desired' in write && write.desired.key.name === 'web')
            target.rejection = { status: 422, message: 'no' };
        };
        await askForSet(three.slice(0, 2));
        await until(async () => (await view('s-2'))?.ended);
        expect([(await view('s-1'))?.phase, (await view('s-2'))?.phase]).toEqual(['applied', 'rejected']);
        expect(await liveNow()).toBeUndefined();
      });

      it('once each, killed at any moment and started again', async () => {
        const endings: unknown[] = [];
        for (let survived = 0; ; survived++) {
          await askForSet(three.slice(0, 2));
          const life = mortal(survived);
          const first = start({ log: life.log(log), target: life.target(target) });
          await Promise.race([life.died, settled('s-2')]);
          await first.stop();
          start({ holder: 'two' });
          await settled('s-2');
          await started.pop()!.stop();
          endings.push([
            await appliedInOrder(),
            (await target.live(api))?.resourceVersion,
            (await liveNow())?.resourceVersion,
          ]);
          if (!life.over) break;
          await again();
        }
        expect(endings.length).toBeGreaterThan(8);
        expect(new Set(endings.map((each) => JSON.stringify(each)))).toEqual(
          new Set([JSON.stringify([['change/s-1', 'change/s-2'], '1', '2'])]),
        );
      });
    });

    describe('leaves the object as it is, and says why, when', () => {
      it.each<[string, () => void, unknown, string]>([
        [
          'the API server refuses it',
          () => (target.rejection = { status: 422, message: 'spec.targetRef: no such thing' }),
          { type: 'ChangeRejected', revision: 1, status: 422, message: 'spec.targetRef: no such thing' },
          'rejected',
        ],
        [
          'another manager owns a field',
          () => target.put(web, specTo('other')),
          {
            type: 'ChangeConflicted',
            revision: 1,
            conflicts: [{ manager: 'kubectl-edit', field: 'spec.targetRef.name' }],
          },
          'conflicted',
        ],
        [
          'a GitOps tool owns it, with the YAML to commit',
          () => target.put(web, specTo('other'), { gitOps: 'flux' }),
          {
            type: 'ChangeRefused',
            revision: 1,
            code: 'GITOPS_OWNED',
            message:
              'AuthorizationPolicy/shop/web is owned by flux, which would undo the change; commit it there instead:\nthe YAML of web',
          },
          'refused',
        ],
        [
          'it bears a change that the log does not know',
          () => target.put(web, specTo('other'), { change: { id: 'lost', revision: 7 } }),
          expect.objectContaining({ type: 'ChangeRefused', code: 'LOG_BEHIND_CLUSTER' }),
          'refused',
        ],
        [
          'it has fields that we do not know',
          () => target.put(web, specTo('other'), { manager: 'linkerd-mcp', unmodelled: ['spec.more'] }),
          {
            type: 'ChangeRefused',
            revision: 1,
            code: 'FIELDS_NOT_MODELLED',
            message:
              'AuthorizationPolicy/shop/web has fields that are not known here, so what an apply would make of them cannot be told: spec.more; remove them, or change the object by other means',
          },
          'refused',
        ],
        [
          'it has fields that we do not know, although all others are as desired',
          () => target.put(web, specTo('web'), { unmodelled: ['spec.more'] }),
          expect.objectContaining({ type: 'ChangeRefused', code: 'FIELDS_NOT_MODELLED' }),
          'refused',
        ],
        [
          'it would not be as desired after it',
          () => (target.differing = ['spec.more']),
          {
            type: 'ChangeRefused',
            revision: 1,
            code: 'WOULD_DIFFER',
            message:
              'the API server would take it, and AuthorizationPolicy/shop/web would still not be as desired in spec.more: someone else has a say in these fields; agree with them, then ask again',
          },
          'refused',
        ],
        [
          'it cannot be read',
          () => target.put(web, specTo('other'), { readable: false }),
          expect.objectContaining({ type: 'ChangeRefused', code: 'OBJECT_UNREADABLE' }),
          'refused',
        ],
      ])('%s', async (_rule, given, recorded, phase) => {
        given();
        const before = await liveNow();
        start();
        await ask('c1', specTo('web'));
        const change = await settled('c1');
        expect([change.phase, await outcomes('c1')]).toEqual([phase, [recorded]]);
        expect(await liveNow()).toEqual(before);
      });

      it('there is no cluster to apply to', async () => {
        const manifests: PolicyTarget = {
          live: async () => undefined,
          apply: async () => ({ answer: 'not-a-cluster', manifest: 'kind: AuthorizationPolicy' }),
          delete: async () => ({ answer: 'not-a-cluster' }),
        };
        start({ target: manifests });
        await ask('c1', specTo('web'));
        const { phase, problem } = await settled('c1');
        expect([phase, problem]).toEqual([
          'refused',
          {
            code: 'NOT_A_CLUSTER',
            message:
              'the mesh is read from manifests, which nothing is applied to; commit it there instead:\nkind: AuthorizationPolicy',
          },
        ]);
      });
    });

    describe.each(managedSpecs)('of a $kind', ({ kind, one, other, field }) => {
      const key = { kind, namespace: 'shop', name: 'web' };

      it('creates it, and changes it, beside an object of another kind with its name', async () => {
        start();
        const beside = managedSpecs.find((pair) => pair.kind !== kind)!;
        await ask('c0', beside.one, ada, { ...key, kind: beside.kind });
        await ask('c1', one, ada, key);
        await settled('c1');
        await ask('c2', other, ada, key);
        await Promise.all([settled('c0'), settled('c2')]);
        expect((await outcomes('c2')).map((outcome) => (outcome as { type: string }).type)).toEqual([
          'DryRunPassed',
          'ApplyStarted',
          'ChangeApplied',
        ]);
        expect(await target.live(key)).toMatchObject({ spec: other, change: { id: 'c2', revision: 2 } });
        expect(await target.live({ ...key, kind: beside.kind })).toMatchObject({ spec: beside.one });
      });

      it.each<[string, Parameters<FakePolicyTarget['put']>[2], object]>([
        ['conflicted', {}, { type: 'ChangeConflicted', conflicts: [{ manager: 'kubectl-edit', field }] }],
        ['refused', { gitOps: 'flux' }, { code: 'GITOPS_OWNED' }],
        ['refused', { change: { id: 'lost', revision: 7 } }, { code: 'LOG_BEHIND_CLUSTER' }],
        ['refused', { unmodelled: ['spec.more'], manager: 'linkerd-mcp' }, { code: 'FIELDS_NOT_MODELLED' }],
        ['refused', { readable: false }, { code: 'OBJECT_UNREADABLE' }],
      ])('is %s where the object is %j', async (phase, how, recorded) => {
        target.put(key, other, how);
        const before = await target.live(key);
        start();
        await ask('c1', one, ada, key);
        expect((await settled('c1')).phase).toBe(phase);
        expect(await outcomes('c1')).toMatchObject([recorded]);
        expect(await target.live(key)).toEqual(before);
      });
    });

    describe('when the API server is away', () => {
      it('waits, says so once, and applies when it is back', async () => {
        target.unavailable = {};
        start();
        await ask('c1', specTo('web'));
        await until(async () => (await view('c1'))?.problem);
        await pause(100);
        target.unavailable = undefined;
        const change = await settled('c1');
        expect([change.phase, change.problem, (await outcomes('c1'))[0]]).toEqual([
          'applied',
          undefined,
          {
            type: 'ApplyDeferred',
            revision: 1,
            code: 'TARGET_UNAVAILABLE',
            message: 'read AuthorizationPolicy/shop/web: no answer (TARGET_UNAVAILABLE)',
          },
        ]);
        expect((await outcomes('c1')).length).toBe(4);
      });

      it('asks again no sooner than it was told', async () => {
        target.unavailable = { retryAfterMs: 300 };
        start();
        await ask('c1', specTo('web'));
        const asked = (await until(async () => (await events()).find(({ type }) => type === 'ApplyDeferred')))
          .recordedAt;
        target.unavailable = undefined;
        const { history } = await settled('c1');
        expect(history.at(-1)!.recordedAt - asked).toBeGreaterThanOrEqual(290);
      });

      it('takes what it was told last when it is back', async () => {
        target.unavailable = {};
        start();
        await ask('c1', specTo('web'));
        await until(async () => (await view('c1'))?.problem);
        await ask('c2', specTo('api'));
        target.unavailable = undefined;
        await settled('c2');
        expect([(await view('c1'))?.phase, (await liveNow())?.spec]).toEqual(['superseded', specTo('api')]);
      });

      it('finds by the mark on the object that an apply happened whose answer was lost', async () => {
        target.loseNextAnswer = true;
        start();
        await ask('c1', specTo('web'));
        await settled('c1');
        expect((await outcomes('c1')).at(-1)).toEqual({
          type: 'ChangeApplied',
          revision: 1,
          uid: 'uid-1',
          resourceVersion: '1',
          modified: true,
        });
        expect((await liveNow())?.resourceVersion).toBe('1');
      });
    });

    describe('killed at any moment, and started again,', () => {
      it.each<[string, () => Promise<void>, string, object]>([
        ['creates a policy once', () => ask('c1', specTo('web')), 'c1', { c1: 'applied' }],
        [
          'updates a policy once',
          async () => {
            target.put(web, specTo('other'), { manager: 'linkerd-mcp' });
            await ask('c1', specTo('web'));
          },
          'c1',
          { c1: 'applied' },
        ],
        [
          'applies the last of two changes once, and settles the first',
          async () => {
            await ask('c1', specTo('web'));
            await ask('c2', specTo('api'));
          },
          'c2',
          { c1: 'superseded', c2: 'applied' },
        ],
      ])('%s', async (_rule, given, last, phases) => {
        await given();
        const before = Number((await liveNow())?.resourceVersion ?? '0');
        const spec = (await view(last))!.spec;
        const endings: unknown[] = [];
        for (let survived = 0; ; survived++) {
          const life = mortal(survived);
          const first = start({ log: life.log(log), target: life.target(target) });
          await Promise.race([life.died, settled(last)]);
          await first.stop();
          start({ holder: 'two' });
          await settled(last);
          await started.pop()!.stop();
          const object = await liveNow();
          endings.push({
            written: Number(object?.resourceVersion) - before,
            spec: object?.spec,
            mark: object?.change?.id,
            phases: Object.fromEntries(
              await Promise.all(Object.keys(phases).map(async (id) => [id, (await view(id))?.phase])),
            ),
            outcomes: (await events()).filter(({ type }) => type === 'ChangeApplied').length,
          });
          if (!life.over) break;
          await again();
          await given();
        }
        expect(endings.length).toBeGreaterThan(8);
        expect(new Set(endings.map((each) => JSON.stringify(each)))).toEqual(
          new Set([JSON.stringify({ written: 1, spec, mark: last, phases, outcomes: 1 })]),
        );
      });

      it('settles a change that it had applied when a newer one was asked for', async () => {
        await ask('c1', specTo('web'));
        // After the claim, the look, the dry run and the record of the start come the apply's two sides.
        const life = mortal(9);
        const first = start({ log: life.log(log), target: life.target(target) });
        await life.died;
        await first.stop();
        expect([(await liveNow())?.change?.id, (await view('c1'))?.phase]).toEqual(['c1', 'dry-run']);
        await ask('c2', specTo('api'));
        start({ holder: 'two' });
        await settled('c2');
        expect(await outcomes('c1')).toEqual([
          { type: 'DryRunPassed', revision: 1 },
          { type: 'ApplyStarted', revision: 1, plan: 'create' },
          { type: 'ChangeApplied', revision: 1, uid: 'uid-1', resourceVersion: '1', modified: true },
        ]);
        expect([(await view('c1'))?.phase, (await liveNow())?.spec]).toEqual(['superseded', specTo('api')]);
      });

      it.each([
        ['the newest', [], { c1: 'converged' }],
        ['followed by another', ['c2'], { c1: 'converged', c2: 'applied' }],
      ] as const)(
        'knows by what was seen that a change was applied whose object is gone since, where it is %s',
        async (_which, later, phases) => {
          await ask('c1', specTo('web'));
          const life = mortal(9);
          const first = start({ log: life.log(log), target: life.target(target) });
          await life.died;
          await first.stop();
          await observe();
          target.remove(web);
          for (const id of later) await ask(id, specTo('api'));
          start({ holder: 'two' });
          await until(async () => {
            const found = await Promise.all(
              Object.keys(phases).map(async (id) => [id, (await view(id))?.phase]),
            );
            return JSON.stringify(Object.fromEntries(found)) === JSON.stringify(phases);
          });
          expect((await outcomes('c1')).at(-1)).toEqual({
            ...{ type: 'ChangeApplied', revision: 1, uid: 'uid-1', resourceVersion: '1', modified: true },
          });
          expect((await liveNow())?.change?.id).toBe(later[0]);
        },
      );

      it('takes the last of two deletions of one object for the one that happened', async () => {
        target.put(web, specTo('other'), { manager: 'linkerd-mcp' });
        await observe();
        const gone = JSON.parse(JSON.stringify(await liveNow())) as LiveObject;
        for (const id of ['c1', 'c2']) {
          await ask(id);
          if (id === 'c1') await ask('between', specTo('api'));
          const { revision } = (await view(id))!;
          const { uid: liveUid, resourceVersion: liveResourceVersion } = gone;
          const data = { revision, plan: 'delete', liveUid, liveResourceVersion } as const;
          await recordOf(id, 'ApplyStarted', data);
        }
        target.remove(web);
        await observeGone(gone.uid);
        start();
        await settled('c2');
        await until(async () => (await view('c1'))?.ended);
        const applied = (await events()).filter(({ type }) => type === 'ChangeApplied');
        expect(applied.map(({ subject }) => subject)).toEqual(['change/c2']);
      });

      it('settles a change that it had begun when a newer one is refused', async () => {
        await ask('c1', specTo('web'));
        const life = mortal(8);
        const first = start({ log: life.log(log), target: life.target(target) });
        await life.died;
        await first.stop();
        expect([await liveNow(), (await view('c1'))?.started]).toEqual([
          undefined,
          { revision: 1, plan: 'create' },
        ]);
        await ask('c2', specTo('api'));
        target.rejection = { status: 422, message: 'no' };
        start({ holder: 'two' });
        await settled('c1');
        expect([(await view('c1'))?.phase, (await view('c2'))?.phase]).toEqual(['superseded', 'rejected']);
      });
    });

    describe('when the log does not answer', () => {
      /** Each append happens, and the first answer to each is lost. */
      const forgetful = (): EventLog => {
        const answered = new Set<string>();
        return overriding(log, {
          append: async (append) => {
            const appended = await log.append(append);
            const id = append.writes[0]!.event.id;
            if (answered.has(id)) return appended;
            answered.add(id);
            throw new OutcomeUnknown(undefined);
          },
        });
      };

      it('repeats the append until it is answered, and records everything once', async () => {
        start({ log: forgetful() });
        await ask('c1', specTo('web'));
        await settled('c1');
        await pause(100);
        expect(((await outcomes('c1')) as { type: string }[]).map(({ type }) => type)).toEqual([
          'DryRunPassed',
          'ApplyStarted',
          'ChangeApplied',
        ]);
      });

      it('reads the log anew when it has lost its tail, and works on what it finds there', async () => {
        let lose: () => void = () => undefined;
        const asked = new Promise<void>((resolve) => {
          lose = resolve;
        });
        let leads = false;
        let lost = false;
        const losing = overriding(log, {
          claim: async (role, holder) => {
            const epoch = await log.claim(role, holder);
            leads = true;
            return epoch;
          },
          follow: (from, signal) => {
            if (lost) return log.follow(from, signal);
            lost = true;
            return (async function* () {
              yield* log.read(from);
              yield [];
              await asked;
              throw new PositionLost(from);
            })();
          },
        });
        start({ log: losing });
        await until(async () => leads);
        await pause(50);
        await ask('c1', specTo('web'));
        lose();
        expect((await settled('c1')).phase).toBe('applied');
      });
    });

    describe('leads only while nobody else does:', () => {
      it('a deposed leader begins no apply and records nothing', async () => {
        let over: () => void = () => undefined;
        const ended = new Promise<void>((resolve) => {
          over = resolve;
        });
        const once: Leadership = {
          holder: 'one',
          leading: true,
          run: async (signal, whileLeading) => {
            await whileLeading(signal).catch(() => undefined);
            over();
          },
        };
        const led = claimed();
        start({ leadership: once, log: led.log });
        await led.done;
        await log.claim('reconciler', 'two');
        await ask('c1', specTo('web'));
        await ended;
        expect([await liveNow(), await outcomes('c1')]).toEqual([undefined, []]);
      });

      it('a deposed leader whose turn comes again works on what was left', async () => {
        start({ holder: 'one' });
        await ask('c1', specTo('web'));
        await settled('c1');
        await log.claim('reconciler', 'two');
        await ask('c2', specTo('api'));
        await settled('c2');
        expect([(await outcomes('c2')).length, (await liveNow())?.change?.id]).toEqual([3, 'c2']);
      });

      it('a leader that wakes up within its apply, after another has taken over, does no harm', async () => {
        let asleep: () => void = () => undefined;
        let wake: () => void = () => undefined;
        const fellAsleep = new Promise<void>((resolve) => {
          asleep = resolve;
        });
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const answers: string[] = [];
        const sleepy: PolicyTarget = {
          live: (key) => target.live(key),
          apply: async (apply) => {
            if (!apply.dryRun) {
              asleep();
              await woken;
            }
            const answer = await target.apply(apply);
            if (!apply.dryRun) answers.push(answer.answer);
            return answer;
          },
          delete: (deletion) => target.delete(deletion),
        };
        const former = start({ target: sleepy, holder: 'one' });
        await ask('c1', specTo('web'));
        await fellAsleep;
        start({ holder: 'two' });
        await settled('c1');
        wake();
        await until(async () => answers.length > 0);
        await former.stop();
        expect([answers, (await liveNow())?.resourceVersion, await outcomes('c1')]).toEqual([
          ['stale'],
          '1',
          [
            { type: 'DryRunPassed', revision: 1 },
            { type: 'ApplyStarted', revision: 1, plan: 'create' },
            { type: 'ApplyStarted', revision: 1, plan: 'create' },
            { type: 'ChangeApplied', revision: 1, uid: 'uid-1', resourceVersion: '1', modified: true },
          ],
        ]);
      });

      it('two that both believe to lead apply each change once', async () => {
        start({ holder: 'one' });
        start({ holder: 'two' });
        for (let revision = 1; revision <= 5; revision++) {
          await ask(`c${revision}`, specTo(`server-${revision}`));
          await settled(`c${revision}`);
        }
        const applied = (await events()).filter(({ type }) => type === 'ChangeApplied');
        expect(applied.map(({ data }) => data)).toEqual(
          [1, 2, 3, 4, 5].map((revision) => ({
            revision,
            uid: 'uid-1',
            resourceVersion: String(revision),
            modified: true,
          })),
        );
      });

      /** The log as one process sees it, and the moment at which it has claimed the role. */
      function claimed(): { log: EventLog; done: Promise<void> } {
        let tell: () => void = () => undefined;
        const done = new Promise<void>((resolve) => {
          tell = resolve;
        });
        const claiming = overriding(log, {
          claim: async (role, holder) => {
            const epoch = await log.claim(role, holder);
            tell();
            return epoch;
          },
        });
        return { log: claiming, done };
      }
    });

    it('fails at its end, where that is to be checked, if what it made of the log is not what the log gives', async () => {
      const before = process.env['REPLAY_CHECK'];
      process.env['REPLAY_CHECK'] = '1';
      try {
        const forgetful = overriding(log, {
          async *read(from, options) {
            for await (const batch of log.read(from, options))
              yield batch.map((event) =>
                event.type === 'DesiredStateSet'
                  ? { ...event, data: { ...event.data, spec: specTo('x') } }
                  : event,
              );
          },
        });
        const running = start({ log: forgetful });
        await ask('c1', specTo('web'));
        await settled('c1');
        await running.stop();
        await expect(running.done).rejects.toMatchObject({ code: 'REPLAY_MISMATCH' });
      } finally {
        if (before === undefined) delete process.env['REPLAY_CHECK'];
        else process.env['REPLAY_CHECK'] = before;
      }
    });

    it('refuses a log of another source, and writes to neither', async () => {
      await log.close();
      await cleanup();
      ({ log, cleanup } = await openLog());
      await identify({ source: 'simulated', id: '7' });
      await ask('c1', specTo('web'));
      await expect(start().done).rejects.toMatchObject({ code: 'SOURCE_MISMATCH' });
      expect([await liveNow(), await outcomes('c1')]).toEqual([undefined, []]);
    });

    it('waits while the log does not say yet whose mesh it is', async () => {
      await log.close();
      await cleanup();
      ({ log, cleanup } = await openLog());
      start();
      await ask('c1', specTo('web'));
      await pause(100);
      const before = await outcomes('c1');
      await identify(cluster);
      expect([before, (await settled('c1')).phase]).toEqual([[], 'applied']);
    });

    it('goes on with a drifted object only when it is asked again', async () => {
      start();
      await ask('c1', specTo('web'));
      await settled('c1');
      target.put(web, specTo('other'), { manager: 'linkerd-mcp' });
      await observe();
      await pause(50);
      const left = (await liveNow())?.spec;
      await ask('c2', specTo('web'));
      await settled('c2');
      expect([left, (await liveNow())?.spec]).toEqual([specTo('other'), specTo('web')]);
    });

    it.each([
      ['takes back fields of managers that a correction names', ['kubectl-edit'], specTo('web')],
      ['leaves them to others', ['helm'], specTo('other')],
    ])('%s', async (_what, forceFrom, left) => {
      start();
      await ask('c1', specTo('web'));
      await settled('c1');
      target.put(web, specTo('other'), { manager: 'kubectl-edit' });
      await observe();
      await ask('c2', specTo('web'), ada, web, { forceFrom });
      const change = await settled('c2');
      expect((await liveNow())?.spec).toEqual(left);
      expect(change.phase === 'conflicted').toBe(!forceFrom.includes('kubectl-edit'));
    });

    async function recordOf(
      changeId: string,
      type: 'ApplyStarted',
      data: EventData<'ApplyStarted'>,
    ): Promise<void> {
      const expectedVersion = (await view(changeId))!.version;
      const actor = { name: 'reconciler', provenBy: 'component' } as const;
      const event = {
        id: `${changeId}/${expectedVersion + 1}`,
        type,
        version: 1,
        occurredAt: 0,
        actor,
        data,
      };
      await log.append({ writes: [{ subject: `change/${changeId}`, expectedVersion, event }] });
    }

    async function observeGone(uid: string): Promise<void> {
      const event = {
        id: `gone-${uid}`,
        type: 'AuthorizationPolicyDeleted',
        version: 1,
        occurredAt: 0,
        actor: { name: 'collector', provenBy: 'component' },
        data: { detectedLate: false },
      } as const;
      const subject = objectSubject('AuthorizationPolicy', { ...web, uid });
      await log.append({ writes: [{ subject, expectedVersion: 'any', event }] });
    }

    /** What the collector would record. */
    async function observe(): Promise<void> {
      const live = (await liveNow())!;
      const { uid, resourceVersion, fieldOwners, change } = live;
      const data = {
        ...web,
        uid,
        createdAt: 0,
        labels: {},
        spec: live.spec!,
        fieldOwners,
        conditions: [],
        ...(change === undefined ? {} : { change }),
      };
      const event = {
        id: `seen-${resourceVersion}`,
        type: 'AuthorizationPolicyObserved',
        version: 1,
        occurredAt: 0,
        actor: { name: 'collector', provenBy: 'component' },
        data,
        resourceVersion,
      } as const;
      await log.append({
        writes: [{ subject: objectSubject('AuthorizationPolicy', data), expectedVersion: 'any', event }],
      });
    }

    describe('a dry run', () => {
      let questions = 0;
      const askWhether = (spec: Spec, key = web): Promise<unknown> =>
        board.ask({
          topic: dryRunTopic,
          id: `q${++questions}`,
          body: { key, spec } satisfies DryRunQuestion,
          timeoutMs: 5000,
        });

      const liveAs = (spec: Spec, others: readonly string[]) =>
        expect.objectContaining({ uid: expect.any(String), resourceVersion: '1', spec, others }) as unknown;
      it.each<[string, () => void, unknown]>([
        ['would create it', () => undefined, { plan: 'create', answer: { answer: 'accepted' } }],
        [
          'would update it',
          () => target.put(web, specTo('other'), { manager: 'linkerd-mcp' }),
          { plan: 'update', live: liveAs(specTo('other'), []), answer: { answer: 'accepted' } },
        ],
        [
          'would have nothing to do',
          () => target.put(web, specTo('web')),
          { plan: 'nothing', live: liveAs(specTo('web'), ['kubectl-edit']) },
        ],
        [
          'would be refused by the API server',
          () => (target.rejection = { status: 403, message: 'denied' }),
          { plan: 'create', answer: { answer: 'rejected', status: 403, message: 'denied' } },
        ],
        [
          'would take fields from another manager',
          () => target.put(web, specTo('other')),
          {
            plan: 'update',
            live: liveAs(specTo('other'), ['kubectl-edit']),
            answer: {
              answer: 'conflict',
              conflicts: [{ manager: 'kubectl-edit', field: 'spec.targetRef.name' }],
            },
          },
        ],
        [
          'would be left to the GitOps tool that owns it',
          () => target.put(web, specTo('other'), { gitOps: 'argo-cd' }),
          {
            plan: 'refuse',
            code: 'GITOPS_OWNED',
            message:
              'AuthorizationPolicy/shop/web is owned by argo-cd, which would undo the change; commit it there instead',
            manifest: 'the YAML of web',
          },
        ],
        [
          'would not make it as desired',
          () => (target.differing = ['spec.more']),
          expect.objectContaining({ plan: 'refuse', code: 'WOULD_DIFFER' }),
        ],
        [
          'would be refused for fields that we do not know',
          () => target.put(web, specTo('web'), { unmodelled: ['spec.more'] }),
          expect.objectContaining({ plan: 'refuse', code: 'FIELDS_NOT_MODELLED' }),
        ],
        [
          'cannot be told',
          () => (target.unavailable = {}),
          {
            plan: 'unknown',
            message: 'read AuthorizationPolicy/shop/web: no answer (TARGET_UNAVAILABLE)',
          },
        ],
      ])('says that it %s, and changes nothing', async (_rule, given, reply) => {
        given();
        const before = [await events(), target.unavailable ?? (await liveNow())];
        start();
        const answer = await until(() => askWhether(specTo('web')).catch(() => undefined));
        expect(answer).toEqual(reply);
        expect([await events(), target.unavailable ?? (await liveNow())]).toEqual(before);
      });

      it.each(managedSpecs)(
        'says of a $kind that it would create it, and does not',
        async ({ kind, one }) => {
          const key = { kind, namespace: 'shop', name: 'web' };
          start();
          const answer = await until(() => askWhether(one, key).catch(() => undefined));
          expect(answer).toEqual({ plan: 'create', answer: { answer: 'accepted' } });
          expect(await target.live(key)).toBeUndefined();
        },
      );

      it('says that there is no cluster, with the YAML to commit', async () => {
        start({
          target: {
            live: async () => undefined,
            apply: async () => ({ answer: 'not-a-cluster', manifest: 'kind: AuthorizationPolicy' }),
            delete: async () => ({ answer: 'not-a-cluster' }),
          },
        });
        expect(await until(() => askWhether(specTo('web')).catch(() => undefined))).toEqual({
          plan: 'refuse',
          code: 'NOT_A_CLUSTER',
          message: 'the mesh is read from manifests, which nothing is applied to; commit it there instead',
          manifest: 'kind: AuthorizationPolicy',
        });
      });

      it.each([
        [
          'plans anew when the object changes in between',
          1,
          { plan: 'create', answer: { answer: 'accepted' } },
        ],
        [
          'gives up on an object that changes all the time',
          Infinity,
          { plan: 'unknown', message: 'the object changes faster than it can be read; ask again' },
        ],
      ])('%s', async (_rule, times, reply) => {
        let stale = 0;
        start({
          target: {
            live: (key) => target.live(key),
            apply: async (apply) => (stale++ < times ? { answer: 'stale' } : target.apply(apply)),
            delete: (deletion) => target.delete(deletion),
          },
        });
        expect(await until(() => askWhether(specTo('web')).catch(() => undefined))).toEqual(reply);
      });

      it('is answered by a replica that does not lead', async () => {
        const never: Leadership = {
          holder: 'one',
          leading: false,
          run: async (signal) => {
            await systemClock.sleep(60_000, signal);
          },
        };
        start({ leadership: never });
        const answer = await until(() => askWhether(specTo('web')).catch(() => undefined));
        expect(answer).toEqual({ plan: 'create', answer: { answer: 'accepted' } });
      });
    });
  });
}

class Killed extends Error {}

/** A life that ends at a moment: each call to the log and the target has one before it takes effect and one after. */
function mortal(survives: number) {
  let moments = 0;
  const life = { over: false };
  let tell: () => void = () => undefined;
  const died = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const moment = (): void => {
    if (!life.over && moments++ === survives) {
      life.over = true;
      tell();
    }
    if (life.over) throw new Killed();
  };
  const lived = async <T>(effect: () => Promise<T>): Promise<T> => {
    moment();
    const answer = await effect();
    moment();
    return answer;
  };
  return {
    died,
    get over(): boolean {
      return life.over;
    },
    log: (log: EventLog): EventLog =>
      overriding(log, {
        append: (append) => lived(() => log.append(append)),
        claim: (role, holder) => lived(() => log.claim(role, holder)),
      }),
    target: (target: PolicyTarget): PolicyTarget => ({
      live: (key, signal) => lived(() => target.live(key, signal)),
      apply: (apply, signal) => lived(() => target.apply(apply, signal)),
      delete: (deletion, signal) => lived(() => target.delete(deletion, signal)),
    }),
  };
}

/** The log with some of its methods replaced. */
function overriding(
  log: EventLog,
  methods: Partial<Pick<EventLog, 'follow' | 'read' | 'claim'>> & {
    append?: (append: Append) => Promise<Appended>;
  },
): EventLog {
  return new Proxy(log, {
    get: (whole, property) => {
      const own = methods[property as keyof typeof methods] as unknown;
      if (own !== undefined) return own;
      const value = Reflect.get(whole, property) as unknown;
      return typeof value === 'function' ? (value.bind(whole) as unknown) : value;
    },
  });
}
