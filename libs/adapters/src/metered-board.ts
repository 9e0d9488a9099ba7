import {
  AnswerFailed,
  type BoardRequest,
  boardTopics,
  NoAnswer,
  NoResponder,
  type RequestBoard,
} from '@mcp/event-log';
import type { Metrics } from '@mcp/runtime';

/** A look at a cluster takes milliseconds; nobody waits longer than 15 s. */
const secondsBuckets = [0.005, 0.025, 0.1, 0.5, 2.5, 15];

/**
 * `failed`: who took it could not answer. `no-responder`: nobody serves the topic. `no-answer`: not in time. `unavailable`: the board
 * could not be asked.
 */
const questionOutcomes = ['answered', 'failed', 'no-responder', 'no-answer', 'unavailable'] as const;
const answerOutcomes = ['answered', 'failed'] as const;

/** The same board, and what this process asks and answers on it in metrics. `now` is in milliseconds, from any origin. */
export function meteredBoard(
  board: RequestBoard,
  metrics: Metrics,
  now: () => number = () => performance.now(),
): RequestBoard {
  const questions = metrics.counterOf(
    'mcp_board_questions_total',
    'Questions of this process to others that ended, by what came of them.',
    boardTopics.flatMap((topic) => questionOutcomes.map((outcome) => seriesOf(topic, outcome))),
  );
  const took = metrics.histogramOf<{ topic: string }>(
    'mcp_board_question_seconds',
    'How long questions took, those without an answer included.',
    boardTopics.map((topic) => ({ topic })),
    secondsBuckets,
  );
  const answers = metrics.counterOf(
    'mcp_board_answers_total',
    'Questions of others that this process took, by what it answered.',
    boardTopics.flatMap((topic) => answerOutcomes.map((outcome) => seriesOf(topic, outcome))),
  );

  const open = new Set<{ readonly topic: string; readonly askedAt: number }>();
  const waiting = (topic: string): readonly number[] =>
    [...open].filter((question) => question.topic === topic).map(({ askedAt }) => askedAt);
  const gauge = (name: string, help: string, read: (askedAt: readonly number[]) => number): void =>
    metrics.gaugeBy(`mcp_board_${name}`, help, 'topic', () =>
      boardTopics.map((topic) => [topic, read(waiting(topic))] as const),
    );
  gauge('open_questions', 'Questions of this process that wait for an answer.', ({ length }) => length);
  gauge(
    'oldest_question_seconds',
    'For how long the oldest open question of this process has been waiting; 0 where none is.',
    (askedAt) => (askedAt.length === 0 ? 0 : (now() - Math.min(...askedAt)) / 1_000),
  );

  return {
    async ask(request: BoardRequest) {
      const { topic } = request;
      const question = { topic, askedAt: now() };
      open.add(question);
      try {
        const answer = await board.ask(request);
        questions(seriesOf(topic, 'answered'));
        return answer;
      } catch (error) {
        questions(seriesOf(topic, outcomeOf(error)));
        throw error;
      } finally {
        open.delete(question);
        took({ topic }, (now() - question.askedAt) / 1_000);
      }
    },
    serve: (topic, answer, signal) =>
      board.serve(
        topic,
        async (body, asked) => {
          try {
            const given = await answer(body, asked);
            answers(seriesOf(topic, 'answered'));
            return given;
          } catch (error) {
            answers(seriesOf(topic, 'failed'));
            throw error;
          }
        },
        signal,
      ),
    pin: (note) => board.pin(note),
    pinned: (id) => board.pinned(id),
    close: () => board.close(),
  };
}

function seriesOf(topic: string, outcome: (typeof questionOutcomes)[number]) {
  return { topic, outcome };
}

function outcomeOf(error: unknown): (typeof questionOutcomes)[number] {
  if (error instanceof AnswerFailed) return 'failed';
  if (error instanceof NoResponder) return 'no-responder';
  return error instanceof NoAnswer ? 'no-answer' : 'unavailable';
}
