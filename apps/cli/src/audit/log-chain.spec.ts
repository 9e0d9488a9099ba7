import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ExportedEvent, LogPlace } from '@mcp/contracts';
import fc from 'fast-check';
import { LogChain } from './log-chain.js';

/** Three events as a log kept them, with the digests that it gave. */
const start: LogPlace = { log: 'story', sequence: 0, digest: '' };
const hashOf = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');

function recorded(bodies: readonly string[]): readonly ExportedEvent[] {
  let digest = '';
  return bodies.map((body, at) => {
    const event = {
      sequence: at + 1,
      subject: `change/${at} b`,
      subjectVersion: 1,
      recordedAtMs: 1_000 + at,
      body,
    };
    digest = hashOf('sha1', `${digest} ${at + 1} ${hashOf('sha256', body)} 1 ${1_000 + at} change/${at} b`);
    return { ...event, digest };
  });
}

function verified(events: readonly ExportedEvent[], from = start) {
  const chain = new LogChain(from);
  return { broken: chain.take(events), place: chain.place };
}

const bodies = fc.array(fc.json(), { minLength: 2, maxLength: 8 });

describe('the chain of a log', () => {
  it('is that of the formula, on a value worked out by hand', () => {
    // printf '%s' '{}' | sha256sum; printf '%s' ' 1 <that> 1 1000 change/0 b' | sha1sum
    const [event] = recorded(['{}']);
    expect(event?.digest).toBe('433b4beb84e7e9b56b8eb584d6702ad2f747026b');
    expect(verified([event!]).place).toEqual({ log: 'story', sequence: 1, digest: event!.digest });
  });

  it('holds for what was recorded, from any place on', () => {
    fc.assert(
      fc.property(bodies, fc.nat(7), (all, skip) => {
        const events = recorded(all);
        const from = events[Math.min(skip, events.length - 1)]!;
        expect(verified(events).broken).toBeUndefined();
        const rest = events.slice(from.sequence);
        expect(verified(rest, { log: 'story', ...from })).toMatchObject({
          broken: undefined,
          place: { sequence: events.length },
        });
      }),
    );
  });

  it('is broken by any other byte of any event, by a lost event, and by one in another place', () => {
    const change = fc.constantFrom('body', 'subject', 'subjectVersion', 'recordedAtMs', 'lost', 'moved');
    fc.assert(
      fc.property(bodies, fc.nat(), change, (all, pick, what) => {
        const events = [...recorded(all)];
        const at = pick % (events.length - (what === 'lost' || what === 'moved' ? 1 : 0));
        const event = events[at]!;
        if (what === 'lost') events.splice(at, 1);
        else if (what === 'moved') events.splice(at, 2, events[at + 1]!, event);
        else if (what === 'body' || what === 'subject') events[at] = { ...event, [what]: `${event[what]} ` };
        else events[at] = { ...event, [what]: event[what] + 1 };
        expect(verified(events).broken).toMatchObject({ sequence: at + 1 });
      }),
    );
  });
});
