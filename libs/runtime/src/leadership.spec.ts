import { describe, expect, it } from '@jest/globals';
import { SoleLeader } from './leadership.js';

describe('a process that leads alone', () => {
  it('leads until it is told to stop', async () => {
    const stop = new AbortController();
    const leader = new SoleLeader('one');
    const led: boolean[] = [];
    await leader.run(stop.signal, async () => {
      led.push(leader.leading);
      stop.abort();
    });
    expect([...led, leader.leading]).toEqual([true, false]);
  });

  it('fails, saying what to do, when another takes the role from it', async () => {
    const leader = new SoleLeader('one');
    await expect(leader.run(new AbortController().signal, async () => undefined)).rejects.toThrow(
      'MCP_LEADER_ELECTION',
    );
  });
});
