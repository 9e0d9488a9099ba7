import { expect, test } from '@jest/globals';
import { plainRows } from './plain-rows.js';

const row = '{"metric":{"a":"é","b":""},"value":[1795371637.780,"1.5e+06"]}';

test.each([
  ['no row', '', 0],
  ['one', row, 1],
  ['several', `${row},{"metric":{},"value":[1,"NaN"]},{"metric":{"a":"}"},"value":[1,"-Inf"]}`, 3],
])('%s is seen to be plain', (_case, slice, rows) => {
  expect(plainRows(Buffer.from(slice))).toBe(rows);
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
  expect(plainRows(Buffer.from(slice))).toBeUndefined();
});
