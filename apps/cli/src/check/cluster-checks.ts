import type { ClusterConnection } from '@mcp/kubernetes';
import type { ClusterOptions } from '../connect/connection-options.js';
import type { Check, CheckCategory } from './check-run.js';

/** A cluster whose client is made by the first check. */
export class CheckedCluster {
  #connection: ClusterConnection | undefined;

  constructor(private readonly options: ClusterOptions) {}

  /** That it can be asked at all. */
  get reachable(): CheckCategory {
    return {
      name: 'kubernetes-api',
      checks: [
        {
          description: 'can initialize the client',
          needed: true,
          holds: async () => {
            const { ClusterConnection } = await import('@mcp/kubernetes');
            this.#connection = ClusterConnection.fromKubeconfig(this.options.kubeconfig, this.options);
          },
        },
        {
          description: 'can query the Kubernetes API',
          needed: true,
          holds: async () => {
            await this.get('/version');
          },
        },
      ],
    };
  }

  /** That what we install can be installed. */
  beforeInstall(linkerdNamespace: string): CheckCategory {
    return {
      name: 'linkerd-mcp-pre',
      checks: [
        {
          description: 'Linkerd is installed',
          holds: async () => {
            await this.get(`/api/v1/namespaces/${linkerdNamespace}`);
          },
        },
        {
          description: "Linkerd's policy kinds are served",
          holds: async () => {
            await this.get('/apis/policy.linkerd.io');
          },
        },
        ...installedKinds.map(({ group, resource, namespaced }) =>
          this.#canCreate(group, resource, namespaced),
        ),
      ],
    };
  }

  /** That our processes are there. */
  get installed(): CheckCategory {
    const { mcpNamespace } = this.options;
    return {
      name: 'linkerd-mcp',
      checks: [
        {
          description: `namespace ${mcpNamespace} exists`,
          needed: true,
          holds: async () => {
            await this.get(`/api/v1/namespaces/${mcpNamespace}`);
          },
        },
        ...['collector', 'mcp-api', 'reconciler'].map((name): Check => ({
          description: `a pod of ${name} is ready`,
          comesWithTime: true,
          holds: async () => {
            const { readyPod } = await import('@mcp/kubernetes');
            const pod = await readyPod(this.#connected(), mcpNamespace, `app.kubernetes.io/name=${name}`);
            if (pod === undefined) throw new Error(`none is: look at kubectl -n ${mcpNamespace} get pods`);
          },
        })),
      ],
    };
  }

  /** That our pods have the proxy. */
  meshed(namespace: string): CheckCategory {
    return {
      name: 'linkerd-mcp-data-plane',
      checks: [
        {
          description: `the pods of linkerd-mcp in ${namespace} have the proxy`,
          onlyWarns: true,
          holds: async () => {
            const body = await this.get(
              `/api/v1/namespaces/${namespace}/pods`,
              'app.kubernetes.io/part-of=linkerd-mcp',
            );
            const { items = [] } = body as { readonly items?: readonly RawPod[] };
            if (items.length === 0) throw new Error('there are no such pods');
            const without = items
              .filter((pod) => !hasProxy(pod))
              .map(({ metadata }) => metadata?.name ?? '?');
            if (without.length > 0)
              throw new Error(`${without.join(', ')}: restart them where injection is enabled`);
          },
        },
      ],
    };
  }

  #canCreate(group: string, resource: string, namespaced: boolean): Check {
    return {
      description: `can create ${resource}`,
      holds: async () => {
        const { body } = await this.#connected().request(
          'POST',
          '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
          {
            body: {
              apiVersion: 'authorization.k8s.io/v1',
              kind: 'SelfSubjectAccessReview',
              spec: {
                resourceAttributes: {
                  verb: 'create',
                  group,
                  resource,
                  ...(namespaced && { namespace: this.options.mcpNamespace }),
                },
              },
            },
          },
        );
        const { status } = body as { readonly status?: { readonly allowed?: boolean } };
        if (status?.allowed !== true)
          throw new Error(`you may not create ${resource}: ask who administers the cluster`);
      },
    };
  }

  async get(path: string, labelSelector?: string): Promise<unknown> {
    return (await this.#connected().request('GET', path, { query: { labelSelector } })).body;
  }

  #connected(): ClusterConnection {
    if (this.#connection === undefined) throw new Error('the cluster is asked before there is a client');
    return this.#connection;
  }
}

/** Of each group that we install something of, what takes the most rights. */
const installedKinds = [
  { group: '', resource: 'namespaces', namespaced: false },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterroles', namespaced: false },
  { group: 'rbac.authorization.k8s.io', resource: 'clusterrolebindings', namespaced: false },
  { group: '', resource: 'serviceaccounts', namespaced: true },
  { group: '', resource: 'secrets', namespaced: true },
  { group: 'apps', resource: 'deployments', namespaced: true },
  { group: 'apps', resource: 'statefulsets', namespaced: true },
  { group: 'policy.linkerd.io', resource: 'servers', namespaced: true },
] as const;

interface RawContainer {
  readonly name?: string;
}

interface RawPod {
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly containers?: readonly RawContainer[];
    readonly initContainers?: readonly RawContainer[];
  };
}

function hasProxy({ spec }: RawPod): boolean {
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some(
    ({ name }) => name === 'linkerd-proxy',
  );
}
