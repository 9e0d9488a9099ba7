import type { AnswerBasis } from '@mcp/contracts';
import { VisibleNamespaces } from '@mcp/mesh';
import type { MeshView } from '@mcp/policy';
import type { LedgerRecord } from '@mcp/traffic';
import { largestPageBytes } from '../../graph/graph-pages.js';
import { answerBasis, type Collector } from '../answer-basis.js';
import type { MeshAt, MeshAtPosition } from '../mesh-at.js';
import type { AnsweredPage, PolicyEngine } from './policy-engine.js';
import { formatAnswerPageToken, parseAnswerPageToken, questionKey } from './page-token.js';
import type { PolicyQuestion } from './policy-question.js';
import type { AskedPage } from './policy-task.js';
import type { SimulateQuestion } from './simulation.js';

export interface Paging {
  /** Empty: now, or the position of the token. */
  readonly at: string;
  /** 0: as much as fits. */
  readonly pageBytes: number;
  /** Empty: the first page. */
  readonly pageToken: string;
  /** Absent: all. A page token is good for those who see the same. */
  readonly visible?: VisibleNamespaces;
}

/** Which page, of what. */
export interface PlaceInAnswer {
  readonly mesh: MeshAt;
  readonly question: string;
  /** 0: the first page. */
  readonly start: number;
  readonly bytes: number;
}

export interface AnswerPage {
  /** Encoded, of what the lists of the answer have on this page. */
  readonly lists: Uint8Array;
  readonly basis: AnswerBasis;
  readonly nextPageToken: string;
}

/** Answers questions about many clients or targets at once, page by page, all of one position. */
export class AnswerPages {
  constructor(
    private readonly meshes: MeshAtPosition,
    private readonly engine: PolicyEngine,
    private readonly collector: Collector,
  ) {}

  /**
   * `fields`: all of the request that says what is asked. Fails as `MeshAtPosition.at` does, and with INVALID_REQUEST for a page token
   * of something else.
   */
  async place(
    fields: unknown,
    { at, pageBytes, pageToken, visible = VisibleNamespaces.all }: Paging,
    signal: AbortSignal,
  ): Promise<PlaceInAnswer> {
    const question = questionKey(visible.areAll ? fields : [fields, visible.key]);
    const token = parseAnswerPageToken(pageToken, question, at);
    const field = token === undefined ? 'at' : 'page_token';
    return {
      mesh: await this.meshes.at(token?.position ?? at, field, signal),
      question,
      start: token?.start ?? 0,
      bytes: pageBytes === 0 ? largestPageBytes : pageBytes,
    };
  }

  page(
    place: PlaceInAnswer,
    question: Exclude<PolicyQuestion, SimulateQuestion>,
    signal: AbortSignal,
  ): Promise<AnswerPage> {
    return this.#page(place, (view, page) => this.engine.ask(view, question, page, signal));
  }

  /** `callers`: as `PolicyEngine.simulate` takes them. */
  simulation(
    place: PlaceInAnswer,
    question: SimulateQuestion,
    callers: () => Promise<readonly LedgerRecord[]>,
    signal: AbortSignal,
  ): Promise<AnswerPage> {
    return this.#page(place, (view, page) => this.engine.simulate(view, question, page, callers, signal));
  }

  async #page(
    place: PlaceInAnswer,
    ask: (view: MeshView, page: AskedPage) => Promise<AnsweredPage>,
  ): Promise<AnswerPage> {
    const { mesh, question, start, bytes } = place;
    const page = await ask(mesh.index.view, { key: `${mesh.position} ${question}`, start, bytes });
    return { lists: page.bytes, ...this.frame(place, page.next) };
  }

  /** What every page says beside its lists. `next`: where the next one begins. */
  frame({ mesh, question }: PlaceInAnswer, next: number | undefined): Omit<AnswerPage, 'lists'> {
    const { position } = mesh;
    return {
      basis: answerBasis(mesh, this.collector),
      nextPageToken: next === undefined ? '' : formatAnswerPageToken({ position, question, start: next }),
    };
  }
}

/** Two encoded messages of one type, one after the other, are one message that has the lists of both. */
export function joined(answer: Uint8Array, lists: Uint8Array): Uint8Array {
  return Buffer.concat([answer, lists]);
}
