import { expect, test } from '@jest/globals';
import { PlainRows } from './plain-row.js';

const row = '{"metric":{"a":"é","b":""},"value":[1795371637.780,"1.5e+06"]}';

function plainRows(slice: string): unknown[] | undefined {
  const rows = new PlainRows(Buffer.from(slice));
  const read: unknown[] = [];
  for (let at = 0; at < rows.bytes.length;) {
    const head = rows.headEnd(at);
    const end = head === undefined ? undefined : rows.tailEnd(head);
    if (head === undefined || end === undefined) return undefined;
    read.push([rows.labels(at, head), rows.value(head, end)]);
    at = end;
  }
  return read;
}

test.each([
  ['no row', '', []],
  ['one', row, [[{ a: 'é', b: '' }, 1_500_000]]],
  [
    'several',
    `${row},{"metric":{},"value":[1,"NaN"]},{"metric":{"a":"}"},"value":[1,"-Inf"]}`,
    [
      [{ a: 'é', b: '' }, 1_500_000],
      [{}, NaN],
      [{ a: '}' }, -Infinity],
    ],
  ],
])('%s is seen to be plain', (_case, slice, read) => {
  expect(plainRows(slice)).toEqual(read);
});

test.each([
  ['something escaped', row.replace('é', '\\"')],
  ['a control character', row.replace('é', '\n')],
  ['a value that is no number', row.replace('1.5e+06', 'many')],
  ['a time that JSON does not have', row.replace('1795371637.780', '01')],
  ['another order', '{"value":[1,"1"],"metric":{}}'],
  ['a space', row.replace(',', ', ')],
  ['a comma too many between labels', row.replace('""}', '"",}')],
  ['a comma too few between labels', row.replace(',"b"', '"b"')],
  ['a comma at its end', `${row},`],
  ['no comma between rows', `${row}${row}`],
  ['two commas between rows', `${row},,${row}`],
  ['one row that is cut', `${row},${row.slice(0, -1)}`],
  ['a row that is closed twice', `${row}}`],
])('%s is left to whoever parses', (_case, slice) => {
  expect(plainRows(slice)).toBeUndefined();
});
