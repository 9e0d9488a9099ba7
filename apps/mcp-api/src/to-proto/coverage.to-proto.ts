import { Coverage } from '@mcp/contracts';
import type { Coverage as GraphCoverage } from '@mcp/graph';

export const coverageToProto: Readonly<Record<GraphCoverage, Coverage>> = {
  none: Coverage.COVERAGE_NONE,
  some: Coverage.COVERAGE_SOME,
  all: Coverage.COVERAGE_ALL,
  'no-pods': Coverage.COVERAGE_NO_PODS,
};
