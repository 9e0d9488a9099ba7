import type { BlindSpot } from '@mcp/contracts';

/** What no simulation can know. In words that hold for every mesh. */
export const blindSpots: readonly BlindSpot[] = [
  {
    code: 'ONLY_WHO_CALLED',
    message:
      'Only those are told who called while it was observed; a job that runs once a month may not be among them.',
  },
  {
    code: 'COUNTS_ARE_PAST',
    message: 'Counts say how often a caller called before, and not how often it will.',
  },
  {
    code: 'UNMESHED_HAVE_NO_NAME',
    message: 'Clients without mesh TLS have no name in telemetry: all of one port and route are one caller.',
  },
  {
    code: 'BEHIND_AN_INGRESS',
    message: 'Who calls through an ingress or gateway is seen as the ingress.',
  },
  {
    code: 'NO_ADDRESS_NO_PATH',
    message:
      'Telemetry has no address of a client and no path of a request: where the change turns on one, the effect is unknown.',
  },
  {
    code: 'ADDRESSES_ARE_THOSE_OF_PODS',
    message: 'An identity is taken to call from the addresses that its pods have, and from no other.',
  },
  {
    code: 'SKIPPED_PORTS_NOT_SEEN',
    message: 'Traffic of ports that bypass the proxy is in no telemetry, and policy does not act on it.',
  },
];
