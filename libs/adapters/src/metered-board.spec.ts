import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dryRunTopic, EmbeddedRequestBoard, type RequestBoard } from '@mcp/event-log';
import { Metrics } from '@mcp/runtime';
import { meteredBoard } from './metered-board.js';

describe('a metered board', () => {
  let nowMs: number;
  let metrics: Metrics;
  let board: RequestBoard;
  let serving: Promise<void> | undefined;
  beforeEach(() => {
    nowMs = 5_000;
    metrics = new Metrics({ ofProcess: false });
    board = meteredBoard(new EmbeddedRequestBoard(), metrics, () => nowMs);
    serving = undefined;
  });
  afterEach(async () => {
    await board.close();
    await serving;
  });

  /** Each series of the page that is not 0, without the buckets. */
  const counted = async (): Promise<Readonly<Record<string, number>>> => {
    const lines = (await metrics.page()).body
      .split('\n')
      .filter((line) => /^mcp_board_(?!.*_bucket)/.test(line));
    const values = lines.map((line): [string, number] => {
      const [series = '', value] = line.split(' ');
      return [series, Number(value)];
    });
    expect(values.length).toBeGreaterThan(10);
    return Object.fromEntries(values.filter(([, value]) => value !== 0));
  };
  const serve = (answer: Parameters<RequestBoard['serve']>[1]): void => {
    serving = board.serve(dryRunTopic, answer, new AbortController().signal);
  };
  const ask = (id: string, timeoutMs = 60_000): Promise<unknown> =>
    board.ask({ topic: dryRunTopic, id, body: id, timeoutMs });

  it('has everything at zero from the start', async () => {
    expect(await counted()).toEqual({});
  });

  it('says how many questions wait, and for how long the oldest does', async () => {
    let answered = (): void => undefined;
    serve((body) => new Promise((resolve) => (answered = () => resolve(body))));
    const first = ask('first');
    nowMs += 4_000;
    const second = ask('second');
    nowMs += 500;
    expect(await counted()).toEqual({
      'mcp_board_open_questions{topic="dry-run"}': 2,
      'mcp_board_oldest_question_seconds{topic="dry-run"}': 4.5,
    });
    answered();
    expect(await first).toBe('first');
    expect(await counted()).toMatchObject({
      'mcp_board_open_questions{topic="dry-run"}': 1,
      'mcp_board_oldest_question_seconds{topic="dry-run"}': 0.5,
    });
    answered();
    expect(await second).toBe('second');
    expect(await counted()).toEqual({
      'mcp_board_questions_total{topic="dry-run",outcome="answered"}': 2,
      'mcp_board_answers_total{topic="dry-run",outcome="answered"}': 2,
      'mcp_board_question_seconds_count{topic="dry-run"}': 2,
      'mcp_board_question_seconds_sum{topic="dry-run"}': 5,
    });
  });

  it('counts what came of questions that nobody answered', async () => {
    await expect(ask('nobody is there')).rejects.toMatchObject({ code: 'NO_RESPONDER' });
    serve(async (body, signal) => {
      if (body === 'a broken one') throw new Error('broken');
      await once(signal, 'abort');
    });
    await expect(ask('a broken one')).rejects.toMatchObject({ code: 'ANSWER_FAILED' });
    await expect(ask('a slow one', 1)).rejects.toMatchObject({ code: 'NO_ANSWER' });
    expect(await counted()).toEqual({
      'mcp_board_questions_total{topic="dry-run",outcome="no-responder"}': 1,
      'mcp_board_questions_total{topic="dry-run",outcome="failed"}': 1,
      'mcp_board_questions_total{topic="dry-run",outcome="no-answer"}': 1,
      'mcp_board_answers_total{topic="dry-run",outcome="failed"}': 1,
      'mcp_board_question_seconds_count{topic="dry-run"}': 3,
    });
  });

  it('counts a board that cannot be asked, and passes on why', async () => {
    const lost = new Error('connection lost');
    const broken = {
      ask: () => Promise.reject(lost),
      serve: () => Promise.reject(lost),
      pin: () => Promise.reject(lost),
      pinned: () => Promise.reject(lost),
      close: async () => undefined,
    };
    board = meteredBoard(broken, (metrics = new Metrics({ ofProcess: false })), () => nowMs);
    await expect(ask('whoever')).rejects.toBe(lost);
    expect(await counted()).toEqual({
      'mcp_board_questions_total{topic="dry-run",outcome="unavailable"}': 1,
      'mcp_board_question_seconds_count{topic="dry-run"}': 1,
    });
  });
});
