import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { eventLogContract, type EventLogHarness } from '../../event-log/src/event-log.contract.js';
import { requestBoardContract } from '../../event-log/src/request-board.contract.js';
import { connectRedisLog, RedisRequestBoard } from './index.js';
import { meshKeys } from './keys.js';
import { redisShapes, type RedisShape } from './redis-shape.contract.js';

describe.each(Object.entries(redisShapes))('on %s,', (_name, startShape) => {
  let shape: RedisShape;
  beforeAll(async () => {
    shape = await startShape();
  }, 60_000);
  afterAll(() => shape.stop());

  const harness = async (): Promise<EventLogHarness> => {
    const mesh = randomUUID();
    const keys = meshKeys(mesh);
    const open = () => connectRedisLog({ ...shape.place, mesh });
    const { raw: redis } = shape;
    return {
      open,
      another: open,
      damage: async (log, damage) => {
        await log.close();
        switch (damage.kind) {
          case 'remove event':
            await redis.xdel(keys.log, `${damage.sequence}-0`);
            break;
          case 'alter event': {
            // entries cannot be changed in place: the stream is written anew
            const entries = await redis.xrange(keys.log, '-', '+');
            await redis.del(keys.log);
            for (const [id, fields] of entries) {
              const altered = id === `${damage.sequence}-0`;
              const written = altered ? fields.map((field) => field.replace('"shop"', '"shed"')) : fields;
              await redis.xadd(keys.log, id, ...written);
            }
            break;
          }
          case 'tear snapshot': {
            const ids = Object.keys(await redis.hgetall(keys.manifests(damage.projection))).map(Number);
            await redis.set(keys.chunk(damage.projection, Math.max(...ids), 1), 'torn');
          }
        }
        return open();
      },
      cleanup: async () => undefined,
    };
  };

  eventLogContract('the log', harness);

  requestBoardContract('the board', async () => {
    const options = { ...shape.place, mesh: randomUUID() };
    const asking = new RedisRequestBoard(options);
    const serving = new RedisRequestBoard(options);
    return {
      asking,
      serving,
      cleanup: async () => {
        await asking.close();
        await serving.close();
      },
    };
  });
});
