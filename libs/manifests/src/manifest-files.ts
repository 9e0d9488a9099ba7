import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { ManifestsUnreadable, messageOf } from './manifests-unreadable.js';

const extensions = new Set(['.yaml', '.yml', '.json']);

/**
 * The files that a path stands for: itself, or every manifest below the folder, in the order of their names. What begins with
 * a dot is left out; links are followed, as mounted ConfigMaps consist of them, each folder once.
 */
export async function manifestFiles(path: string): Promise<readonly string[]> {
  return (await statOf(path)).isDirectory() ? filesBelow(path, new Set()) : [path];
}

async function filesBelow(folder: string, seen: Set<string>): Promise<readonly string[]> {
  const real = await realpath(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  const files: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    const stats = await statOf(path);
    if (stats.isDirectory()) files.push(...(await filesBelow(path, seen)));
    else if (stats.isFile() && extensions.has(extname(name).toLowerCase())) files.push(path);
  }
  return files;
}

async function statOf(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    throw new ManifestsUnreadable(path, messageOf(error), error);
  }
}
