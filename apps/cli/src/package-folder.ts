import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package that this file is in: the repository, or what was packed of it. */
export const packageFolder = withPackageFile(dirname(fileURLToPath(import.meta.url)));

function withPackageFile(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : withPackageFile(dirname(folder));
}
