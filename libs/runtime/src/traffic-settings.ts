import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { durations, Setting, wholeNumber } from './setting.js';

/** Where traffic is read, and how long what is read is kept. */
export class TrafficSettings {
  @Setting({
    env: 'MCP_PROMETHEUS_URL',
    doc: "http:// or https:// URL of the Prometheus that scrapes the proxies; absent: no traffic, but for the simulated mesh's own",
    secret: true,
  })
  @IsOptional()
  @Matches(/^https?:\/\/./, { message: 'it must start with http:// or https://' })
  readonly prometheusUrl?: string;

  @Setting({
    env: 'MCP_PROMETHEUS_TOKEN_FILE',
    doc: 'file with a bearer token for Prometheus; read again when it changes',
  })
  @IsOptional()
  @IsString()
  readonly prometheusTokenFile?: string;

  @Setting({ env: 'MCP_PROMETHEUS_USER', doc: 'user for basic authentication to Prometheus' })
  @IsOptional()
  @Matches(/^[^:]+$/, { message: 'it must not have a colon' })
  readonly prometheusUser?: string;

  @Setting({ env: 'MCP_PROMETHEUS_PASSWORD_FILE', doc: 'file with the password of that user' })
  @IsOptional()
  @IsString()
  readonly prometheusPasswordFile?: string;

  @Setting({
    env: 'MCP_PROMETHEUS_CA_FILE',
    doc: "certificates (PEM) to trust for Prometheus, instead of the system's",
  })
  @IsOptional()
  @IsString()
  readonly prometheusCaFile?: string;

  @Setting({ env: 'MCP_PROMETHEUS_TENANT', doc: 'sent as X-Scope-OrgID, for Mimir and its like' })
  @IsOptional()
  @Length(1, 150)
  readonly prometheusTenant?: string;

  @Setting({
    env: 'MCP_PROMETHEUS_JOB',
    default: 'linkerd-proxy|.*/linkerd-proxy',
    doc: 'regular expression that the scrape job of the proxies matches as a whole',
  })
  @Length(1, 500)
  readonly prometheusJob!: string;

  @Setting({
    env: 'MCP_PROMETHEUS_MATCHERS',
    doc: 'further label matchers for every query, as in PromQL: cluster="west"',
  })
  @IsOptional()
  @Matches(
    /^[a-zA-Z_][a-zA-Z0-9_]*(=|!=|=~|!~)"([^"\\]|\\.)*"(,[a-zA-Z_][a-zA-Z0-9_]*(=|!=|=~|!~)"([^"\\]|\\.)*")*$/,
    {
      message: 'it must be matchers as in PromQL, such as cluster="west",prometheus="a"',
    },
  )
  readonly prometheusMatchers?: string;

  @Setting({
    env: 'MCP_PROMETHEUS_DELAY_SECONDS',
    doc: 'how far back every query asks; absent: one scrape interval and 5 s. 60 suits what is written remotely',
    read: wholeNumber,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(600)
  readonly prometheusDelaySeconds?: number;

  @Setting({
    env: 'MCP_PROMETHEUS_SCRAPE_SECONDS',
    default: '30',
    doc: 'time between two scrapes of a proxy, until five minutes of them have shown it',
    read: wholeNumber,
  })
  @IsInt()
  @Min(1)
  @Max(300)
  readonly prometheusScrapeSeconds!: number;

  @Setting({
    env: 'MCP_PROMETHEUS_WINDOW_SECONDS',
    default: '60',
    doc: 'what rates are taken over, at least; never less than four scrapes',
    read: wholeNumber,
  })
  @IsInt()
  @Min(4)
  @Max(3600)
  readonly prometheusWindowSeconds!: number;

  @Setting({
    env: 'MCP_TRAFFIC_POLL_SECONDS',
    default: '15',
    doc: 'time between two readings of traffic, at least; latencies are read once a minute',
    read: wholeNumber,
  })
  @IsInt()
  @Min(1)
  @Max(60)
  readonly pollSeconds!: number;

  @Setting({
    env: 'MCP_TRAFFIC_KEEP',
    default: '1h,24h,30d',
    doc: 'how long samples are kept: each reading, then by the minute, then by the hour',
    read: durations,
  })
  @IsArray()
  @ArrayMinSize(3)
  @ArrayMaxSize(3)
  @IsInt({ each: true, message: 'each must be a length of time, such as 90m, 24h or 30d' })
  readonly keepSamples!: readonly [number, number, number];

  @Setting({
    env: 'MCP_LEDGER_DAYS',
    default: '30',
    doc: 'days for which it is known who used which port',
    read: wholeNumber,
  })
  @IsInt()
  @Min(1)
  @Max(400)
  readonly ledgerDays!: number;
}
