import type { Readable } from 'node:stream';
import { advice, excerpt, failureOfAnswer, failureOfError, type Asked } from './answer-failure.js';
import { failureOfConnection } from './connection-failure.js';
import { CutAnswer } from './cut-answer.js';
import { Deadline } from './deadline.js';
import { PrometheusFailure, type InstantQueries, type VectorAnswer } from './instant-query.js';
import { KnownRows } from './known-rows.js';
import { queryAddress, type PrometheusServer } from './prometheus-server.js';
import { readVector } from './read-vector.js';
import { ServerConnection } from './server-connection.js';
import { AnswerOfError, MalformedAnswer } from './vector-document.js';

/** Of an answer that is an error: enough to say what is wrong. */
const readErrorBytes = 16 * 1024;

/**
 * Asks one server that speaks the HTTP API of Prometheus: Prometheus itself, Thanos, Mimir. Every question is one POST; nothing is
 * asked again on its own. Answers may come gzipped. One is read whole before any row is given out; beside its bytes, at most
 * `maxAnswerBytes`, only what its rows mean, their numbers, and the labels of one slice are in memory. An answer that is not laid out as these servers do is parsed in one
 * piece, which takes more memory and, if it is large, holds the event loop.
 *
 * Fails with `PrometheusFailure`, whose message names the URL without its credentials, or with the signal's reason, at once, when
 * that aborts. An answer that the caller's `take` refuses fails with what `take` threw.
 */
export class PrometheusClient implements InstantQueries {
  private readonly url: string;
  private readonly connection: ServerConnection;
  private readonly answerTimeoutMs: number;
  private readonly maxAnswerBytes: number;

  /** Fails with a plain error where the URL is no base URL. */
  constructor(private readonly server: PrometheusServer) {
    const address = queryAddress(server);
    this.url = address.shown;
    this.connection = new ServerConnection(address, server);
    this.answerTimeoutMs = server.answerTimeoutMs ?? 30_000;
    this.maxAnswerBytes = server.maxAnswerBytes ?? 64 * 1024 * 1024;
  }

  async now(signal: AbortSignal): Promise<number> {
    const values: number[] = [];
    const none = new KnownRows(() => undefined);
    await this.ask({ query: 'time()' }, signal, none, (_, value) => values.push(value));
    const [seconds = NaN] = values;
    if (values.length === 1 && Number.isFinite(seconds)) return Math.round(seconds * 1000);
    throw new PrometheusFailure(
      'INVALID',
      `${this.url} does not tell its time: ${values.join(', ') || 'no rows'}`,
    );
  }

  async instant<Meaning>(
    query: string,
    { timeMs, signal }: { readonly timeMs: number; readonly signal: AbortSignal },
    known: KnownRows<Meaning>,
    take: (meaning: Meaning, value: number) => void,
  ): Promise<VectorAnswer> {
    return this.ask({ query, time: (timeMs / 1000).toFixed(3) }, signal, known, take);
  }

  /** Ends all connections; what is still running fails. */
  close(): Promise<void> {
    return this.connection.close();
  }

  private async ask<Meaning>(
    question: { readonly query: string; readonly time?: string },
    signal: AbortSignal,
    known: KnownRows<Meaning>,
    take: (meaning: Meaning, value: number) => void,
  ): Promise<VectorAnswer> {
    const { limit } = this.server;
    const form = new URLSearchParams({
      ...question,
      timeout: `${this.answerTimeoutMs}ms`,
      ...(limit !== undefined && { limit: String(limit) }),
    });
    const asked = { url: this.url, query: question.query };
    const answer = await this.exchange(asked, form, signal);
    try {
      return await readVector(answer, signal, known, take);
    } catch (error) {
      if (error instanceof AnswerOfError) throw failureOfError(asked, error);
      if (!(error instanceof MalformedAnswer)) throw error;
      const message = `${this.url} did not answer as Prometheus does: ${excerpt(error.message, 300)}`;
      throw new PrometheusFailure('INVALID', `${message}; ${advice('INVALID', asked)}`, undefined, error);
    }
  }

  /** The whole good answer, unread. */
  private async exchange(asked: Asked, form: URLSearchParams, signal: AbortSignal): Promise<CutAnswer> {
    const deadline = new Deadline(this.answerTimeoutMs, signal);
    try {
      const { status, headers, body } = await this.connection.post(form, deadline.signal);
      if (status === 200) return await this.readWhole(asked, body);
      throw failureOfAnswer(asked, { status, headers, text: await readStart(body, readErrorBytes) });
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof PrometheusFailure) throw error;
      if (!deadline.passed) throw failureOfConnection(asked, error);
      const message = `${this.url} did not answer in full within ${this.answerTimeoutMs} ms`;
      throw new PrometheusFailure('TIMEOUT', `${message}; ${advice('TIMEOUT', asked)}`, undefined, error);
    } finally {
      deadline.clear();
    }
  }

  private async readWhole(asked: Asked, body: Readable): Promise<CutAnswer> {
    const answer = new CutAnswer();
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      // to leave the loop drops the connection
      if (bytes > this.maxAnswerBytes) {
        const message = `${asked.url} answers with more than ${this.maxAnswerBytes} bytes`;
        throw new PrometheusFailure('TOO_LARGE', `${message}; ${advice('TOO_LARGE', asked)}`);
      }
      answer.add(chunk);
    }
    return answer;
  }
}

/** As text; what comes after it is not waited for. */
async function readStart(body: Readable, bytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let read = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    read += chunk.length;
    if (read >= bytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}
