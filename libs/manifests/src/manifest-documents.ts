import { isCollection, parseAllDocuments, visit, type Document } from 'yaml';
import { ManifestsUnreadable, messageOf } from './manifests-unreadable.js';

/** One document of a file, as plain JSON. */
export interface ManifestDocument {
  /** File and number of the document, for people. */
  readonly where: string;
  readonly content: unknown;
}

/** How many nodes references of a document may expand to: many more than people write, many fewer than fill the memory. */
const maxAliasCount = 1_000;

/** The documents of a file, the empty ones left out. JSON is read as such, since large dumps are JSON. */
export function manifestDocuments(file: string, text: string): readonly ManifestDocument[] {
  if (text.trimStart().startsWith('{')) {
    const content = parseJson(text);
    if (content !== undefined) return [{ where: file, content }];
  }
  return attempt(file, () => parseAllDocuments(text, { merge: true, prettyErrors: true }))
    .map((document, index) => {
      const where = `${file}, document ${index + 1}`;
      const [error] = document.errors;
      if (error !== undefined)
        throw new ManifestsUnreadable(where, error.message.split('\n')[0] ?? '', error);
      mustHaveTextKeys(document, where, text);
      return { where, content: attempt(where, (): unknown => document.toJS({ maxAliasCount })) };
    })
    .filter(({ content }) => content !== null && content !== undefined);
}

/** `name: {{ .Release.Name }}` is YAML, of a mapping whose key is a mapping; JSON has no such thing, and so no object has. */
function mustHaveTextKeys(document: Document.Parsed, where: string, text: string): void {
  attempt(where, () =>
    visit(document, {
      Pair: (_, { key }) => {
        if (!isCollection(key)) return;
        const line = text.slice(0, key.range?.[0]).split('\n').length;
        throw new Error(`line ${line}: a key must be text; is this a template? render it first`);
      },
    }),
  );
}

/** Undefined where the text is no JSON; it may be YAML that begins like it, which explains its own errors better. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What is thrown at a document, a nesting too deep for the stack included, is about the document. */
function attempt<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ManifestsUnreadable(where, messageOf(error), error);
  }
}
