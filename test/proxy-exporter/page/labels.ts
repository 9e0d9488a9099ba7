/** In the order in which they are printed. A value may be empty; a label that is absent is not in it. */
export type Labels = Readonly<Record<string, string>>;

/** `a="1",b="2"`: what two series of one family differ by. */
export function formatLabels(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(',');
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
