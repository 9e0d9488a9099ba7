import { listItems } from './list-items.js';
import { parseJson } from './manifest-documents.js';
import { messageOf } from './manifests-unreadable.js';
import { yamlDocuments } from './yaml-documents.js';

/** What a text describes, and what in it cannot be read. */
export interface ManifestText {
  readonly objects: readonly ManifestTextObject[];
  readonly problems: readonly ManifestTextProblem[];
}

export interface ManifestTextObject {
  /** From 1. */
  readonly document: number;
  /** Where its document begins, from 1. */
  readonly line: number;
  /** Any JSON; that it is an object of Kubernetes is not decided here. */
  readonly object: unknown;
}

export interface ManifestTextProblem {
  /** Stable. The first three are of the text as a whole, of which nothing is read then. */
  readonly code: 'TEXT_TOO_LONG' | 'TOO_MANY_DOCUMENTS' | 'TOO_MANY_OBJECTS' | 'NOT_YAML';
  /** From 1; 0 where it is the text as a whole. */
  readonly document: number;
  /** From 1, in the text; 0 where it is the text as a whole. */
  readonly line: number;
  readonly message: string;
}

/**
 * More than is looked through by hand. Reading blocks the process: for some tenths of a second at 256 KiB of manifests, and for
 * a few seconds where they are made to be slow.
 */
export const manifestTextLimits = { bytes: 256 * 1024, documents: 1_000, objects: 5_000 } as const;

/**
 * Reads manifests out of memory, from anyone: documents of YAML or JSON, lists taken apart. A document that cannot be read
 * is a problem, and the others are read all the same. Never throws; time and memory are bounded by the limits.
 */
export function readManifestText(text: string): ManifestText {
  const { bytes, documents: mostDocuments, objects: mostObjects } = manifestTextLimits;
  const length = Buffer.byteLength(text);
  if (length > bytes)
    return refused('TEXT_TOO_LONG', `the text has ${length} bytes, at most ${bytes} are read`);
  // every document but the first begins with such a line
  const count = text.match(/^---(?=\s|$)/gm)?.length ?? 0;
  if (count > mostDocuments) {
    return refused(
      'TOO_MANY_DOCUMENTS',
      `the text has ${count} documents, at most ${mostDocuments} are read`,
    );
  }
  const objects: ManifestTextObject[] = [];
  const problems: ManifestTextProblem[] = [];
  for (const read of documentsIn(text)) {
    const { document, line } = read;
    if ('fault' in read) {
      problems.push({ code: 'NOT_YAML', document, line: read.faultLine ?? line, message: read.fault });
      continue;
    }
    try {
      for (const { content } of listItems(read.content)) objects.push({ document, line, object: content });
    } catch (error) {
      // lists in lists, too deep for the stack
      problems.push({ code: 'NOT_YAML', document, line, message: messageOf(error) });
    }
    if (objects.length > mostObjects) {
      return refused('TOO_MANY_OBJECTS', `the text has more than the ${mostObjects} objects that are read`);
    }
  }
  return { objects, problems };
}

function documentsIn(text: string): ReturnType<typeof yamlDocuments> {
  const json = parseJson(text);
  return json === undefined ? yamlDocuments(text) : [{ document: 1, line: 1, content: json }];
}

function refused(code: ManifestTextProblem['code'], message: string): ManifestText {
  return { objects: [], problems: [{ code, document: 0, line: 0, message }] };
}
