import {
  ConfigurationError,
  describeSettings,
  type Environment,
  refuseUnknown,
  type Settings,
} from './setting.js';
import { allSettings, CommandSettings } from './settings.js';

/** What a process is made of, once it has started. */
export interface RunningApp {
  /** Settles when every long task has ended: without error after the signal, with one when a part failed for good. */
  readonly done: Promise<void>;
}

/** How long a process may take to drain after SIGTERM before it is ended, in milliseconds. */
const drainLimitMs = 12_000;

/**
 * The life of a process: reads the configuration, starts, and on SIGTERM or SIGINT aborts the signal, waits for the app to
 * drain, and exits with 0; exits with 1 and one clear message when something fails, with 2 on unusable configuration.
 * A second signal ends it at once.
 */
export async function runApp(app: {
  readonly name: string;
  readonly summary: string;
  /** The settings this app reads, for `--help`. */
  readonly settings: readonly Settings[];
  readonly start: (environment: Environment, signal: AbortSignal) => Promise<RunningApp>;
}): Promise<void> {
  if (process.argv.includes('--help') || process.argv.includes('-h')) {
    process.stdout.write(
      `${app.name}: ${app.summary}\n\nSettings (environment variables):\n${describeSettings(app.settings)}\n`,
    );
    return;
  }
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(1);
      stop.abort();
      setTimeout(() => {
        process.stderr.write(`${app.name}: not drained after ${drainLimitMs} ms, ending\n`);
        process.exit(1);
      }, drainLimitMs).unref();
    });
  }
  try {
    if (process.argv.length > 2) {
      throw new ConfigurationError([
        `${process.argv.slice(2).join(' ')}: no such argument; --help lists the settings`,
      ]);
    }
    refuseUnknown([...allSettings, CommandSettings], process.env);
    const running = await app.start(process.env, stop.signal);
    await running.done;
    process.exit(0);
  } catch (error) {
    if (error instanceof ConfigurationError) {
      process.stderr.write(`${app.name}: ${error.message}\n`);
      process.exit(2);
    }
    process.stderr.write(`${app.name}: ${error instanceof Error ? describeFault(error) : String(error)}\n`);
    process.exit(1);
  }
}

/** An expected fault carries a code and says what to do, with its cause where it does not name it; of anything else the stack helps. */
export function describeFault(error: Error): string {
  return 'code' in error ? `${error.message}${causeOf(error)}` : (error.stack ?? error.message);
}

function causeOf({ cause, message }: Error): string {
  return cause instanceof Error && !message.includes(cause.message) ? ` (${cause.message})` : '';
}
