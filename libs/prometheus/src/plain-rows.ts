const label = String.raw`"[^"\\\x00-\x1f]*":"[^"\\\x00-\x1f]*"`;
const number = String.raw`-?\d+(?:\.\d+)?(?:e[+-]\d+)?|NaN|[+-]Inf`;
const plainRow = new RegExp(
  String.raw`\{"metric":\{(?:${label}(?:,${label})*)?\},"value":\[[1-9]\d*(?:\.\d+)?,"(?:${number})"\]\}(?:,(?=\{)|$)`,
  'y',
);

/**
 * How many rows there are, where each is laid out as Prometheus does and has nothing escaped: such rows are good JSON and good samples, which
 * is seen in a quarter of the time that it takes to parse them. Undefined where one may be something else.
 */
export function plainRows(slice: Buffer): number | undefined {
  // what is told apart is ASCII, whatever else there may be between quotes
  const text = slice.toString('latin1');
  let rows = 0;
  for (plainRow.lastIndex = 0; plainRow.lastIndex < text.length; rows += 1)
    if (!plainRow.test(text)) return undefined;
  return rows;
}
