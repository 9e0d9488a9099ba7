export interface PortList {
  has(port: number): boolean;
}

/**
 * Numbers and ascending `a-b` ranges of 1 to 65535, separated by commas. `bad` is the first element that is neither; Linkerd then
 * discards the whole list. White space around a number does not count, and an element of nothing else is passed over, so an empty
 * list has no ports and a trailing comma does no harm.
 * Source: linkerd2 policy-controller/k8s/index/src/ports.rs, parse_portset (read at a84dd4b).
 */
export function parsePortList(text: string): PortList | { readonly bad: string } {
  const ranges: { readonly first: number; readonly last: number }[] = [];
  for (const element of text.split(',')) {
    if (blank.test(element)) continue;
    const dash = element.indexOf('-');
    const first = parsePort(dash < 0 ? element : element.slice(0, dash));
    const last = dash < 0 ? first : parsePort(element.slice(dash + 1));
    if (first === undefined || last === undefined || first > last) return { bad: element };
    ranges.push({ first, last });
  }
  return { has: (port) => ranges.some(({ first, last }) => first <= port && port <= last) };
}

const blank = /^\p{White_Space}*$/u;
/** As Rust reads a number: a plus sign and leading zeros are let through. */
const number = /^\p{White_Space}*\+?0*([1-9]\d{0,4})\p{White_Space}*$/u;

function parsePort(text: string): number | undefined {
  const port = Number(number.exec(text)?.[1]);
  return port <= 65_535 ? port : undefined;
}
