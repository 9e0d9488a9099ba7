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
const mostReferredValues = 100_000;

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
  const seen: Seen = { references: 0, referredValues: 0, anchors: new Map(), lines };
  try {
    valuesIn(document.contents, seen);
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
  referredValues: number;
  /** How many values an anchor stands for; undefined while they are counted. */
  readonly anchors: Map<string, number | undefined>;
  readonly lines: LineCounter;
}

/** How many values a node comes to, those behind its references included. Throws `UnreadableValue`. */
function valuesIn(node: unknown, seen: Seen): number {
  if (isAlias(node)) return referredValues(node.source, node, seen);
  if (isPair(node)) return valuesIn(node.key, seen) + valuesIn(node.value, seen);
  const anchor = isScalar(node) || isCollection(node) ? node.anchor : undefined;
  if (anchor !== undefined) seen.anchors.set(anchor, undefined);
  let values = 1;
  if (isMap(node)) checkKeys(node.items, seen);
  if (isCollection(node)) for (const item of node.items) values += valuesIn(item, seen);
  if (anchor !== undefined) seen.anchors.set(anchor, values);
  return values;
}

function referredValues(anchor: string, node: unknown, seen: Seen): number {
  if (seen.anchors.has(anchor) && seen.anchors.get(anchor) === undefined) {
    throw new UnreadableValue(`*${anchor} is a part of itself`, node, seen.lines);
  }
  const values = seen.anchors.get(anchor) ?? 0;
  seen.references += 1;
  seen.referredValues += values;
  if (seen.references > mostReferences || seen.referredValues > mostReferredValues) {
    throw new UnreadableValue(
      `Excessive alias count: references as *${anchor} stand for too much; write fewer, or write it out`,
      node,
      seen.lines,
    );
  }
  return values;
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
