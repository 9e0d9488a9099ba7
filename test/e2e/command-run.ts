import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export interface CommandRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command linkerd-mcp as it is built, in a process of its own, with this environment and nothing else. */
export async function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  stdin = '',
): Promise<CommandRun> {
  const child = spawn(process.execPath, [join('dist', 'apps', 'cli', 'src', 'main.js'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  });
  child.stdin.end(stdin);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

/** Starts one that does not end by itself, and ends it when it has told `lines` lines. */
export async function firstLines(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  lines: number,
): Promise<readonly string[]> {
  const child = spawn(process.execPath, [join('dist', 'apps', 'cli', 'src', 'main.js'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'close');
  let told = '';
  for await (const chunk of child.stdout) {
    told += String(chunk);
    if (told.split('\n').length > lines) break;
  }
  child.kill();
  await ended;
  return told.split('\n').slice(0, lines);
}
