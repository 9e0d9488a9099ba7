import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { everyoneMay } from '@mcp/access';
import { EmbeddedRequestBoard, openEmbeddedLog } from '@mcp/event-log';
import { Health, Metrics, silentLogger, SoleLeader } from '@mcp/runtime';
import { FakePolicyTarget } from '@mcp/testing';
import { Reconciler, ReconcilerModule } from './index.js';

describe('the reconciler module', () => {
  it('composes a reconciler that is not ready before it has read the log, and has its metrics from the start', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'mcp-reconciler-'));
    const log = await openEmbeddedLog({ dataDir, mesh: 'demo' });
    const health = new Health();
    const metrics = new Metrics({ ofProcess: false });
    const app = await NestFactory.createApplicationContext(
      ReconcilerModule.create({
        log,
        board: new EmbeddedRequestBoard(),
        target: new FakePolicyTarget(),
        authorizer: everyoneMay,
        identity: async () => ({ source: 'simulated', id: '7' }),
        leadership: new SoleLeader('one'),
        manifestOf: () => '',
        logger: silentLogger,
        health,
        metrics,
      }),
      { logger: false },
    );
    const reconciler = app.get(Reconciler);
    const stop = new AbortController();
    const running = reconciler.run(stop.signal);
    const { body } = await metrics.page();
    stop.abort();
    await running;
    await app.close();
    await log.close();
    rmSync(dataDir, { recursive: true });
    expect(health.report().parts['reconciler']).toEqual({
      ready: false,
      reason: 'the event log is not read, or not reachable',
    });
    expect(body.split('\n').filter((line) => line.startsWith('mcp_'))).toEqual([
      'mcp_reconciler_passes_total{end="done"} 0',
      'mcp_reconciler_passes_total{end="retry"} 0',
      'mcp_reconciler_passes_total{end="terminal"} 0',
      'mcp_reconciler_passes_total{end="fault"} 0',
      'mcp_reconciler_outcomes_total{outcome="ApplyStarted",code=""} 0',
      'mcp_reconciler_outcomes_total{outcome="DryRunPassed",code=""} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeApplied",code=""} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeRejected",code=""} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeConflicted",code=""} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeRefused",code="GITOPS_OWNED"} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeRefused",code="LOG_BEHIND_CLUSTER"} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeRefused",code="NOT_A_CLUSTER"} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeRefused",code="NO_LONGER_ALLOWED"} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeRefused",code="OBJECT_UNREADABLE"} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeRefused",code="NOT_OURS"} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeRefused",code="FIELDS_NOT_MODELLED"} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeRefused",code="WOULD_DIFFER"} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeRefused",code="SET_BROKEN"} 0',
      'mcp_reconciler_outcomes_total{outcome="ChangeSuperseded",code=""} 0',
      'mcp_reconciler_outcomes_total{outcome="ApplyDeferred",code=""} 0',
      'mcp_reconciler_queue_objects 0',
      'mcp_reconciler_queue_oldest_seconds 0',
      'mcp_reconciler_longest_pass_seconds 0',
      'mcp_reconciler_leader 0',
    ]);
  });
});
