import { exitCodes, type ExitCode } from './exit-code.js';
import { type Paint, paintFor } from './output/paint.js';
import type { Terminal } from './terminal.js';

/** One run of the command: where it writes, and how it ends. */
export class Run {
  readonly paint: Paint;
  code: ExitCode = exitCodes.done;

  constructor(readonly terminal: Terminal) {
    this.paint = paintFor(terminal.coloured);
  }

  write(text: string): void {
    this.terminal.write(text);
  }

  /** A line on standard error, for whoever watches and for logs. */
  note(line: string): void {
    this.terminal.note(`${line}\n`);
  }

  /** It was done, and the answer is a bad one. */
  endBadly(): void {
    this.code = exitCodes.bad;
  }
}
