import { invalidRequest } from '@mcp/grpc';

/** Where the next page of an answer begins, as a token. `question`: stands for what is asked. */
export function formatPlace(question: string, place: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([question, ...place])).toString('base64url');
}

/** Undefined for the empty token: the first page. Fails with INVALID_REQUEST, also where the token is of another question. */
export function parsePlace<Place extends readonly (string | number)[]>(
  token: string,
  question: string,
  isPlace: (parts: readonly unknown[]) => parts is Place,
): Place | undefined {
  if (token === '') return undefined;
  const [asked, ...place] = read(token);
  if (typeof asked !== 'string' || !isPlace(place)) throw refused('is not one that this API gave');
  if (asked !== question) throw refused('belongs to another question');
  return place;
}

function read(token: string): readonly unknown[] {
  try {
    const parts = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown;
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function refused(description: string): Error {
  return invalidRequest([{ field: 'page_token', description }]);
}
