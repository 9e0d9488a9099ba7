import type { Coverage } from '../entity.js';

export function coverage(having: number, pods: number): Coverage {
  if (pods === 0) return 'no-pods';
  if (having === 0) return 'none';
  return having === pods ? 'all' : 'some';
}
