import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseAllDocuments,
  type Pair,
} from 'yaml';
import { messageOf } from './manifests-unreadable.js';

/** A document of YAML, as plain JSON or with what keeps it from being that. */
export type YamlDocument = {
  /** From 1. */
  readonly document: number;
  /** Where it begins, from 1. */
  readonly line: number;
} & ({ readonly content: unknown } | { readonly fault: string; readonly faultLine?: number });

/** What references of a document may come to: many more than people write, many fewer than fill the memory. */
const mostReferences = 1_000;
const mostReferredSize = 1_000_000;
/** Of a value, besides the characters of its text. */
const sizeOfValue = 10;

/**
 * The documents of a text, the empty ones left out. Never throws. Time and memory are linear in the length of the text: a
 * document in which references repeat each other without end is a fault.
 */
export function yamlDocuments(text: string): readonly YamlDocument[] {
  const lines = new LineCounter();
  let documents;
  try {
    // what takes the square of the length is left out: keys are told apart below, and an error says its line there
    const linear = { uniqueKeys: false, prettyErrors: false };
    documents = parseAllDocuments(text, { merge: true, lineCounter: lines, ...linear });
  } catch (error) {
    return [{ document: 1, line: 1, fault: messageOf(error) }];
  }
  return documents
    .map((document, index): YamlDocument => {
      const place = { document: index + 1, line: lines.linePos(document.contents?.range[0] ?? 0).line };
      try {
        const fault = faultOf(document, lines);
        return fault === undefined
          ? { ...place, content: document.toJS({ maxAliasCount: -1 }) }
          : { ...place, ...fault };
      } catch (error) {
        // a nesting too deep for the stack
        return { ...place, fault: messageOf(error) };
      }
    })
    .filter(
      (document) => 'fault' in document || (document.content !== null && document.content !== undefined),
    );
}

interface Fault {
  readonly fault: string;
  readonly faultLine?: number;
}

function faultOf(document: Document.Parsed, lines: LineCounter): Fault | undefined {
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    return { fault: `${messageOf(error).split('\n')[0] ?? ''}, at line ${line}`, faultLine: line };
  }
  const seen: Seen = { references: 0, referredSize: 0, anchors: new Map(), lines };
  try {
    sizeOf(document.contents, seen);
  } catch (error) {
    if (error instanceof UnreadableValue) return error;
    throw error;
  }
  return undefined;
}

class UnreadableValue extends Error implements Fault {
  readonly faultLine: number;
  constructor(
    readonly fault: string,
    node: unknown,
    lines: LineCounter,
  ) {
    super(fault);
    this.faultLine = lines.linePos((isNode(node) ? node.range?.[0] : undefined) ?? 0).line;
  }
}

interface Seen {
  references: number;
  referredSize: number;
  /** What an anchor stands for comes to, as `sizeOf`; undefined while that is counted. */
  readonly anchors: Map<string, number | undefined>;
  readonly lines: LineCounter;
}

/** What a node comes to, that behind its references included: its values, and the characters of its texts. Throws `UnreadableValue`. */
function sizeOf(node: unknown, seen: Seen): number {
  if (isAlias(node)) return referredSize(node.source, node, seen);
  if (isPair(node)) return sizeOf(node.key, seen) + sizeOf(node.value, seen);
  const anchor = isScalar(node) || isCollection(node) ? node.anchor : undefined;
  if (anchor !== undefined) seen.anchors.set(anchor, undefined);
  let size = sizeOfValue;
  if (isScalar(node) && typeof node.value === 'string') size += node.value.length;
  if (isMap(node)) checkKeys(node.items, seen);
  if (isCollection(node)) for (const item of node.items) size += sizeOf(item, seen);
  if (anchor !== undefined) seen.anchors.set(anchor, size);
  return size;
}

function referredSize(anchor: string, node: unknown, seen: Seen): number {
  if (seen.anchors.has(anchor) && seen.anchors.get(anchor) === undefined) {
    throw new UnreadableValue(`*${anchor} is a part of itself`, node, seen.lines);
  }
  const size = seen.anchors.get(anchor) ?? 0;
  seen.references += 1;
  seen.referredSize += size;
  if (seen.references > mostReferences || seen.referredSize > mostReferredSize) {
    throw new UnreadableValue(
      `Excessive alias count: references as *${anchor} stand for too much; write fewer, or write it out`,
      node,
      seen.lines,
    );
  }
  return size;
}

/**
 * No key twice; and no key that is a mapping, which `name: {{ .Release.Name }}` has: JSON has no such thing, and so no object
 * has.
 */
function checkKeys(pairs: readonly Pair[], seen: Seen): void {
  const known = new Set<unknown>();
  for (const { key } of pairs) {
    if (isCollection(key)) {
      const { line } = seen.lines.linePos(key.range?.[0] ?? 0);
      throw new UnreadableValue(
        `line ${line}: a key must be text; is this a template? render it first`,
        key,
        seen.lines,
      );
    }
    if (!isScalar(key) || key.value === '<<' || typeof key.value === 'symbol') continue;
    if (known.has(key.value)) {
      const { line } = seen.lines.linePos(key.range?.[0] ?? 0);
      throw new UnreadableValue(
        `Map keys must be unique; ${JSON.stringify(String(key.value).slice(0, 80))} is there again at line ${line}`,
        key,
        seen.lines,
      );
    }
    known.add(key.value);
  }
}
