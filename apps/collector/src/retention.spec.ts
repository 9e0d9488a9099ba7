import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type EventLog, openEmbeddedLog } from '@mcp/event-log';
import { Metrics, silentLogger } from '@mcp/runtime';
import { observeRetention } from './retention.metrics.js';
import { Retention } from './retention.js';

const second = 1_000;

describe('the bounds of a log', () => {
  let dataDir: string;
  let log: EventLog;
  let now: number;
  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'mcp-retention-'));
    now = 0;
    log = await openEmbeddedLog({ dataDir, mesh: 'demo', clock: () => now });
  });
  afterEach(async () => {
    await log.close();
    rmSync(dataDir, { recursive: true });
  });

  /** Two a second. */
  async function record(events: number): Promise<void> {
    for (let some = 0; some < events; some += 2) {
      now += second;
      const write = {
        subject: 'source-state/Pod',
        expectedVersion: 'any' as const,
        event: {
          id: `${now}`,
          type: 'SourceStateChanged' as const,
          version: 1,
          occurredAt: now,
          actor: { name: 'collector', provenBy: 'component' as const },
          data: { kind: 'Pod', phase: 'live', reason: '' } as const,
        },
      };
      await log.append({ writes: [write, write] });
    }
  }

  async function lookedAt(keepEvents: number): Promise<{ page: readonly string[]; afterwards: unknown }> {
    const metrics = new Metrics({ ofProcess: false });
    const retention = new Retention(log, { keepEvents, keepMiB: 1, keepDays: 2 }, silentLogger);
    observeRetention(metrics, retention);
    const stop = new AbortController();
    const running = retention.run(await log.claim('collector', 'test'), stop.signal);
    while (retention.held === undefined) await turn();
    const { body } = await metrics.page();
    stop.abort();
    await running;
    return { page: body.split('\n').filter((line) => line.startsWith('mcp_')), afterwards: retention.held };
  }

  it('are told with the time since which it has every event: of its first', async () => {
    await record(2_000);
    expect(await lookedAt(2_000)).toEqual({
      page: [
        'mcp_collector_log_oldest_timestamp_seconds 1',
        'mcp_collector_log_trimmed 0',
        'mcp_collector_log_asked_seconds 172800',
      ],
      afterwards: undefined,
    });
  });

  it('are told with the time that a trim for one of them has left', async () => {
    await record(2_400);
    const { page } = await lookedAt(2_000);
    expect(page.slice(0, 2)).toEqual([
      'mcp_collector_log_oldest_timestamp_seconds 200',
      'mcp_collector_log_trimmed 1',
    ]);
    expect(await log.keptSince()).toBe(200 * second);
  });

  it('are told of an empty log without a time', async () => {
    const { page } = await lookedAt(2_000);
    expect(page.slice(0, 2)).toEqual([
      'mcp_collector_log_oldest_timestamp_seconds 0',
      'mcp_collector_log_trimmed 0',
    ]);
  });
});
