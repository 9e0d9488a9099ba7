import { ManifestsUnreadable } from './manifests-unreadable.js';
import { yamlDocuments } from './yaml-documents.js';

/** One document of a file, as plain JSON. */
export interface ManifestDocument {
  /** File and number of the document, for people. */
  readonly where: string;
  readonly content: unknown;
}

/** The documents of a file, the empty ones left out. JSON is read as such, since large dumps are JSON. */
export function manifestDocuments(file: string, text: string): readonly ManifestDocument[] {
  const json = parseJson(text);
  if (json !== undefined) return [{ where: file, content: json }];
  return yamlDocuments(text).map((read) => {
    const where = `${file}, document ${read.document}`;
    if ('fault' in read) throw new ManifestsUnreadable(where, read.fault);
    return { where, content: read.content };
  });
}

/** Undefined where the text is no object of JSON; it may be YAML that begins like it, which explains its own errors better. */
export function parseJson(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
