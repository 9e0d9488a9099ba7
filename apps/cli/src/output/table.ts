/** Rows below one another under their titles, as kubectl prints them. Columns that no row has anything in have no title either. */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = titles.map((title, column) => (rows.some((row) => cell(row, column) !== '') ? title : ''));
  return aligned([used, ...rows])
    .map((line) => `${line}\n`)
    .join('');
}

/** A line for each row, the columns as wide as their widest cell and two spaces apart, empty columns left out. No line ends in spaces. */
export function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => width(cell(row, column)))),
  );
  return rows.map((row) =>
    widths
      .map((widest, column) => ({ widest, text: cell(row, column) }))
      .filter(({ widest }) => widest > 0)
      .map(({ widest, text }) => text + ' '.repeat(widest - width(text)))
      .join('  ')
      .trimEnd(),
  );
}

function cell(row: readonly string[], column: number): string {
  return row[column] ?? '';
}

/** Without the codes of colours. */
function width(text: string): number {
  return text.replace(ansi, '').length;
}

// eslint-disable-next-line no-control-regex -- the escape character is what begins a colour
const ansi = /\u001b\[[0-9;]*m/g;
