import { Exposition } from '../exposition.js';
import { Generator } from '../generator.js';
import * as pods from '../mesh/pods.js';
import { identityOf } from '../mesh/pods.js';
import type { Release } from './release.js';

const startedAt = 1_787_000_000_000;

/** The page of a pod after so many seconds of traffic. */
function pageOf(pod: pods.SyntheticPod, seconds = 600, release?: Release): string {
  let now = startedAt;
  const generator = new Generator({
    now: () => now,
    ...(release && { releases: { [pod.name]: release } }),
  });
  now += seconds * 1000;
  return new Exposition(generator).page(pod.name);
}

const samplesOf = (page: string): string[] => page.split('\n').filter((line) => /^[a-z]/.test(line));
const ofFamily = (page: string, family: string): string[] =>
  samplesOf(page).filter((line) => line.startsWith(`${family}{`));

const target = (ip: string, port: number): string =>
  `target_addr="${ip}:${port}",target_ip="${ip}",target_port="${port}"`;
const meshTo = (account: string): string => `tls="true",server_id="${identityOf(account, 'emojivoto')}"`;
const meshFrom = (account: string, namespace = 'emojivoto'): string =>
  `tls="true",client_id="${identityOf(account, namespace)}"`;
const remote = 'tls="no_identity",no_tls_reason="no_tls_from_remote"';
const notProvided = 'tls="no_identity",no_tls_reason="not_provided_by_service_discovery"';
const plain = (status: number): string =>
  `status_code="${status}",classification="${status < 500 ? 'success' : 'failure'}",grpc_status="",error=""`;
const grpc = (code: number): string =>
  `status_code="200",classification="${code === 0 ? 'success' : 'failure'}",grpc_status="${code}",error=""`;

const webAt = `dst_control_plane_ns="linkerd",dst_deployment="web",dst_namespace="emojivoto",dst_pod="web-5f86686c4d-58p7k",dst_pod_template_hash="5f86686c4d",dst_service="web-svc",dst_serviceaccount="web",dst_zone="",dst_zone_locality="unknown"`;
const restOfWeb = `authority="web-svc.emojivoto.svc.cluster.local:80",${target('10.42.0.11', 8080)},${meshTo('web')},${webAt}`;
const toWeb = `direction="outbound",${restOfWeb}`;
const votingAt = `dst_control_plane_ns="linkerd",dst_deployment="voting",dst_namespace="emojivoto",dst_pod="voting-ff4c54b8d-xrpmf",dst_pod_template_hash="ff4c54b8d",dst_service="voting-svc",dst_serviceaccount="voting",dst_zone="",dst_zone_locality="unknown"`;
const toVoting = `direction="outbound",authority="voting-svc.emojivoto.svc.cluster.local:8080",${target('10.42.0.13', 8080)},${meshTo('voting')},${votingAt}`;
const emojiAt = votingAt
  .replaceAll('voting', 'emoji')
  .replaceAll('ff4c54b8d', '696d9d8f95')
  .replaceAll('xrpmf', 'vvkjb')
  .replace('dst_namespace="emojiemoji"', 'dst_namespace="emojivoto"');
const toEmoji = `direction="outbound",authority="emoji-svc.emojivoto.svc.cluster.local:8080",${target('10.42.0.12', 8080)},${meshTo('emoji')},${emojiAt}`;
const toRedis = `authority="redis.emojivoto.svc.cluster.local:6379",${target('10.42.0.14', 6379)},${meshTo('redis')},dst_control_plane_ns="linkerd",dst_namespace="emojivoto",dst_pod="redis-0",dst_service="redis",dst_serviceaccount="redis",dst_statefulset="redis",dst_zone="",dst_zone_locality="unknown"`;

const service = (prefix: string, name: string, port: number): string =>
  `${prefix}_group="core",${prefix}_kind="Service",${prefix}_namespace="emojivoto",${prefix}_name="${name}",${prefix}_port="${port}",${prefix}_section_name=""`;
const routeTo = (name: string): string =>
  `route_group="",route_kind="default",route_namespace="",route_name="${name}"`;
const toWebRoute = `${service('parent', 'web-svc', 80)},${routeTo('http')}`;
const toWebBackend = `${toWebRoute},${service('backend', 'web-svc', 80)}`;
const balancedWeb = `${service('parent', 'web-svc', 80)},${service('backend', 'web-svc', 80)}`;

const server = (name: string, port: number): string =>
  `srv_group="policy.linkerd.io",srv_kind="server",srv_name="${name}",srv_port="${port}"`;
const ungoverned = (port: number): string =>
  `srv_group="",srv_kind="default",srv_name="all-unauthenticated",srv_port="${port}"`;
const route = (name = 'default'): string => `route_group="",route_kind="default",route_name="${name}"`;
const allowedBy = (name: string): string => `authz_group="",authz_kind="default",authz_name="${name}"`;
const policy = (name: string): string =>
  `authz_group="policy.linkerd.io",authz_kind="authorizationpolicy",authz_name="${name}"`;
const open = 'all-unauthenticated';
const atWeb = target('10.42.0.11', 8080);
const atVoting = target('10.42.0.13', 8080);
const atRedis = target('10.42.0.14', 6379);
const atAdmin = target('0.0.0.0', 4191);

describe('a page after ten minutes of traffic', () => {
  const [voteBot] = pods.voteBots;

  it.each<readonly [whose: string, pod: pods.SyntheticPod, samples: readonly string[]]>([
    [
      'a client of HTTP',
      voteBot,
      [
        `request_total{${toWeb}} 600`,
        `response_total{${toWeb},${plain(200)}} 540`,
        `response_total{${toWeb},${plain(500)}} 60`,
        `response_latency_ms_bucket{${toWeb},status_code="200",le="1"} 27`,
        `response_latency_ms_bucket{${toWeb},status_code="200",le="5"} 324`,
        `response_latency_ms_bucket{${toWeb},status_code="200",le="50"} 523`,
        `response_latency_ms_bucket{${toWeb},status_code="200",le="200"} 540`,
        `response_latency_ms_bucket{${toWeb},status_code="200",le="50000"} 540`,
        `response_latency_ms_bucket{${toWeb},status_code="200",le="+Inf"} 540`,
        `response_latency_ms_count{${toWeb},status_code="200"} 540`,
        `response_latency_ms_sum{${toWeb},status_code="200"} 4860`,
        `tcp_open_total{direction="outbound",peer="dst",${restOfWeb}} 7`,
        `tcp_read_bytes_total{direction="outbound",peer="dst",${restOfWeb}} 1200000`,
        `tcp_write_bytes_total{direction="outbound",peer="dst",${restOfWeb}} 540000`,
        `tcp_open_connections{direction="outbound",peer="dst",${restOfWeb}} 1`,
        `tcp_close_total{direction="outbound",peer="dst",${restOfWeb},errno=""} 6`,
        `tcp_open_total{direction="outbound",peer="src",${target('10.43.0.41', 80)},tls="no_identity",no_tls_reason="loopback"} 7`,
      ],
    ],
    [
      'a client, by route',
      voteBot,
      [
        `outbound_http_route_backend_requests_total{${toWebBackend}} 600`,
        `outbound_http_route_request_statuses_total{${toWebRoute},hostname="",http_status="200",error=""} 540`,
        `outbound_http_route_request_statuses_total{${toWebRoute},hostname="",http_status="500",error=""} 60`,
        `outbound_http_route_backend_response_statuses_total{${toWebBackend},http_status="200",error=""} 540`,
        `outbound_http_route_backend_response_statuses_total{${toWebBackend},http_status="500",error=""} 60`,
        ...Object.entries({ '0.05': 582, '0.5': 600, '1.0': 600, '10.0': 600, '+Inf': 600 }).map(
          ([le, n]) =>
            `outbound_http_route_request_duration_seconds_bucket{le="${le}",${toWebRoute},hostname=""} ${n}`,
        ),
        `outbound_http_route_request_duration_seconds_count{${toWebRoute},hostname=""} 600`,
        ...Object.entries({ '0.025': 546, '0.05': 582, '0.25': 600, '+Inf': 600 }).map(
          ([le, n]) =>
            `outbound_http_route_backend_response_duration_seconds_bucket{le="${le}",${toWebBackend}} ${n}`,
        ),
        `outbound_http_balancer_endpoints{endpoint_state="ready",${balancedWeb}} 1`,
        `outbound_http_balancer_endpoints{endpoint_state="pending",${balancedWeb}} 0`,
        `outbound_tcp_protocol_connections_total{protocol="detect",${service('parent', 'web-svc', 80)}} 6`,
      ],
    ],
    [
      'a client of gRPC, which routes do not see fail',
      pods.web,
      [
        `response_total{${toVoting},${grpc(0)}} 480`,
        `response_total{${toVoting},${grpc(2)}} 120`,
        `outbound_http_route_request_statuses_total{${service('parent', 'voting-svc', 8080)},${routeTo('http')},hostname="",http_status="200",error=""} 600`,
        `response_total{${toEmoji},${grpc(0)}} 1200`,
      ],
    ],
    [
      'a client of what is not meshed, of another cluster, and of the internet',
      pods.web,
      [
        `response_total{direction="outbound",authority="legacy-api.legacy.svc.cluster.local:80",${target('10.42.0.31', 8000)},${notProvided},dst_deployment="legacy-api",dst_namespace="legacy",dst_pod="legacy-api-77c-abcde",dst_pod_template_hash="77c",dst_service="legacy-api",dst_serviceaccount="default",dst_zone="",dst_zone_locality="unknown",${plain(200)}} 240`,
        `response_total{direction="outbound",authority="world-west.emojivoto.svc.cluster.local:7778",${target('203.0.113.7', 4143)},tls="true",server_id="${identityOf('linkerd-gateway', 'linkerd-multicluster')}",dst_namespace="emojivoto",dst_service="world-west",dst_target_cluster="west",dst_target_service="world",dst_target_service_namespace="emojivoto",dst_zone_locality="unknown",${plain(200)}} 180`,
        `tcp_open_total{direction="outbound",peer="dst",${target('198.51.100.9', 443)},${notProvided}} 121`,
        `outbound_tcp_route_open_total{parent_group="",parent_kind="default",parent_namespace="",parent_name="egress-fallback",parent_port="",parent_section_name="",${routeTo('egress-fallback')},target_ip="198.51.100.9",target_port="443"} 120`,
      ],
    ],
    [
      'a server that is open to all, but for one port',
      pods.web,
      [
        `response_total{direction="inbound",${atWeb},${meshFrom('default')},${ungoverned(8080)},${route()},${allowedBy(open)},${plain(200)}} 1080`,
        `response_total{direction="inbound",${atWeb},${meshFrom('default')},${ungoverned(8080)},${route()},${allowedBy(open)},${plain(500)}} 120`,
        `response_total{direction="inbound",${atWeb},${remote},${ungoverned(8080)},${route()},${allowedBy(open)},${plain(200)}} 300`,
        `response_total{direction="inbound",${atWeb},${remote},${ungoverned(8080)},${route('probe')},${allowedBy('probe')},${plain(200)}} 60`,
        `inbound_http_authz_allow_total{${atWeb},${ungoverned(8080)},${route()},${allowedBy(open)},${meshFrom('default')}} 1200`,
        `inbound_http_authz_allow_total{${atWeb},${ungoverned(8080)},${route()},${allowedBy(open)},${remote}} 300`,
        `inbound_http_authz_deny_total{${target('10.42.0.11', 9000)},${server('web-admin', 9000)},${route()},${meshFrom('batch', 'batch')}} 150`,
        // of two clients with one identity, so twice what each of them says
        `tcp_open_connections{direction="inbound",peer="src",${atWeb},${meshFrom('default')},${ungoverned(8080)}} 2`,
        `tcp_open_total{direction="inbound",peer="src",${atWeb},${meshFrom('default')},${ungoverned(8080)}} 14`,
        `tcp_open_total{direction="inbound",peer="dst",tls="no_identity",no_tls_reason="loopback"} 20`,
        `inbound_http_requests_total{parent_group="",parent_kind="default",parent_name="all-unauthenticated",parent_port="8080",${route()}} 1500`,
        `inbound_http_statuses_total{parent_group="",parent_kind="default",parent_name="all-unauthenticated",parent_port="8080",${route()},status="200"} 1380`,
        `inbound_http_statuses_total{parent_group="",parent_kind="default",parent_name="all-unauthenticated",parent_port="8080",${route()},status="500"} 120`,
      ],
    ],
    [
      'a server that admits one client, and is a client of redis',
      pods.voting,
      [
        `response_total{direction="inbound",${atVoting},${meshFrom('web')},${server('voting-grpc', 8080)},${route()},${policy('voting-from-web')},${grpc(0)}} 480`,
        `response_total{direction="inbound",${atVoting},${meshFrom('web')},${server('voting-grpc', 8080)},${route()},${policy('voting-from-web')},${grpc(2)}} 120`,
        `inbound_http_authz_allow_total{${atVoting},${server('voting-grpc', 8080)},${route()},${policy('voting-from-web')},${meshFrom('web')}} 600`,
        `inbound_http_authz_deny_total{${atVoting},${server('voting-grpc', 8080)},${route()},${meshFrom('batch', 'batch')}} 300`,
        `tcp_open_connections{direction="outbound",peer="dst",${toRedis}} 1`,
        `tcp_open_total{direction="outbound",peer="dst",${toRedis}} 31`,
        `tcp_write_bytes_total{direction="outbound",peer="dst",${toRedis}} 300000`,
        `tcp_read_bytes_total{direction="outbound",peer="dst",${toRedis}} 1200000`,
        `outbound_tcp_route_open_total{${service('parent', 'redis', 6379)},${routeTo('opaq')},target_ip="",target_port="6379"} 30`,
      ],
    ],
    [
      'a server of opaque connections',
      pods.redis,
      [
        `tcp_open_total{direction="inbound",peer="src",${atRedis},${meshFrom('voting')},${server('redis', 6379)}} 31`,
        `tcp_open_connections{direction="inbound",peer="src",${atRedis},${meshFrom('voting')},${server('redis', 6379)}} 1`,
        `tcp_read_bytes_total{direction="inbound",peer="src",${atRedis},${meshFrom('voting')},${server('redis', 6379)}} 300000`,
        `tcp_write_bytes_total{direction="inbound",peer="src",${atRedis},${meshFrom('voting')},${server('redis', 6379)}} 1200000`,
        `inbound_tcp_authz_allow_total{${atRedis},${server('redis', 6379)},${policy('redis-from-voting')},${meshFrom('voting')}} 30`,
        `inbound_tcp_authz_deny_total{${atRedis},${server('redis', 6379)},${meshFrom('batch', 'batch')}} 30`,
      ],
    ],
    [
      'a server that lets in by audit',
      pods.emoji,
      [
        `inbound_http_authz_allow_total{${target('10.42.0.12', 8080)},${server('emoji-grpc', 8080)},${route()},${allowedBy('audit')},${meshFrom('batch', 'batch')}} 60`,
      ],
    ],
    [
      'a client that is denied',
      pods.batch,
      [
        `response_total{${toVoting},${grpc(7)}} 300`,
        `response_total{${toWeb.replace(':80"', ':9000"').replaceAll('8080', '9000')},${plain(403)}} 150`,
        `tcp_open_total{direction="outbound",peer="dst",${toRedis}} 30`,
        `tcp_open_connections{direction="outbound",peer="dst",${toRedis}} 0`,
        `tcp_read_bytes_total{direction="outbound",peer="dst",${toRedis}} 0`,
      ],
    ],
    [
      'any proxy, of its own port',
      pods.batch,
      [
        `response_total{direction="inbound",${atAdmin},${meshFrom('prometheus', 'linkerd-viz')},${ungoverned(4191)},${route()},${allowedBy(open)},${plain(200)}} 60`,
        `response_total{direction="inbound",${atAdmin},${remote},${ungoverned(4191)},${route('probe')},${allowedBy('probe')},${plain(200)}} 120`,
        'process_start_time_seconds 1787000000',
        'proxy_build_info{date="2026-08-21T00:00:00Z",git_sha="29637b6",profile="release",vendor="synthetic",version="2.366.0"} 1',
        'control_identity_cert_expiration_timestamp_seconds 1787087000',
      ],
    ],
    [
      'prometheus, which dials pods',
      pods.prometheus,
      [
        `response_total{direction="outbound",${target('10.42.0.11', 4191)},${meshTo('web')},${webAt.replace('dst_service="web-svc",', '')},${plain(200)}} 60`,
      ],
    ],
  ])('of %s', (_, pod, samples) => {
    expect(samplesOf(pageOf(pod))).toEqual(expect.arrayContaining([...samples]));
  });

  it('tells of the denied nowhere but in the count of denials', () => {
    const denied = samplesOf(pageOf(pods.redis)).filter((line) => line.includes('client_id="batch.'));
    expect(denied).toEqual([expect.stringMatching(/^inbound_tcp_authz_deny_total/)]);
    const responses = ofFamily(pageOf(pods.voting), 'response_total');
    expect(responses.filter((line) => line.includes('batch'))).toEqual([]);
  });

  it('has a series once', () => {
    const names = pods.meshedPods.flatMap((pod) => {
      const series = samplesOf(pageOf(pod)).map((line) => line.slice(0, line.lastIndexOf(' ')));
      return series.filter((name, i) => series.indexOf(name) !== i);
    });
    expect(names).toEqual([]);
  });

  it('names the families of prometheus-client without _total, and ends with its end', () => {
    const page = pageOf(pods.web);
    expect(page).toContain('# TYPE inbound_http_statuses counter\n');
    expect(page).toContain('# TYPE request_total counter\n');
    expect(page).toContain('# UNIT outbound_http_route_request_duration_seconds seconds\n');
    expect(page.endsWith('\n# EOF\n')).toBe(true);
  });
});

it('shows a series after its first event', () => {
  const denials = (seconds: number): string[] =>
    ofFamily(pageOf(pods.web, seconds), 'inbound_http_authz_deny_total');
  expect(denials(3)).toEqual([]);
  expect(denials(4)).toEqual([expect.stringMatching(/ 1$/)]);
});

describe('a page of an older release', () => {
  it('has no port of the Server, and the authority on inbound requests, until 2.17', () => {
    const page = pageOf(pods.web, 600, '2.17');
    expect(page).not.toContain('srv_port');
    expect(ofFamily(page, 'response_total')).toContain(
      `response_total{direction="inbound",authority="web-svc.emojivoto.svc.cluster.local:80",${atWeb},${meshFrom('default')},srv_group="",srv_kind="default",srv_name="all-unauthenticated",${route()},${allowedBy(open)},${plain(200)}} 1080`,
    );
    expect(page).not.toContain('inbound_http_requests');
    expect(page).toContain('hostname="voting-svc.emojivoto.svc.cluster.local:8080"');
  });

  it.each<readonly [family: string, last: Release | undefined, first: Release]>([
    ['outbound_http_route_request_statuses_total', '2.15', '2.16'],
    ['outbound_tcp_route_open_total', '2.16', '2.17'],
    ['outbound_tcp_protocol_connections_total', '2.17', '2.18'],
    ['inbound_http_requests_total', '2.18', '2.19'],
    ['inbound_http_statuses_total', '2.19', '2.20'],
    ['outbound_http_route_backend_requests_total', undefined, '2.15'],
  ])('%s: none in %s, some in %s', (family, last, first) => {
    const counts = [last, first].map(
      (release) => release && ofFamily(pageOf(pods.web, 600, release), family).length > 0,
    );
    expect(counts).toEqual([last && false, true]);
  });

  it('names the certificate otherwise in 2.15', () => {
    const page = pageOf(pods.web, 600, '2.15');
    expect(page).toContain('\nidentity_cert_expiration_timestamp_seconds 1787087000');
    expect(page).not.toContain('control_identity_cert');
    expect(page).toContain('version="2.221.0"');
  });
});
