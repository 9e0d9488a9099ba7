import { describe, expect, it } from '@jest/globals';
import { describeFault } from './run-app.js';

class Fault extends Error {
  readonly code = 'FAULT';
}

describe('what a process says of the fault that ends it', () => {
  it('is its message and its cause', () => {
    const fault = new Fault('the log is not reachable (FAULT)', { cause: new Error('ECONNREFUSED') });
    expect(describeFault(fault)).toBe('the log is not reachable (FAULT) (ECONNREFUSED)');
  });

  it('is the cause once, where the message names it', () => {
    const fault = new Fault('read /a: ENOENT: no such file (FAULT)', {
      cause: new Error('ENOENT: no such file'),
    });
    expect(describeFault(fault)).toBe('read /a: ENOENT: no such file (FAULT)');
  });

  it('is the stack of what is not expected', () => {
    expect(describeFault(new TypeError('a bug'))).toMatch(/^TypeError: a bug\n +at /);
  });
});
