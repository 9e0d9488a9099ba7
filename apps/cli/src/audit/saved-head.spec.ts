import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { messageJson } from '@mcp/api-client';
import { GetLogHeadResponse } from '@mcp/contracts';
import { faultOfSignature, readSavedHead } from './saved-head.js';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const pem = (key: typeof publicKey) => key.export({ type: 'spki', format: 'pem' }).toString();
const digest = 'a'.repeat(40);
const at = new Date('2026-11-23T08:00:00.123Z');
const statement = `linkerd-mcp log head\nstory\n7\n${digest}\n2026-11-23T08:00:00.123Z\n`;
const head: GetLogHeadResponse = {
  head: { log: 'story', sequence: 7, digest },
  oldest: { log: 'story', sequence: 0, digest: '' },
  oldestAt: new Date('2026-11-01T08:00:00Z'),
  at,
  statement,
  signature: sign(null, Buffer.from(statement), privateKey),
  publicKey: pem(publicKey),
};
const saved = (of: GetLogHeadResponse) =>
  JSON.stringify(messageJson('GetLogHeadResponse', GetLogHeadResponse, of));

describe('a saved head of a log', () => {
  it('is read as it was printed, and its signature is good', () => {
    const read = readSavedHead(saved(head), 'head.json');
    expect(read.head).toEqual(head.head);
    expect(faultOfSignature(read)).toBeUndefined();
    expect(faultOfSignature(read, pem(publicKey))).toBeUndefined();
  });

  it.each<[string, GetLogHeadResponse, string]>([
    [
      'of another place',
      { ...head, head: { log: 'story', sequence: 8, digest } },
      'is not what the saved head says',
    ],
    ['of another time', { ...head, at: new Date(0) }, 'is not what the saved head says'],
    ['that is none', { ...head, signature: Buffer.alloc(0) }, 'not signed'],
    ['of other bytes', { ...head, signature: Buffer.alloc(64) }, 'not of this key'],
  ])('is not believed with a signature %s', (_what, told, fault) => {
    expect(faultOfSignature(told)).toContain(fault);
  });

  it('is not believed by a key that nobody knows', () => {
    const other = generateKeyPairSync('ed25519').publicKey;
    expect(faultOfSignature(head, pem(other))).toContain('not of this key');
    expect(() => faultOfSignature(head, 'no key')).toThrow('the public key is none in PEM');
  });

  it.each(['', '{}', '[1]', '{"head": {"sequence": "x"}}'])('is not %j', (text) => {
    expect(() => readSavedHead(text, 'head.json')).toThrow(
      /^head\.json is no head of a log \(.*\): save what/,
    );
  });
});
