const most = 3;

/** Names for a message: each once and in order, and of many only the first. */
export function enumeration(names: Iterable<string>): string {
  const distinct = [...new Set(names)].sort();
  const rest = distinct.length - most;
  return rest > 0 ? `${distinct.slice(0, most).join(', ')} and ${rest} more` : distinct.join(', ');
}
