import { networkInterfaces } from 'node:os';

/** An IPv4 address of this machine that is not loopback: what a pod's own address is to it. Fails where there is none. */
export function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((of) => of ?? []);
  const own = all.find(({ internal, family }) => !internal && family === 'IPv4');
  if (own === undefined) throw new Error('this test needs an IPv4 address that is not loopback');
  return own.address;
}
