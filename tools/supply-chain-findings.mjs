/** Licences under which we may pass on what we ship, unchanged. */
const allowed = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
]);

/** A line for each package of a CycloneDX bill that no allowed licence is named for. */
export function forbiddenLicences(components) {
  return components.flatMap(({ name, version, licenses = [] }) => {
    const named = licenses.map(({ license, expression }) => expression ?? license?.id ?? license?.name ?? '');
    if (named.length > 0 && named.every(isAllowed)) return [];
    const what = named.join(', ') || 'no licence';
    return [
      `${name} ${version}: ${what} is not among the licences that tools/supply-chain-findings.mjs allows`,
    ];
  });
}

/** Of `MIT OR GPL-3.0` one has to be allowed, of `MIT AND GPL-3.0` both. */
function isAllowed(expression) {
  return expression
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((licence) => allowed.has(licence.trim())));
}

/** The advisories of an answer of `npm audit`, by URL: `{ url, title, severity, name }`. */
function advisoriesOf(vulnerabilities) {
  const found = Object.values(vulnerabilities).flatMap(({ via }) =>
    via.filter((cause) => typeof cause === 'object'),
  );
  return new Map(found.map((advisory) => [advisory.url, advisory]));
}

/** A line for each advisory that is not accepted: `accepted` has `{ url, because, until }`, until a day such as 2026-12-31. */
export function openAdvisories(vulnerabilities, accepted, today = new Date().toISOString().slice(0, 10)) {
  const valid = new Set(accepted.filter(({ until }) => until >= today).map(({ url }) => url));
  return [...advisoriesOf(vulnerabilities).values()]
    .filter(({ url }) => !valid.has(url))
    .map(
      ({ name, severity, title, url }) =>
        `${name}: ${severity}: ${title} (${url}): upgrade, or accept it with a reason`,
    );
}

/** A line for each acceptance that nothing needs any more. */
export function staleAcceptances(vulnerabilities, accepted) {
  const known = advisoriesOf(vulnerabilities);
  return accepted
    .filter(({ url }) => !known.has(url))
    .map(({ url }) => `${url} is accepted and not found: take it out`);
}
