import {
  Coverage,
  EdgeActivity,
  EdgeProtocol,
  EdgeSecurity,
  type PortPolicy,
  type Workload,
} from '@mcp/contracts';
import { enumText, numberText, reachText, workloadText } from '../output/in-words.js';
import type { Paint } from '../output/paint.js';
import { table } from '../output/table.js';
import type { MeshPicture, PictureEdge } from './mesh-picture.js';

/** Two tables: who is there, and who calls whom. */
export function graphText({ workloads, edges }: MeshPicture, paint: Paint): string {
  const who = table(
    ['WORKLOAD', 'READY', 'MESHED', 'SERVICES', 'PORTS', 'PROBLEMS'],
    workloads.map((workload) => workloadRow(workload, paint)),
  );
  if (edges.length === 0) return who;
  const calls = table(
    ['FROM', 'TO', 'PORT', 'PROTOCOL', 'SECURITY', 'ACTIVITY', 'RPS', 'SUCCESS', 'P95'],
    edges.map((edge) => edgeRow(edge, paint)),
  );
  return `${who}\n${calls}`;
}

function workloadRow(workload: Workload, paint: Paint): readonly string[] {
  const { ref, readyPods, pods, meshed, services, ports, problems } = workload;
  const coverage = enumText(Coverage[meshed], 'COVERAGE');
  return [
    workloadText(ref),
    `${readyPods}/${pods}`,
    meshed === Coverage.COVERAGE_ALL ? paint('good', coverage) : paint('doubtful', coverage),
    services.join(' '),
    ports
      .map(({ number, policies }) => `${number} ${policies.map(policyText).join(' or ')}`.trim())
      .join(', '),
    problems.map(({ code }) => paint('bad', code)).join(' '),
  ];
}

function policyText({ governedBy, reach, findings }: PortPolicy): string {
  const by = governedBy?.$case === 'server' ? ` by ${governedBy.server}` : '';
  return [`${reachText(reach)}${by}`, ...findings].join(' ');
}

function edgeRow({ edge, sample }: PictureEdge, paint: Paint): readonly string[] {
  const { source, destination, port, protocol, security, activity } = edge;
  const secure = enumText(EdgeSecurity[security], 'EDGE_SECURITY');
  const known = [sample?.successPerSecond, sample?.failurePerSecond].filter((rate) => rate !== undefined);
  const sum = known.length === 0 ? undefined : known.reduce((total, rate) => total + rate, 0);
  const success = sum === undefined || sum === 0 ? undefined : ((sample?.successPerSecond ?? 0) / sum) * 100;
  return [
    source,
    destination,
    String(port),
    enumText(EdgeProtocol[protocol], 'EDGE_PROTOCOL'),
    security === EdgeSecurity.EDGE_SECURITY_MTLS ? paint('good', secure) : paint('doubtful', secure),
    enumText(EdgeActivity[activity], 'EDGE_ACTIVITY'),
    numberText(sum),
    numberText(success, '%'),
    numberText(sample?.p95Ms, ' ms'),
  ];
}
