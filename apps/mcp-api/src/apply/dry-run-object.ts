import { randomUUID } from 'node:crypto';
import type { DryRunAnswer, DryRunQuestion, DryRunReply } from '@mcp/desired-state';
import { dryRunTopic, type RequestBoard } from '@mcp/event-log';
import { CallRefused } from '@mcp/grpc';
import { formatResourceKey } from '@mcp/mesh';
import { manifestFact, withManifest } from './manifest-in-answer.js';

/** How long the reconciler may take: an API server answers within 1 s, its webhooks within 10 s by default. */
const patienceMs = 15_000;

/** A plan that the API server would take. */
export type TriedOut = Exclude<DryRunReply, { plan: 'refuse' | 'unknown' }>;

/** Asks the reconciler what would happen; nothing is changed or recorded. */
export class DryRunObject {
  constructor(private readonly board: RequestBoard) {}

  /** As `ask` for each, in order, as if the others were not: what would be done of all, or the first refusal. */
  async askAll(questions: readonly DryRunQuestion[]): Promise<string> {
    const answers: string[] = [];
    for (const question of questions) answers.push(await this.ask(question));
    return answers.join('\n');
  }

  /**
   * What would be done, in words. Fails with DRY_RUN_REJECTED, DRY_RUN_CONFLICTED, DRY_RUN_REFUSED or DRY_RUN_UNAVAILABLE, or as
   * `RequestBoard.ask` does.
   */
  async ask(question: DryRunQuestion): Promise<string> {
    const { plan } = await this.of(question);
    const object = formatResourceKey(question.key);
    return plan === 'nothing'
      ? `${object} is so already; an apply would change nothing`
      : `the API server would ${plan} ${object}; nothing was changed, this was a dry run`;
  }

  /** What would be done, and the object as it is. Fails as `ask` does. */
  async of({ key, spec }: DryRunQuestion): Promise<TriedOut> {
    const reply = (await this.board.ask({
      topic: dryRunTopic,
      id: randomUUID(),
      body: { key, ...(spec !== undefined && { spec }) },
      timeoutMs: patienceMs,
    })) as DryRunReply;
    const object = formatResourceKey(key);
    switch (reply.plan) {
      case 'nothing':
        return reply;
      case 'create':
      case 'update':
      case 'delete':
        mustBeAccepted(reply.answer, object);
        return reply;
      case 'refuse':
        throw new CallRefused('DRY_RUN_REFUSED', withManifest(reply.message, reply.manifest), {
          facts: {
            subject: object,
            refusal: reply.code,
            ...manifestFact(reply.manifest),
          },
        });
      case 'unknown':
        throw new CallRefused('DRY_RUN_UNAVAILABLE', reply.message, { facts: { subject: object } });
    }
  }
}

function mustBeAccepted(answer: DryRunAnswer, object: string): void {
  switch (answer.answer) {
    case 'accepted':
      return;
    case 'rejected':
      throw new CallRefused(
        'DRY_RUN_REJECTED',
        `the API server would refuse ${object} with ${answer.status}: ${answer.message}`,
        { facts: { subject: object, http_status: String(answer.status) } },
      );
    case 'conflict': {
      const fields = answer.conflicts.map(({ manager, field }) => `${field} of ${manager}`);
      throw new CallRefused(
        'DRY_RUN_CONFLICTED',
        `${object} has fields that others own: ${fields.join(', ')}; have them change or give up these, then ask again`,
        { facts: { subject: object, managers: [...new Set(answer.conflicts.map((c) => c.manager))].join() } },
      );
    }
  }
}
