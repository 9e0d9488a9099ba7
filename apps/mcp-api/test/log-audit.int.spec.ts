import { generateKeyPairSync, randomUUID, verify } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { status } from '@grpc/grpc-js';
import {
  ExportEventsRequest,
  type ExportEventsResponse,
  type GetLogHeadResponse,
  type LogPlace,
} from '@mcp/contracts';
import { nextDigest, payloadHashOf, type EventLog, type Write } from '@mcp/event-log';
import { refusal, ServedApi } from './served-api.js';

let api: ServedApi;
afterEach(() => api.close());

async function exported(after?: LogPlace): Promise<readonly ExportEventsResponse[]> {
  const answers: ExportEventsResponse[] = [];
  const stream = api.events.exportEvents(ExportEventsRequest.fromPartial({ after }));
  for await (const answer of stream) answers.push(answer as ExportEventsResponse);
  return answers;
}

function head(): Promise<GetLogHeadResponse> {
  return new Promise((resolve, reject) => {
    api.events.getLogHead({}, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

function scoped(reason: string): Write {
  const event = {
    ...{ id: randomUUID(), type: 'ScopeDeclared' as const, version: 1, occurredAt: 1, reason },
    ...{ actor: { name: 'test', provenBy: 'component' as const }, data: { namespaces: [] } },
  };
  return { subject: 'scope', expectedVersion: 'any', event };
}

const signer = generateKeyPairSync('ed25519');

describe('the log, for whoever checks it', () => {
  it('is given as it is kept, so that its digests can be worked out up to its signed head', async () => {
    api = await (await ServedApi.start({ signingKey: signer.privateKey })).ready();
    for (let name = 0; name < 1_200; name += 1) await api.addNamespace(`space-${name}`);
    // more than fits into one answer, within what is read at once
    const reason = 'x'.repeat(1_000_000);
    for (let more = 0; more < 5; more += 1) await api.log.append({ writes: [scoped(reason)] });
    const answers = await exported();
    expect(answers.length).toBeGreaterThan(4);
    let place = answers[0]!.from!;
    expect(place).toMatchObject({ sequence: 0, digest: '' });
    for (const { from, events } of answers) {
      expect(from).toEqual(place);
      for (const { recordedAtMs, body, ...event } of events) {
        const facts = { ...event, recordedAt: recordedAtMs };
        expect(nextDigest(place.digest, facts, payloadHashOf(body))).toBe(event.digest);
        place = { log: place.log, sequence: event.sequence, digest: event.digest };
      }
    }
    const now = await head();
    const since = answers.flatMap(({ events }) => events)[0]?.recordedAtMs;
    expect(now).toMatchObject({ head: place, oldest: { sequence: 0 }, oldestAt: new Date(since!) });
    expect(now.statement.split('\n')).toEqual([
      ...['linkerd-mcp log head', place.log, String(place.sequence), place.digest, now.at!.toISOString(), ''],
    ]);
    expect(verify(null, Buffer.from(now.statement), signer.publicKey, now.signature)).toBe(true);
    expect(now.publicKey).toBe(signer.publicKey.export({ type: 'spki', format: 'pem' }));
  });

  it('is given from a place on that it has, and from no other', async () => {
    api = await (await ServedApi.start()).ready();
    for (const name of ['a', 'b', 'c']) await api.addNamespace(name);
    const all = (await exported()).flatMap(({ events }) => events);
    const { log } = (await head()).head!;
    const second = { log, sequence: 2, digest: all[1]!.digest };
    expect((await exported(second)).flatMap(({ events }) => events)).toEqual(all.slice(2));
    expect(await refusal(exported({ ...second, digest: 'f'.repeat(40) }))).toMatchObject({
      code: status.DATA_LOSS,
    });
    expect(await refusal(exported({ ...second, digest: 'short' }))).toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
  });

  it('is not signed where there is no key, and says so', async () => {
    api = await (await ServedApi.start()).ready();
    expect(await head()).toMatchObject({ signature: Buffer.alloc(0), publicKey: '' });
  });

  it('that a store has altered is given so, and its digests say it', async () => {
    // a store that lies about the body of one event in the middle of a page, which its readers do not work out
    const lying = (log: EventLog): EventLog =>
      new Proxy(log, {
        get(target, name) {
          if (name === 'readStored')
            return async function* (...args: Parameters<EventLog['readStored']>) {
              for await (const batch of target.readStored(...args))
                yield batch.map((event) =>
                  event.sequence === 2 ? { ...event, body: `${event.body} ` } : event,
                );
            };
          const value = Reflect.get(target, name) as unknown;
          return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        },
      });
    api = await (await ServedApi.start({ wrapLog: lying })).ready();
    for (const name of ['a', 'b', 'c']) await api.addNamespace(name);
    const [first, second] = (await exported()).flatMap(({ events }) => events);
    const { recordedAtMs, body, ...event } = second!;
    const facts = { ...event, recordedAt: recordedAtMs };
    expect(nextDigest(first!.digest, facts, payloadHashOf(body))).not.toBe(event.digest);
  });
});
