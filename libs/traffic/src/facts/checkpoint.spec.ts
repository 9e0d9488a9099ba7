import { describe, expect, it } from '@jest/globals';
import type { WorkloadUsage } from '@mcp/events';
import type { CounterSeen } from '@mcp/sources';
import fc from 'fast-check';
import { FactLog } from '../../test/fact-log.js';
import { type Counted, encodeCheckpoint, takeCheckpoint } from './checkpoint.js';
import { CounterDifferences } from './counter-differences.js';
import { RefusalFacts } from './refusal-facts.js';
import { UsageFacts } from './usage-facts.js';

const workload = { namespace: 'shop', kind: 'Deployment', name: 'cart' };
const ten = Date.parse('2026-11-22T10:00:00Z');
const midnight = Date.parse('2026-11-23');

function newCounted(): Counted {
  return { differences: new CounterDifferences(), refusals: new RefusalFacts(), usage: new UsageFacts() };
}

function bytesOf(counted: Counted, log = 'a-log'): Uint8Array {
  return Buffer.concat([...encodeCheckpoint(counted, log)]);
}

/** A proxy that is called and calls nobody; a collector that polls it, and may be killed. */
class World {
  readonly log = new FactLog();
  at: number;
  counted = newCounted();
  #values = { allowed: 0, denied: 0 };
  #checkpoint: Uint8Array | undefined;

  constructor(at = ten) {
    this.at = at;
  }

  calls(allowed: number, denied: number): void {
    this.#values = { allowed: this.#values.allowed + allowed, denied: this.#values.denied + denied };
  }

  poll(): void {
    this.at += 15_000;
    const { differences, refusals, usage } = this.counted;
    const proxies = [
      { pod: 'shop/cart-1', workload, up: true, startedAt: 1_000, scrapes: 1, counters: this.#counters() },
    ];
    for (const found of differences.compare({ at: this.at, proxies, whole: true })) {
      refusals.take(found, this.at);
      usage.take(found, this.at);
    }
    usage.observe([workload], this.at, 15_000);
  }

  record(): void {
    const { refusals, usage } = this.counted;
    this.log.record(refusals.decide(this.at), refusals);
    this.log.record(usage.decide(this.at), usage);
  }

  checkpoint(): void {
    this.#checkpoint = bytesOf(this.counted);
  }

  wait(): void {
    this.at += 70_000;
  }

  kill(): void {
    this.counted = newCounted();
    this.log.foldInto(this.counted.refusals);
    this.log.foldInto(this.counted.usage);
    if (this.#checkpoint !== undefined) takeCheckpoint(this.counted, 'a-log', this.#checkpoint);
  }

  stop(): void {
    const { refusals, usage } = this.counted;
    this.log.record(refusals.flush(this.at), refusals);
    this.log.record(usage.flush(this.at), usage);
  }

  get recorded(): { readonly refused: number; readonly allowed: number; readonly denied: number } {
    let refused = 0;
    const days = new Map<string, WorkloadUsage>();
    for (const event of this.log.events) {
      if (event.type === 'TrafficRefused') refused += event.data.count;
      if (event.type === 'UsageRecorded') days.set(event.data.day, event.data);
    }
    const edges = [...days.values()].flatMap((day) => day.edges);
    const sum = (of: 'allowed' | 'denied') => edges.reduce((total, edge) => total + edge[of], 0);
    return { refused, allowed: sum('allowed'), denied: sum('denied') };
  }

  #counters(): readonly CounterSeen[] {
    const serving = { namespace: 'shop', pod: 'cart-1', address: '10.0.0.1' };
    const server = { group: '', kind: 'default', name: 'deny' };
    const client = { kind: 'unmeshed' } as const;
    return (['allowed', 'denied'] as const).map((what) => ({
      serving,
      what,
      protocol: 'http',
      port: 80,
      server,
      client,
      value: this.#values[what],
    }));
  }
}

type Step = ['calls', number, number] | ['poll' | 'wait' | 'record' | 'checkpoint' | 'kill'];

const aroundMidnight: [Step[], number][] = [
  // recorded before midnight, counted again before midnight, and calls after it
  [
    [
      ['calls', 3, 0],
      ['poll'],
      ['wait'],
      ['poll'],
      ['record'],
      ['kill'],
      ['poll'],
      ['wait'],
      ['calls', 2, 0],
    ],
    185_000,
  ],
  // the checkpoint is of the day after
  [
    [['calls', 3, 0], ['poll'], ['poll'], ['record'], ['poll'], ['checkpoint'], ['kill'], ['calls', 2, 0]],
    35_000,
  ],
];

describe('a checkpoint', () => {
  it('lets the next process count on, so that nothing is lost and nothing twice, whenever the one before was killed, around midnight too', () => {
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.tuple(fc.constant('calls' as const), fc.nat(9), fc.nat(9)),
      fc.tuple(fc.constantFrom('poll', 'poll', 'wait', 'record', 'checkpoint', 'kill' as const)),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(200_000), (story, beforeMidnight) => {
        const world = new World(midnight - beforeMidnight);
        // from here on the counters are known
        world.poll();
        world.checkpoint();
        const truth = { refused: 0, allowed: 0, denied: 0 };
        for (const [what, allowed = 0, denied = 0] of story) {
          if (what === 'calls') {
            world.calls(allowed, denied);
            truth.allowed += allowed;
            truth.denied += denied;
            truth.refused += denied;
          } else world[what]();
        }
        world.poll();
        world.stop();
        expect(world.recorded).toEqual(truth);
      }),
      { numRuns: 1_000, examples: aroundMidnight },
    );
  });

  it('that is damaged, of another log or of another kind changes nothing, and says why', () => {
    const world = new World();
    world.poll();
    world.calls(3, 4);
    world.poll();
    const whole = bytesOf(world.counted);
    const flipped = whole.with(100, (whole[100] ?? 0) ^ 1);
    const reasonOf = (bytes: Uint8Array, log = 'a-log'): unknown => {
      const counted = newCounted();
      const taken = takeCheckpoint(counted, log, bytes);
      expect(bytesOf(counted)).toEqual(bytesOf(newCounted()));
      return taken;
    };
    expect([
      reasonOf(flipped),
      reasonOf(whole.subarray(0, 200)),
      reasonOf(new Uint8Array()),
      reasonOf(whole, 'another-log'),
    ]).toEqual([
      { taken: false, reason: 'it is damaged' },
      { taken: false, reason: 'it is damaged' },
      { taken: false, reason: 'it is damaged' },
      { taken: false, reason: 'it is of another log' },
    ]);
    const counted = newCounted();
    expect(takeCheckpoint(counted, 'a-log', whole)).toEqual({ taken: true });
    expect(bytesOf(counted)).toEqual(whole);
  });

  it('does not bring back a refusal that the log forgot since, and keeps what was counted of it', () => {
    const world = new World();
    world.poll();
    world.calls(0, 4);
    world.poll();
    world.record();
    const forgotten = bytesOf(world.counted);
    world.calls(0, 3);
    world.poll();
    const counting = bytesOf(world.counted);
    const restored = (bytes: Uint8Array): RefusalFacts => {
      const counted = newCounted();
      takeCheckpoint(counted, 'a-log', bytes);
      return counted.refusals;
    };
    expect(restored(forgotten).size).toBe(0);
    expect(restored(counting).flush(ten)).toMatchObject([{ data: { count: 3, total: 3 } }]);
  });
});
