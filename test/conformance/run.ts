import { readFileSync } from 'node:fs';
import { canonicalJson } from '@mcp/mesh';
import { checksOf } from './check.js';
import { parseCorpus } from './corpus.js';

// npm run conformance -- FILE
const [file, ...others] = process.argv.slice(2);
if (file === undefined || others.length > 0) {
  process.stderr.write('usage: npm run conformance -- FILE\n');
  process.exit(2);
}
try {
  const results = [...checksOf(parseCorpus(readFileSync(file, 'utf8')))];
  const failed = results.filter(({ passed }) => !passed);
  for (const { id, expected, got } of failed)
    process.stdout.write(`${id}: expected ${canonicalJson(expected)}, got ${canonicalJson(got)}\n`);
  process.stdout.write(`${results.length - failed.length} passed, ${failed.length} failed\n`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`${file}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
