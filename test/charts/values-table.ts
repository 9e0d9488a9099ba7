import { isMap, isNode, parseDocument, type Pair, stringify } from 'yaml';

interface Row {
  readonly path: string;
  readonly value: string;
  readonly doc: string;
}

/** The table of a values.yaml: each value with its default, and the comment above it that begins with `--`. */
export function valuesTable(yaml: string): string {
  const contents: unknown = parseDocument(yaml).contents;
  const rows = rowsOf(contents, '');
  return ['| value | default | |', '| --- | --- | --- |', ...rows.map(line)].join('\n');
}

function rowsOf(node: unknown, above: string): readonly Row[] {
  if (!isMap(node)) return [];
  return node.items.flatMap((pair: Pair, index) => {
    const path = `${above}${String(pair.key)}`;
    // what stands above the first key of a map is of the map, for the parser
    const doc = docOf(pair.key) || (index === 0 ? docOf(node) : '');
    if (isMap(pair.value) && pair.value.items.length > 0) return rowsOf(pair.value, `${path}.`);
    const value = stringify(pair.value, { collectionStyle: 'flow', lineWidth: 0 }).trim();
    return [{ path, value, doc }];
  });
}

/** The comment above a node, as far as it is documentation. */
function docOf(node: unknown): string {
  const comment = isNode(node) ? (node.commentBefore ?? '') : '';
  return comment
    .split('\n')
    .flatMap((text) => (text.startsWith(' -- ') ? [text.slice(4)] : []))
    .join(' ');
}

function line({ path, value, doc }: Row): string {
  const cell = (text: string): string => text.replace(/\|/g, '\\|');
  return `| \`${path}\` | \`${cell(value)}\` | ${cell(doc)} |`;
}
