import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { ExportEventsResponse } from '@mcp/contracts';
import { printExported, readPlace } from './exported-lines.js';

const digest = (sequence: number) => String(sequence).padStart(40, '0');
const from = { log: 'story', sequence: 3, digest: digest(3) };

function* exported(answers: number, made: () => void): Generator<ExportEventsResponse> {
  yield { from, events: [] };
  for (let sequence = 4; sequence < 4 + 2 * answers; sequence += 2) {
    made();
    const event = { subject: 'scope', subjectVersion: 1, recordedAtMs: 1, body: '{}' };
    const events = [sequence, sequence + 1].map((at) => ({ ...event, sequence: at, digest: digest(at) }));
    yield { from: { ...from, sequence: sequence - 1 }, events };
  }
}

async function* coming(answers: number, made: () => void = () => undefined) {
  yield* exported(answers, made);
}

describe('an exported log', () => {
  it('has a line for each event, with a position from which a later export goes on', async () => {
    let text = '';
    const begun: unknown[] = [];
    const run = { writeOn: async (more: string) => void (text += more) };
    await printExported(coming(2), run, (place) => begun.push(place));
    const lines = text.trimEnd().split('\n');
    expect(begun).toEqual([from]);
    expect(lines.map((line) => readPlace((JSON.parse(line) as { position: string }).position))).toEqual(
      [4, 5, 6, 7].map((sequence) => ({ log: 'story', sequence, digest: digest(sequence) })),
    );
  });

  it('is not asked for faster than it is read', async () => {
    let made = 0;
    const waiting: (() => void)[] = [];
    const run = { writeOn: () => new Promise<void>((resolve) => void waiting.push(resolve)) };
    const printing = printExported(
      coming(3, () => void (made += 1)),
      run,
      () => undefined,
    );
    for (let event = 1; event <= 6; event += 1) {
      for (let turns = 0; turns < 5; turns += 1) await turn();
      expect([waiting.length, made]).toEqual([event, Math.ceil(event / 2)]);
      waiting.at(-1)?.();
    }
    await printing;
  });

  it.each(['story.4', `story.4.${'0'.repeat(16)}`, `story.x.${digest(4)}`, ''])(
    'does not go on after %j, which is too little to know the place by',
    (text) => {
      expect(() => readPlace(text)).toThrow('Say the position of a line that was exported');
    },
  );
});
