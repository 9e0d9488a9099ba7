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
  /** Stable. All but the last are of the text as a whole, of which nothing is read then. */
  readonly code: 'TEXT_TOO_LONG' | 'TOO_MANY_DOCUMENTS' | 'TOO_MANY_OBJECTS' | 'NO_OBJECTS' | 'NOT_YAML';
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
 * is a problem, and the others are read all the same. A text without any is one too: there is always an object or a problem.
 * Never throws; time and memory are bounded by the limits.
 */
export function readManifestText(text: string): ManifestText {
  const { bytes, documents: mostDocuments, objects: mostObjects } = manifestTextLimits;
  const length = Buffer.byteLength(text);
  if (length > bytes)
    return refused('TEXT_TOO_LONG', `the text has ${length} bytes, at most ${bytes} are read`);
  const count = documentCount(text);
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
  if (objects.length + problems.length === 0) return refused('NO_OBJECTS', 'the text has no manifest');
  return { objects, problems };
}

const documentMarker = /^(---|\.\.\.)(?=\s|$)/;
const blankOrComment = /^\s*(#|$)/;

/**
 * How many documents a text has, the empty ones between two markers included. Counted before anything is parsed. A document
 * begins with `---`, or with the first content of the text or after `...`; a directive is no content there.
 */
function documentCount(text: string): number {
  let count = 0;
  let within = false;
  for (const line of text.split(/\r?\n/)) {
    const marker = documentMarker.exec(line)?.[1];
    const begins: boolean =
      marker === undefined
        ? !within && !line.startsWith('%') && !blankOrComment.test(line)
        : marker === '---';
    if (begins) count += 1;
    within = marker === '...' ? false : within || begins;
  }
  return count;
}

function documentsIn(text: string): ReturnType<typeof yamlDocuments> {
  const json = parseJson(text);
  return json === undefined ? yamlDocuments(text) : [{ document: 1, line: 1, content: json }];
}

function refused(code: ManifestTextProblem['code'], message: string): ManifestText {
  return { objects: [], problems: [{ code, document: 0, line: 0, message }] };
}
