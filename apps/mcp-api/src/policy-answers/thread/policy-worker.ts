import { PolicyMemory } from './policy-memory.js';
import type { PolicyReply, PolicyTask } from './policy-task.js';

const memory = new PolicyMemory();

/** What runs in a thread of its own. */
export default function doTask(task: PolicyTask): PolicyReply {
  return memory.do(task);
}
