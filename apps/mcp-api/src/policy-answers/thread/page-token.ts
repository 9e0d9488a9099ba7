import { createHash } from 'node:crypto';
import { invalidRequest } from '@mcp/grpc';

/** Where the next page begins, and of what. */
export interface AnswerPageToken {
  readonly position: string;
  /** Stands for the question. */
  readonly question: string;
  readonly start: number;
}

/** Equal for equal questions. */
export function questionKey(question: unknown): string {
  return createHash('sha256').update(JSON.stringify(question, mapsAsLists)).digest('base64url').slice(0, 22);
}

function mapsAsLists(_: string, value: unknown): unknown {
  return value instanceof Map ? [...(value as ReadonlyMap<unknown, unknown>)] : value;
}

export function formatAnswerPageToken({ position, question, start }: AnswerPageToken): string {
  return Buffer.from(JSON.stringify([position, question, start])).toString('base64url');
}

/** Undefined for the empty token: the first page. Fails with INVALID_REQUEST, also where the token is of another question. */
export function parseAnswerPageToken(
  text: string,
  question: string,
  at: string,
): AnswerPageToken | undefined {
  if (text === '') return undefined;
  const token = read(text);
  if (token === undefined) throw refused('is not one that this API gave');
  if (token.question !== question) throw refused('belongs to another question');
  if (at !== '' && at !== token.position) throw refused('belongs to another position');
  return token;
}

function read(text: string): AnswerPageToken | undefined {
  try {
    const parts = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown;
    if (!Array.isArray(parts) || parts.length !== 3) return undefined;
    const [position, question, start] = parts as readonly unknown[];
    if (typeof position !== 'string' || typeof question !== 'string') return undefined;
    return typeof start === 'number' && Number.isSafeInteger(start) && start >= 0
      ? { position, question, start }
      : undefined;
  } catch {
    return undefined;
  }
}

function refused(description: string): Error {
  return invalidRequest([{ field: 'page_token', description }]);
}
