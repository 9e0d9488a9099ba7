// Fails when the generated contracts are not what proto/ gives.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join('libs', 'contracts', 'src', 'gen');
const contents = () =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [path, readFileSync(path, 'utf8')]),
  );

const before = contents();
execFileSync(process.execPath, [join('tools', 'gen.mjs')], { stdio: 'inherit' });
const after = contents();
const stale = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
  (path) => before[path] !== after[path],
);
if (stale.length > 0) {
  console.error(`Not as proto/ gives; commit what "npm run gen" writes:\n  ${stale.join('\n  ')}`);
  process.exit(1);
}
