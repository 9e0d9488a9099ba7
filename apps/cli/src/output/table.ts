/**
 * Rows below one another under their titles, the columns as wide as their widest cell and two spaces apart, as kubectl prints them.
 * The last column is never padded. Columns that are empty in every row are left out.
 */
export function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = titles.flatMap((_, column) => (rows.some((row) => cell(row, column) !== '') ? [column] : []));
  const lines = [titles, ...rows].map((row) => used.map((column) => cell(row, column)));
  const widths = used.map((_, column) => Math.max(...lines.map((line) => width(cell(line, column)))));
  return lines
    .map((line) =>
      line
        .map((text, column) =>
          column === line.length - 1 ? text : text + ' '.repeat((widths[column] ?? 0) - width(text) + 2),
        )
        .join('')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
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
