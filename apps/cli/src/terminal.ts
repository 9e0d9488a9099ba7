import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** What the command is told by and tells to, apart from files and servers. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  /** What was asked for, and nothing else. */
  write(text: string): void;
  /** Resolves once whoever reads what was written has room for more. */
  hasRoom(): Promise<void>;
  /** Progress, notes and errors. */
  note(text: string): void;
  /** Whether what is written may have colours. */
  readonly coloured: boolean;
  /** Whether a person sees the notes as they come. */
  readonly watched: boolean;
}

/** The process itself. Colours only where standard output is a terminal, and never with NO_COLOR. */
export function processTerminal(): Terminal {
  const { env, stdin, stdout, stderr } = process;
  return {
    environment: env,
    stdin,
    write: (text) => stdout.write(text),
    hasRoom: async () => {
      if (stdout.writableNeedDrain) await once(stdout, 'drain');
    },
    note: (text) => stderr.write(text),
    coloured: stdout.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    watched: stderr.isTTY,
  };
}
