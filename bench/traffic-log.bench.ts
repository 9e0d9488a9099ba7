import type { Benchmark, Row } from './benchmark.js';
import type { CallStory } from './traffic-log/call-stories.js';
import { type AskedDay, loggedDay } from './traffic-log/simulated-day.js';
import { mebibytes, number } from './words.js';

const told = 10_000;

export const trafficLog: Benchmark = {
  name: 'traffic-log',
  title: 'A day of traffic in the log',
  async run({ quick }) {
    const size = quick ? { edges: 20, hours: 2 } : { edges: 500, hours: 24 };
    const rows: Row[] = [];
    for (const [story, what] of stories) rows.push(await row(what, { ...size, story, facts: 'edges' }));
    rows.push(
      await row('who used what, where all of them call all day', {
        ...size,
        story: 'steady',
        facts: 'usage',
      }),
    );
    return {
      rows,
      notes: [
        `Of ${number(told)} edges in ${size.hours} hours of polls, one every 15 s: events, and bytes on disk beyond an empty log. ${number(size.edges)} edges were polled, by the collector's own memory with an embedded log, and the figures multiplied; ten callers for each workload.`,
        'Baseline: an event for each poll that shows an edge otherwise than the poll before.',
        'Once: the figures are counts.',
      ],
    };
  },
};

const stories: readonly (readonly [CallStory, string])[] = [
  ['steady', 'edges that are called all day'],
  ['rollouts', 'edges of callees that are rolled out every four hours'],
  ['alternating', 'edges that have mesh TLS every other minute'],
  ['intermittent', 'edges that are called for a minute, every 2 minutes to 6 hours'],
];

async function row(what: string, asked: AskedDay): Promise<Row> {
  const { events, bytes, differences } = await loggedDay(asked);
  const factor = told / asked.edges;
  return {
    what,
    ours: `${number(events * factor)} events, ${mebibytes(bytes * factor)}`,
    baseline: asked.facts === 'edges' ? `${number(differences * factor)} events` : '',
  };
}
