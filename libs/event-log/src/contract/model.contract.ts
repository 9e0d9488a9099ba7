import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isEventLogError, type Write } from '../index.js';
import { type LogUnderTest, newEvent, readAll } from './log-under-test.contract.js';

/** A log beside the simplest model of one, under any appends. */
export function modelContract(under: LogUnderTest): void {
  it('does exactly what a simple model does with any appends', async () => {
    let run = 0;
    const aWrite = fc.record({
      about: fc.integer({ min: 0, max: 3 }),
      expects: fc.constantFrom(
        'right' as const,
        'right' as const,
        'right' as const,
        'any' as const,
        'wrong' as const,
      ),
      tombstone: fc.boolean(),
    });
    const appends = fc.array(fc.array(aWrite, { minLength: 1, maxLength: 6 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(appends, async (sequence) => {
        run += 1;
        const from = await under.log.head();
        const model = { versions: new Map<string, number>(), events: [] as [string, string, number][] };
        for (const append of sequence) {
          const versions = new Map(model.versions);
          const events: [string, string, number][] = [];
          const refused = append.some(({ expects }) => expects === 'wrong');
          const writes = append.map(({ about, expects, tombstone }): Write => {
            const name = `model/${from.log}/${run}/${about}`;
            const at = versions.get(name) ?? 0;
            const event = newEvent();
            events.push([event.id, name, at + 1]);
            versions.set(name, tombstone ? 0 : at + 1);
            const expectedVersion = expects === 'any' ? 'any' : expects === 'wrong' ? at + 1 : at;
            return { subject: name, expectedVersion, event, tombstone };
          });
          const outcome = await under.log.append({ writes }).then(
            () => 'recorded',
            (error: unknown) => (isEventLogError(error) ? error.code : error),
          );
          expect(outcome).toBe(refused ? 'VERSION_CONFLICT' : 'recorded');
          if (refused) continue;
          model.versions = versions;
          model.events.push(...events);
        }
        const recorded = await readAll(under.log, from, { batchSize: 5, verify: 'every-event' });
        expect(recorded.map((event) => [event.id, event.subject, event.subjectVersion])).toEqual(
          model.events,
        );
        for (const [name, version] of model.versions) expect(await under.log.versionOf(name)).toBe(version);
      }),
      { numRuns: 25 },
    );
  });
}
