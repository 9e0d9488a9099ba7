import { expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lintRules } from './lint-rules.js';

const folder = new URL('../../../../docs/reference/', import.meta.url);
const file = fileURLToPath(new URL('lint-codes.md', folder));

function page(): string {
  const severities =
    'An _error_ is something that does not do what it says; a _warning_, something that may not do what was meant; an _info_, something good to know.';
  const sections = Object.entries(lintRules).map(
    ([code, { title, severity, meaning, advice }]) =>
      `## ${code}: ${title}\n\n_${severity}_. ${meaning}\n\n${advice}\n`,
  );
  return [
    '# What lint finds\n',
    `Each finding has one of these codes. A code is never renamed or used again. ${severities}\n`,
    '<!-- Generated from libs/policy/src/lint/lint-rules.ts: GOLDEN_UPDATE=1 npm run unit -- libs/policy/src/lint -->\n',
    ...sections,
  ].join('\n');
}

it('every code is in the reference, as it is in the table', () => {
  if (process.env['GOLDEN_UPDATE'] === '1') {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, page());
  }
  expect(readFileSync(file, 'utf8')).toBe(page());
});
