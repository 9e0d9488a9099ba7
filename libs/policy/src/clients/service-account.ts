import type { Endpoint } from '../view.js';

/** Whether the pods of an endpoint run as a service account of their namespace. */
export function isRunAs({ runsAs }: Endpoint, serviceAccount: string): boolean {
  return 'serviceAccount' in runsAs && runsAs.serviceAccount === serviceAccount;
}
