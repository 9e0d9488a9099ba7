import { beforeEach, describe, expect, it } from '@jest/globals';
import { NotAllowed } from '@mcp/access';
import type { Append, Appended } from '@mcp/event-log';
import type { Actor, NewEvent } from '@mcp/events';
import { ChangeDenials } from './change-denials.js';

const ada: Actor = { name: 'ada', groups: ['developers'], provenBy: 'kubernetes' };
const keyOf = (name: string) => ({ kind: 'AuthorizationPolicy', namespace: 'shop', name }) as const;

let nowMs: number;
let recorded: { subject: string; event: NewEvent<'ChangeDenied'> }[];
let counted: string[];
let troubles: number;
let logWorks: boolean;
let logAnswers: Promise<void>;
let denials: ChangeDenials;

const log = {
  append: async ({ writes }: Append) => {
    await logAnswers;
    if (!logWorks) throw new Error('the log does not answer');
    for (const { subject, event } of writes)
      recorded.push({ subject, event: event as NewEvent<'ChangeDenied'> });
    return {} as Appended;
  },
};

beforeEach(() => {
  nowMs = 1_000_000;
  recorded = [];
  counted = [];
  troubles = 0;
  logWorks = true;
  logAnswers = Promise.resolve();
  const hooks = { onDenied: (how: string) => counted.push(how), onTrouble: () => (troubles += 1) };
  denials = new ChangeDenials(log, hooks, () => nowMs);
});

function deny(name: string, actor = ada): Promise<void> {
  const { namespace } = keyOf(name);
  const deed = {
    verb: 'patch',
    group: 'policy.linkerd.io',
    resource: 'authorizationpolicies',
    namespace,
    name,
  } as const;
  return denials.note(new NotAllowed(actor, deed, ''), actor, keyOf(name), 'ticket 7');
}

const told = () => recorded.map(({ event }) => [event.data.key.name, event.data.unrecorded]);

describe('a denied change', () => {
  it('is recorded with who asked for what, why, and which right was lacking', async () => {
    await deny('web');
    expect(recorded).toEqual([
      {
        subject: 'denied/kubernetes/ada',
        event: {
          id: expect.any(String),
          type: 'ChangeDenied',
          version: 1,
          occurredAt: nowMs,
          actor: ada,
          reason: 'ticket 7',
          data: {
            key: keyOf('web'),
            verb: 'patch',
            group: 'policy.linkerd.io',
            resource: 'authorizationpolicies',
            message: expect.stringContaining('ada may not patch authorizationpolicies'),
            unrecorded: 0,
          },
        },
      },
    ]);
  });

  it('is recorded once in ten minutes however often it is tried, and then with how often that was', async () => {
    for (let n = 0; n < 500; n += 1) await deny('web');
    nowMs += 599_999;
    await deny('web');
    expect(told()).toEqual([['web', 0]]);
    nowMs += 1;
    await deny('web');
    nowMs += 600_000;
    await deny('web');
    expect(told()).toEqual([
      ['web', 0],
      ['web', 500],
      ['web', 0],
    ]);
    expect(counted.filter((how) => how === 'yes')).toHaveLength(3);
    expect(counted).toHaveLength(503);
  });

  it('of one actor makes ten events in ten minutes at most, of many objects', async () => {
    for (let n = 0; n < 100; n += 1) await deny(`policy-${n}`);
    expect(recorded).toHaveLength(10);
    await deny('web', { ...ada, name: 'bob' });
    expect(recorded.at(-1)?.subject).toBe('denied/kubernetes/bob');
  });

  it('of more actors than can be counted is only counted, until a window ends', async () => {
    for (let n = 0; n < 1_100; n += 1) await deny('web', { ...ada, name: `robot-${n}` });
    expect([recorded.length, counted.length]).toEqual([1_000, 1_100]);
    nowMs += 600_000;
    await deny('web', { ...ada, name: 'robot-1099' });
    expect(recorded).toHaveLength(1_001);
  });

  it('is counted once, whatever is denied while another is being recorded', async () => {
    await deny('web');
    await deny('web');
    let release = (): void => undefined;
    logAnswers = new Promise((resolve) => (release = resolve));
    const recording = [deny('api'), deny('cart')];
    await deny('web');
    release();
    await Promise.all(recording);
    nowMs += 600_000;
    await deny('web');
    expect(told().map(([, unrecorded]) => unrecorded)).toEqual([0, 1, 0, 1]);
  });

  it('that the log could not take is recorded when it is tried again', async () => {
    logWorks = false;
    await deny('web');
    logWorks = true;
    await deny('web');
    expect(told()).toEqual([['web', 1]]);
  });

  it('that the log cannot take is counted, and told of later', async () => {
    logWorks = false;
    await deny('web');
    expect([troubles, counted]).toEqual([1, ['no']]);
    logWorks = true;
    await deny('api');
    expect(told()).toEqual([['api', 1]]);
  });
});
