import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { manifestFiles } from '@mcp/manifests';
import type { Run } from '../run.js';

/** What `-f` names, as one text of YAML documents, for the API to read. Fails with `ManifestsUnreadable`. */
export async function manifestText(paths: readonly string[], run: Run): Promise<string> {
  const texts: string[] = [];
  for (const path of new Set(paths)) {
    if (path === '-') texts.push(await text(run.terminal.stdin));
    else for (const file of await manifestFiles(path)) texts.push(await readFile(file, 'utf8'));
  }
  return texts.map((each) => each.trimEnd()).join('\n---\n');
}
