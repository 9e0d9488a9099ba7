import type { PrometheusFailure } from '@mcp/prometheus';
import { TrafficUnavailable, type TrafficFault } from '@mcp/sources';

/** A query of ours that Prometheus does not understand says that it is not the Prometheus that we know. */
export function trafficFault({ fault }: PrometheusFailure): TrafficFault {
  return fault === 'BAD_QUERY' ? 'INVALID' : fault;
}

export function trafficUnavailable(failure: PrometheusFailure): TrafficUnavailable {
  return new TrafficUnavailable(trafficFault(failure), `ask for traffic: ${failure.message}`, failure);
}

/** More of it than the server will do at once: worth asking for in pieces. */
export function tooMuch({ fault }: PrometheusFailure): boolean {
  return fault === 'OVERLOADED' || fault === 'TOO_LARGE';
}

/** The fault of the server, whatever it is asked. */
export function ofServer({ fault }: PrometheusFailure): boolean {
  return fault === 'UNREACHABLE' || fault === 'REFUSED';
}
