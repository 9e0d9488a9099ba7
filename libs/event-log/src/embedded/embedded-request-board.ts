import {
  answerTtlMs,
  maxWaitingQuestions,
  mostPins,
  NoAnswer,
  NoResponder,
  openReply,
  replyTo,
  type BoardNote,
  type BoardReply,
  type BoardRequest,
  type RequestBoard,
} from '../request-board.js';

interface Question {
  readonly id: string;
  readonly body: string;
  readonly deadline: number;
  reply?: { readonly text: string; readonly keptUntil: number };
  readonly asking: Set<() => void>;
}

interface Topic {
  readonly questions: Map<string, Question>;
  readonly waiting: Question[];
  responders: number;
  lastSeenAt?: number;
  wake: () => void;
}

/** A board in memory, for apps that run in one process. Bodies and answers pass as JSON, as they would between processes. */
export class EmbeddedRequestBoard implements RequestBoard {
  readonly #topics = new Map<string, Topic>();
  /** The oldest first. */
  readonly #pins = new Map<
    string,
    { readonly scope: string; readonly text: string; readonly until: number }
  >();
  readonly #closing = new AbortController();

  constructor(private readonly clock: () => number = Date.now) {}

  async ask({ topic: name, id, body, timeoutMs }: BoardRequest): Promise<unknown> {
    const topic = this.#topic(name);
    const now = this.clock();
    this.#forget(topic, now);
    let question = topic.questions.get(id);
    if (question?.reply === undefined) {
      if (topic.responders === 0) throw new NoResponder(name, topic.lastSeenAt);
      if (question === undefined || question.deadline <= now) {
        question = { id, body: JSON.stringify(body ?? null), deadline: now + timeoutMs, asking: new Set() };
        topic.questions.set(id, question);
        topic.waiting.push(question);
        if (topic.waiting.length > maxWaitingQuestions) topic.waiting.shift();
        topic.wake();
      }
      await this.#replied(question, timeoutMs);
    }
    if (question.reply === undefined) throw new NoAnswer(name, timeoutMs);
    return openReply(name, JSON.parse(question.reply.text) as BoardReply);
  }

  async serve(
    name: string,
    answer: (body: unknown, signal: AbortSignal) => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    const topic = this.#topic(name);
    const ended = AbortSignal.any([signal, this.#closing.signal]);
    topic.responders += 1;
    try {
      while (!ended.aborted) {
        topic.lastSeenAt = this.clock();
        const question = topic.waiting.shift();
        if (question === undefined) await nextQuestion(topic, ended);
        else if (question.deadline > this.clock()) {
          const reply = await replyTo(JSON.parse(question.body), answer, ended);
          question.reply = { text: JSON.stringify(reply), keptUntil: this.clock() + answerTtlMs };
          for (const tell of question.asking) tell();
        }
      }
    } finally {
      topic.responders -= 1;
      topic.lastSeenAt = this.clock();
    }
  }

  async pin({ scope, id, body, forMs }: BoardNote): Promise<void> {
    const now = this.clock();
    for (const [old, { until }] of this.#pins) if (until <= now) this.#pins.delete(old);
    this.#pins.set(id, { scope, text: JSON.stringify(body), until: now + forMs });
    const ofScope = [...this.#pins].filter(([, pin]) => pin.scope === scope);
    for (const [old] of ofScope.slice(0, -mostPins)) this.#pins.delete(old);
  }

  async pinned(id: string): Promise<unknown> {
    const pin = this.#pins.get(id);
    return pin === undefined || pin.until <= this.clock() ? undefined : JSON.parse(pin.text);
  }

  async close(): Promise<void> {
    this.#closing.abort();
  }

  #topic(name: string): Topic {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = { questions: new Map(), waiting: [], responders: 0, wake: () => undefined };
      this.#topics.set(name, topic);
    }
    return topic;
  }

  #replied(question: Question, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const tell = () => {
        clearTimeout(timer);
        question.asking.delete(tell);
        this.#closing.signal.removeEventListener('abort', tell);
        resolve();
      };
      const timer = setTimeout(tell, timeoutMs);
      question.asking.add(tell);
      this.#closing.signal.addEventListener('abort', tell);
    });
  }

  #forget({ questions }: Topic, now: number): void {
    for (const [id, { reply, deadline }] of questions)
      if (reply === undefined ? deadline <= now : reply.keptUntil <= now) questions.delete(id);
  }
}

function nextQuestion(topic: Topic, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wakeOthers = topic.wake;
    const wake = () => {
      ended.removeEventListener('abort', wake);
      topic.wake = () => undefined;
      wakeOthers();
      resolve();
    };
    topic.wake = wake;
    ended.addEventListener('abort', wake);
  });
}
