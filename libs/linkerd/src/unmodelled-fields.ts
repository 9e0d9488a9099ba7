/** So many tell what is meant; there may be one for each backend of each rule. */
const mostTold = 10;

/**
 * The fields of a spec that what is written of it lacks or says otherwise, dotted, the first ten. A field that is empty says no more than an
 * absent one, unless `written` tells the two apart by saying it.
 */
export function unmodelledFields(given: unknown, written: unknown): readonly string[] {
  return differences(given, written, 'spec').slice(0, mostTold);
}

function differences(given: unknown, written: unknown, path: string): string[] {
  if (given === written || given === null) return [];
  if (written === undefined) return isEmpty(given) ? [] : [path];
  if (Array.isArray(given) && Array.isArray(written)) {
    if (given.length !== written.length) return [path];
    return given.flatMap((item, index) => differences(item, written[index], `${path}[${index}]`));
  }
  if (!isRecord(given) || !isRecord(written)) return [path];
  return Object.keys(given).flatMap((name) =>
    differences(given[name], Object.hasOwn(written, name) ? written[name] : undefined, `${path}.${name}`),
  );
}

function isEmpty(value: unknown): boolean {
  if (value === '') return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
