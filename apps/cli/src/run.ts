import { exitCodes, type ExitCode } from './exit-code.js';
import { type Paint, paintFor } from './output/paint.js';
import { visible } from './output/visible.js';
import type { Terminal } from './terminal.js';

/** Back to the beginning of the line, and nothing on it. */
const clearedLine = '\r\u001b[2K';

/** One run of the command: where it writes, and how it ends. */
export class Run {
  readonly paint: Paint;
  code: ExitCode = exitCodes.done;

  constructor(readonly terminal: Terminal) {
    this.paint = paintFor(terminal.coloured);
  }

  write(text: string): void {
    this.terminal.write(visible(text));
  }

  /** As `write`, for what may be long: resolves once there is room for more. */
  async writeOn(text: string): Promise<void> {
    this.write(text);
    await this.terminal.hasRoom();
  }

  /** A line on standard error, for whoever watches and for logs. */
  note(line: string): void {
    this.terminal.note(`${visible(line)}\n`);
  }

  /** How far long work is: one line on standard error, which the next one replaces. Only for whoever watches. */
  progress(text: string): void {
    if (this.terminal.watched)
      this.terminal.note(text === '' ? clearedLine : `${clearedLine}${visible(text)}…`);
  }

  /** It was done, and the answer is a bad one. */
  endBadly(): void {
    this.code = exitCodes.bad;
  }
}
