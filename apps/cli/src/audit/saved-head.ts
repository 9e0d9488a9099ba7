import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { GetLogHeadResponse } from '@mcp/contracts';
import { messageFromJson } from '@mcp/api-client';
import { CannotRun } from '../exit-code.js';

/** How far a log went when it was saved, by what `events head -o json` printed. Fails with `CannotRun`. */
export function readSavedHead(text: string, where: string): GetLogHeadResponse {
  const wrong = (why: string) =>
    new CannotRun(`${where} is no head of a log (${why}): save what \`events head -o json\` prints`);
  let head: GetLogHeadResponse;
  try {
    const json = JSON.parse(text) as Parameters<typeof messageFromJson>[2];
    head = messageFromJson('GetLogHeadResponse', GetLogHeadResponse, json);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
  if (head.head === undefined || head.head.digest === '') throw wrong('it has no digest');
  return head;
}

/** Why the signature of a head is not to be believed; undefined where it is good. `knownKey`: PEM, the one to believe. */
export function faultOfSignature(
  { head, at, statement, signature, publicKey }: GetLogHeadResponse,
  knownKey?: string,
): string | undefined {
  if (signature.length === 0) return 'the saved head is not signed';
  const said = `linkerd-mcp log head\n${head?.log ?? ''}\n${head?.sequence ?? 0}\n${head?.digest ?? ''}\n${at?.toISOString() ?? ''}\n`;
  if (said !== statement) return 'what was signed is not what the saved head says';
  const key = publicKeyOf(knownKey ?? publicKey);
  return verify(null, Buffer.from(statement), key, signature)
    ? undefined
    : 'the signature of the saved head is not of this key';
}

function publicKeyOf(pem: string): KeyObject {
  try {
    return createPublicKey(pem);
  } catch (error) {
    throw new CannotRun(
      `the public key is none in PEM: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
