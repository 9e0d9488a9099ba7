import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { runCommand } from '../src/run-command.js';

/** What one run told, and how it ended. */
export interface Told {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command within this process, with nothing of the process but its working folder. */
export async function told(
  args: readonly string[],
  given: {
    readonly stdin?: string;
    readonly environment?: Readonly<Record<string, string>>;
    readonly coloured?: boolean;
  } = {},
): Promise<Told> {
  let stdout = '';
  let stderr = '';
  const code = await runCommand(args, {
    environment: given.environment ?? {},
    stdin: Readable.from([given.stdin ?? '']),
    write: (text) => (stdout += text),
    hasRoom: async () => undefined,
    note: (text) => (stderr += text),
    coloured: given.coloured ?? false,
    watched: false,
  });
  return { code, stdout, stderr };
}

/** The text of a golden file, renewed first where that is asked for. */
export function golden(name: string, text: string): string {
  const path = join('apps', 'cli', 'test', 'golden', name);
  if (process.env['GOLDEN_UPDATE'] === '1') writeFileSync(path, text);
  return readFileSync(path, 'utf8');
}
