import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Write } from '@mcp/event-log';
import { EventLogSettings, Metrics, readSettings, TrafficSettings } from '@mcp/runtime';
import { type OpenedLog, openOwnLog } from './event-log.js';
import { metered } from './metered-log.js';

describe('a metered log', () => {
  let dataDir: string;
  let metrics: Metrics;
  let opened: OpenedLog;
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'mcp-log-'));
    metrics = new Metrics({ ofProcess: false });
    const inner = await openOwnLog(
      readSettings(EventLogSettings, { MCP_DATA_DIR: dataDir }),
      readSettings(TrafficSettings, {}),
      { source: 'simulated', id: '1' },
    );
    opened = metered(inner, metrics);
  });
  afterEach(async () => {
    await opened.close();
    rmSync(dataDir, { recursive: true });
  });

  const write = (subject: string): Write => ({
    subject,
    expectedVersion: 0,
    event: {
      ...{ id: subject, type: 'ScopeDeclared', version: 1, occurredAt: 1, data: { namespaces: 'all' } },
      actor: { name: 'test', provenBy: 'component' },
    },
  });
  const measured = async (name: string): Promise<number> => {
    const line = (await metrics.page()).body.split('\n').find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length));
  };

  it('has everything at zero from the start', async () => {
    const { body } = await metrics.page();
    const values = body.split('\n').filter((line) => line.startsWith('mcp_log_'));
    expect(values.length).toBeGreaterThan(10);
    expect(values.filter((line) => !line.endsWith(' 0'))).toEqual([]);
  });

  it('counts what is appended and read, by what became of it', async () => {
    const { log } = opened;
    const idempotency = { scope: 'test', key: 'once', bodyHash: 'same' };
    await log.append({ writes: [write('a'), write('b')], idempotency });
    // told of again, and recorded once
    await log.append({ writes: [write('a'), write('b')], idempotency });
    await expect(log.append({ writes: [write('a')] })).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    const read: string[] = [];
    for await (const batch of log.read({ log: await log.identity(), sequence: 0, digest: '' }))
      read.push(...batch.map(({ subject }) => subject));
    expect(read).toEqual(['a', 'b']);
    expect(await measured('mcp_log_appends_total{outcome="recorded"}')).toBe(2);
    expect(await measured('mcp_log_appends_total{outcome="refused"}')).toBe(1);
    expect(await measured('mcp_log_appended_events_total')).toBe(2);
    expect(await measured('mcp_log_append_seconds_count')).toBe(3);
    expect(await measured('mcp_log_read_events_total')).toBe(2);
  });
});
