import {
  ArrayNotEmpty,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { isIP } from 'node:net';
import { defaultPolicies, type DefaultPolicy } from '@mcp/mesh';
import { RedisSettings } from './redis-settings.js';
import { list, Setting, type Settings, wholeNumber } from './setting.js';
import { TrafficSettings } from './traffic-settings.js';

const IsHttpUrl = (): PropertyDecorator =>
  ValidateBy({
    name: 'isHttpUrl',
    validator: {
      validate: (value) => /^https?:\/\/[^/@]/.test(String(value)) && URL.canParse(String(value)),
      defaultMessage: () => 'it must be http://host[:port] or https://, with a path where there is one',
    },
  });

/** Every process has these. */
export class ProcessSettings {
  @Setting({ env: 'MCP_LOG_LEVEL', default: 'info', doc: 'debug, info, warn or error' })
  @IsIn(['debug', 'info', 'warn', 'error'])
  readonly logLevel!: 'debug' | 'info' | 'warn' | 'error';

  @Setting({
    env: 'MCP_HTTP_HOST',
    default: '127.0.0.1',
    doc: 'address that /healthz, /readyz and /metrics listen on',
  })
  @IsString()
  readonly httpHost!: string;

  @Setting({
    env: 'MCP_HTTP_PORT',
    default: '10901',
    doc: 'port of /healthz, /readyz and /metrics; 0 takes a free one',
    read: wholeNumber,
  })
  @IsInt()
  @Min(0)
  @Max(65535)
  readonly httpPort!: number;

  @Setting({
    env: 'MCP_OTLP_URL',
    doc: 'where traces are sent, by OTLP over HTTP, such as http://otel-collector:4318, to which /v1/traces is added; absent: nowhere',
  })
  @IsOptional()
  @IsHttpUrl()
  readonly otlpUrl?: string;
}

/** Where the event log is: on Redis, or in a folder. */
export class EventLogSettings extends RedisSettings {
  @Setting({ env: 'MCP_MESH', default: 'default', doc: 'name of the mesh; each mesh has its own log' })
  @Matches(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
    message: 'it must be a DNS label of at most 63 characters',
  })
  readonly mesh!: string;

  @Setting({
    env: 'MCP_DATA_DIR',
    default: '.data',
    doc: 'folder of the embedded log; one folder inside it per source',
  })
  @IsString()
  readonly dataDir!: string;

  @Setting({
    env: 'MCP_LOG_KEEP_EVENTS',
    default: '1000000',
    doc: 'events the log keeps; older ones are folded into a baseline',
    read: wholeNumber,
  })
  @IsInt()
  @Min(1000)
  readonly keepEvents!: number;

  @Setting({
    env: 'MCP_LOG_KEEP_MIB',
    default: '1024',
    doc: 'MiB that these events may take where they lie; of more, the oldest are folded into the baseline too',
    read: wholeNumber,
  })
  @IsInt()
  @Min(1)
  readonly keepMiB!: number;

  @Setting({
    env: 'MCP_LOG_KEEP_DAYS',
    default: '30',
    doc: 'days back that the log is to answer for; a metric and an alert tell when the other two bounds cut it shorter',
    read: wholeNumber,
  })
  @IsInt()
  @Min(1)
  readonly keepDays!: number;
}

/** An address with a prefix length that its family has. */
function isCidr(value: unknown): boolean {
  const [address = '', prefix, ...rest] = String(value).split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return (
    rest.length === 0 &&
    bits >= 0 &&
    prefix !== undefined &&
    /^\d{1,3}$/.test(prefix) &&
    Number(prefix) <= bits
  );
}

const EachCidr = (): PropertyDecorator =>
  ValidateBy(
    {
      name: 'isCidr',
      validator: { validate: isCidr, defaultMessage: () => 'each must be a CIDR, such as 10.0.0.0/8' },
    },
    { each: true },
  );

/** Which mesh is looked at, and what is said about its control plane instead of reading it. */
export class SourceSettings {
  @Setting({
    env: 'MCP_CLUSTER_SOURCE',
    default: 'simulated',
    doc: 'simulated, kubernetes (KUBECONFIG or in-cluster), or manifests:<file or folder>',
  })
  @Matches(/^(simulated|kubernetes|manifests:.+)$/, {
    message: 'it must be simulated, kubernetes or manifests:<file or folder>',
  })
  readonly clusterSource!: string;

  @Setting({
    env: 'MCP_NAMESPACES',
    doc: 'namespaces to look at, separated by commas; absent: all',
    read: list,
  })
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @Matches(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
    each: true,
    message: 'each must be the name of a namespace',
  })
  readonly namespaces?: readonly string[];

  @Setting({ env: 'MCP_TRUST_DOMAIN', doc: "overrides the control plane's trust domain" })
  @IsOptional()
  @Length(1, 253)
  readonly trustDomain?: string;

  @Setting({
    env: 'MCP_CONTROL_PLANE_NAMESPACE',
    doc: "namespace of Linkerd's control plane; absent: as the control plane says, which is looked for in linkerd; without one: not known",
  })
  @IsOptional()
  @Length(1, 63)
  readonly controlPlaneNamespace?: string;

  @Setting({ env: 'MCP_DEFAULT_POLICY', doc: "overrides the control plane's default inbound policy" })
  @IsOptional()
  @IsIn(defaultPolicies)
  readonly defaultPolicy?: DefaultPolicy;

  @Setting({ env: 'MCP_CLUSTER_NETWORKS', doc: "overrides the control plane's cluster networks", read: list })
  @IsOptional()
  @EachCidr()
  readonly clusterNetworks?: readonly string[];

  @Setting({ env: 'MCP_PROBE_NETWORKS', doc: "overrides the control plane's probe networks", read: list })
  @IsOptional()
  @EachCidr()
  readonly probeNetworks?: readonly string[];
}

/** The simulated mesh. */
export class SimulationSettings {
  @Setting({
    env: 'MCP_SIMULATION_SEED',
    default: '1',
    doc: 'which simulated mesh; the same seed gives the same one',
    read: wholeNumber,
  })
  @IsInt()
  @Min(0)
  readonly seed!: number;

  @Setting({
    env: 'MCP_SIMULATION_STEP_MS',
    default: '5000',
    doc: 'time between two things that happen in it, in milliseconds; 0: nothing happens',
    read: wholeNumber,
  })
  @IsInt()
  @Min(0)
  readonly stepMs!: number;

  @Setting({
    env: 'MCP_SIMULATION_HOST',
    default: '127.0.0.1',
    doc: 'address the simulated mesh listens on, as a process of its own',
  })
  @IsString()
  readonly host!: string;

  @Setting({
    env: 'MCP_SIMULATION_PORT',
    default: '10902',
    doc: 'port the simulated mesh listens on, as a process of its own; 0 takes a free one',
    read: wholeNumber,
  })
  @IsInt()
  @Min(0)
  @Max(65535)
  readonly port!: number;

  @Setting({
    env: 'MCP_SIMULATION_URL',
    doc: 'where the simulated mesh is, for a collector or reconciler beside it',
  })
  @IsOptional()
  @Matches(/^http:\/\/./, { message: 'it must start with http://' })
  readonly url?: string;
}

/** The gRPC API. */
export class ApiSettings {
  @Setting({
    env: 'MCP_GRPC_HOST',
    doc: 'address of the API; absent: loopback without authentication, else all addresses',
  })
  @IsOptional()
  @IsString()
  readonly grpcHost?: string;

  @Setting({
    env: 'MCP_GRPC_PORT',
    default: '10900',
    doc: 'port of the API; 0 takes a free one',
    read: wholeNumber,
  })
  @IsInt()
  @Min(0)
  @Max(65535)
  readonly grpcPort!: number;

  @Setting({
    env: 'MCP_MESH_PORT',
    doc: 'for MCP_AUTH=kubernetes: a further port, for callers whom the mesh proves by mutual TLS. A Server of Linkerd must have it as gRPC, or identities can be forged. 0 takes a free one; absent: none',
    read: wholeNumber,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(65535)
  readonly meshPort?: number;

  @Setting({
    env: 'MCP_MESH_IDENTITY',
    doc: "for MCP_MESH_PORT: what identities of the mesh end with, the control plane's namespace and the trust domain, such as linkerd.cluster.local",
  })
  @IsOptional()
  @Length(3, 253)
  @Matches(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/, {
    message:
      'it must be a namespace and a trust domain with a dot between them, such as linkerd.cluster.local',
  })
  readonly meshIdentity?: string;

  @Setting({
    env: 'MCP_AUTH',
    doc: 'none, token-file, or kubernetes: the tokens of the cluster; absent: none for the simulated mesh and manifests, and must be said for a real cluster',
  })
  @IsOptional()
  @IsIn(['none', 'token-file', 'kubernetes'])
  readonly auth?: 'none' | 'token-file' | 'kubernetes';

  @Setting({ env: 'MCP_TOKEN_FILE', doc: 'for MCP_AUTH=token-file: a file with one "token,name" a line' })
  @IsOptional()
  @IsString()
  readonly tokenFile?: string;

  @Setting({
    env: 'MCP_TOKEN_AUDIENCE',
    doc: 'for MCP_AUTH=kubernetes: the audience that a token must be for; absent: the API server, as the tokens of kubectl are',
  })
  @IsOptional()
  @Length(1, 253)
  readonly tokenAudience?: string;

  @Setting({
    env: 'MCP_WRITES',
    doc: 'enabled or disabled: whether changes of policy are taken; absent: they are. On a real cluster enabled needs MCP_AUTH=token-file or kubernetes',
  })
  @IsOptional()
  @IsIn(['enabled', 'disabled'])
  readonly writes?: 'enabled' | 'disabled';

  @Setting({
    env: 'MCP_SIGNING_KEY_FILE',
    doc: 'a private key of Ed25519 in PEM, with which GetLogHead signs how far the log goes; absent: that is not signed',
  })
  @IsOptional()
  @IsString()
  readonly signingKeyFile?: string;

  @Setting({
    env: 'MCP_CHANGES_PER_MINUTE',
    default: '600',
    doc: 'changes that one caller may ask for in a minute, dry runs included',
    read: wholeNumber,
  })
  @IsInt()
  @Min(1)
  readonly changesPerMinute!: number;
}

/** Who leads, where several replicas of the collector or the reconciler run. */
export class LeadershipSettings {
  @Setting({
    env: 'MCP_LEASE_NAMESPACE',
    default: 'linkerd-mcp',
    doc: 'namespace of the Lease that elects the leader',
  })
  @Length(1, 63)
  readonly leaseNamespace!: string;

  @Setting({ env: 'MCP_HOLDER', doc: 'name of this process as a leader; absent: host name and process id' })
  @IsOptional()
  @Length(1, 200)
  readonly holder?: string;

  @Setting({ env: 'MCP_LEADER_ELECTION', doc: 'lease or none; absent: lease on a real cluster, else none' })
  @IsOptional()
  @IsIn(['lease', 'none'])
  readonly leaderElection?: 'lease' | 'none';
}

/** What the command linkerd-mcp reads. Apps know of it, since both may be started from one shell, and do not use it. */
export class CommandSettings {
  @Setting({ env: 'MCP_ADDRESS', doc: 'where the API is, for the command linkerd-mcp' })
  @IsOptional()
  @IsString()
  readonly address?: string;

  @Setting({ env: 'MCP_TOKEN', doc: 'the token of the caller, for the command linkerd-mcp', secret: true })
  @IsOptional()
  @IsString()
  readonly token?: string;
}

/** All there is for apps: a variable in none of these, and not of the command, is refused by every app. */
export const allSettings: readonly Settings[] = [
  ProcessSettings,
  EventLogSettings,
  SourceSettings,
  SimulationSettings,
  TrafficSettings,
  ApiSettings,
  LeadershipSettings,
];
