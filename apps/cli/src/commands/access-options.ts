import type { Command } from 'commander';
import { repeated } from './options.js';

/** What is asked for at the port. */
export function withRequestOptions(command: Command): Command {
  return command
    .option('--method <method>', 'of an HTTP request')
    .option('--path <path>', 'of an HTTP request')
    .option('--header <line>', '"name: value" of an HTTP request; may be given several times', repeated, [])
    .option('--bytes', 'a connection that carries something else than HTTP', false);
}

export const atOption = ['--at <position>', 'as it was at this position of the log'] as const;
