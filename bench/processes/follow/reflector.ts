import { ClusterConnection, Reflector } from '@mcp/kubernetes';
import { observe, watchedKinds } from '@mcp/linkerd';
import type { ObservedObject } from '@mcp/sources';
import { input } from '../../child.js';
import { follow, type FollowInput } from './followed.js';

/** Our reflector with what the collector keeps of a pod, until it is live. */
const { kubeconfigPath } = input() as FollowInput;
const pod = watchedKinds({}).find(({ kind }) => kind === 'Pod')!;
let live: () => void = () => undefined;
const reflector = new Reflector<ObservedObject>({
  connection: ClusterConnection.fromKubeconfig(kubeconfigPath),
  resource: pod,
  namespaces: 'all',
  slim: (object) => observe(pod, object),
  handler: {
    replaced: () => undefined,
    added: () => undefined,
    updated: () => undefined,
    deleted: () => undefined,
    stateChanged: ({ phase }) => {
      if (phase === 'live') live();
    },
  },
});

await follow(
  () =>
    new Promise((resolve) => {
      live = resolve;
      void reflector.run(new AbortController().signal);
    }),
  () => reflector.objects().length,
);
