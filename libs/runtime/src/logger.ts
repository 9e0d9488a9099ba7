import { pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Structured logs: a constant message, and the data in keys. */
export interface Logger {
  debug(message: string, keys?: Readonly<Record<string, unknown>>): void;
  info(message: string, keys?: Readonly<Record<string, unknown>>): void;
  warn(message: string, keys?: Readonly<Record<string, unknown>>): void;
  error(message: string, keys?: Readonly<Record<string, unknown>>): void;
  /** A logger that adds these keys to every line. */
  with(keys: Readonly<Record<string, unknown>>): Logger;
}

/** JSON lines on standard error; what a person reads goes to standard output. An `error` key is written with its stack. */
export function createLogger(app: string, level: LogLevel): Logger {
  const root = pino(
    {
      level,
      base: { app },
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
    },
    pino.destination({ dest: 2, sync: true }),
  );
  return wrap(root);
}

function wrap(inner: pino.Logger): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, keys: Readonly<Record<string, unknown>> = {}): void => {
      inner[level](keys, message);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (keys) => wrap(inner.child(keys)),
  };
}

/** For tests and for rooms that are run without logs. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  with: () => silentLogger,
};
