import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of the package that this file is in: the repository, or what was packed of it. */
export const version = (
  JSON.parse(readFileSync(packageFile(dirname(fileURLToPath(import.meta.url))), 'utf8')) as {
    readonly version: string;
  }
).version;

function packageFile(folder: string): string {
  const file = join(folder, 'package.json');
  return existsSync(file) ? file : packageFile(dirname(folder));
}
