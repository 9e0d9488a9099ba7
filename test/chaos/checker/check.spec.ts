import { describe, expect, it } from '@jest/globals';
import { isEventLogError } from '@mcp/event-log';
import { check, type LawName } from './check.js';
import {
  acknowledgeBeforeAppend,
  doubleApply,
  droppedDeletion,
  droppedTombstone,
  lostWrite,
  noFence,
  skippedTailCheck,
  staleSnapshot,
} from './defects.js';
import { type Defects, SmallWorld } from './small-world.js';

interface Case {
  readonly defect: string;
  readonly with: Defects;
  readonly story: (world: SmallWorld) => Promise<void>;
  /** Those that find it. */
  readonly laws: readonly LawName[];
}

const refused = (error: unknown): void => {
  if (!isEventLogError(error, 'DEPOSED_WRITER')) throw error;
};

/** A change that is asked for, applied and seen. */
async function converge(world: SmallWorld, name: string): Promise<void> {
  const change = await world.request(name);
  const written = world.apply(change);
  await world.recordApplied(change, written);
  await world.recordSeen(written);
}

/** Who led is paused with a sighting that it has not recorded; meanwhile the object goes, and another one sees that. */
async function lateSighting(world: SmallWorld): Promise<void> {
  await converge(world, 'web');
  const paused = await world.log.claim('collector', 'paused');
  const sighting = world.editByHand('api');
  const next = await world.log.claim('collector', 'next');
  await world.recordSeen(sighting, next);
  await world.recordSeen(world.deleteByHand('api'), next);
  await world.recordSeen(sighting, paused).catch(refused);
}

/** Killed between apply and record; somebody edits the object before the next one looks at it. */
async function killedBeforeRecord(world: SmallWorld): Promise<void> {
  const change = await world.request('web');
  await world.recordSeen(world.apply(change));
  await world.recordSeen(world.editByHand('web'));
  const found = world.apply(change);
  await world.recordApplied(change, found);
  await world.recordSeen(found);
}

async function deleted(world: SmallWorld): Promise<void> {
  await converge(world, 'web');
  await world.recordSeen(world.editByHand('api'));
  await world.recordSeen(world.deleteByHand('api'));
}

/** The newest event is lost, which a replica has read; another comes in its place. */
async function lostTail(world: SmallWorld): Promise<void> {
  const change = await world.request('web');
  const failOver = await world.copy();
  const edit = world.editByHand('api');
  await world.recordSeen(edit);
  await world.catchUp();
  await failOver();
  const written = world.apply(change);
  await world.recordApplied(change, written);
  await world.recordSeen(written);
  await world.recordSeen(edit);
}

/** A replica that is behind saves what it has. */
async function savedBehind(world: SmallWorld): Promise<void> {
  await converge(world, 'web');
  await world.catchUp();
  await converge(world, 'api');
  await world.replica.follower.end();
}

const cases: readonly Case[] = [
  { defect: 'no fence', with: { log: noFence }, story: lateSighting, laws: ['cluster as seen'] },
  {
    defect: 'an acknowledgement before the append',
    with: { log: acknowledgeBeforeAppend },
    story: (world) => converge(world, 'web'),
    laws: ['acknowledged once', 'applied once'],
  },
  {
    defect: 'a double apply',
    with: { target: doubleApply },
    story: killedBeforeRecord,
    laws: ['applied once'],
  },
  {
    defect: 'a dropped tombstone',
    with: { log: droppedTombstone },
    story: deleted,
    laws: ['log without a gap'],
  },
  { defect: 'a dropped deletion', with: { log: droppedDeletion }, story: deleted, laws: ['cluster as seen'] },
  {
    defect: 'a skipped tail check',
    with: { log: skippedTailCheck },
    story: lostTail,
    laws: ['one true phase', 'as replayed', 'positions forward'],
  },
  {
    defect: 'an apply that was not made',
    with: { target: lostWrite },
    story: (world) => converge(world, 'web'),
    laws: ['applied once', 'cluster as desired', 'cluster as seen'],
  },
  { defect: 'a stale snapshot', with: { log: staleSnapshot }, story: savedBehind, laws: ['as replayed'] },
];

async function findings(story: Case['story'], defects: Defects): Promise<ReturnType<typeof check>> {
  const world = await SmallWorld.open(defects);
  try {
    await story(world);
    return check(await world.history());
  } finally {
    await world.close();
  }
}

describe('the checker', () => {
  it.each(cases)('finds $defect, and nothing where there is none', async ({ with: defects, story, laws }) => {
    expect(await findings(story, {})).toEqual([]);
    const broken = (await findings(story, defects)).map(({ law }) => law);
    expect([...new Set(broken)].sort()).toEqual([...laws].sort());
  });
});
