import { InvalidArgumentError, Option } from 'commander';
import { ImpactCode } from '@mcp/contracts';
import { listed } from '../commands/options.js';
import { enumText } from '../output/in-words.js';

const impacts = [
  ImpactCode.IMPACT_CODE_CUTS_LIVE_CALLERS,
  ImpactCode.IMPACT_CODE_OPENS_TO_EVERYONE,
  ImpactCode.IMPACT_CODE_UNKNOWN_IMPACT,
  ImpactCode.IMPACT_CODE_UNSAFE_ORDER,
] as const;

export function impactText(code: ImpactCode): string {
  return enumText(ImpactCode[code], 'IMPACT_CODE');
}

/** What of the impact of a change is accepted. */
export function acceptImpactOption(): Option {
  return new Option(
    '--accept-impact <impacts>',
    `what the change may come to, several with commas: ${impacts.map(impactText).join(', ')}`,
  )
    .argParser(readImpacts)
    .default([], 'none');
}

function readImpacts(text: string, before?: readonly ImpactCode[]): readonly ImpactCode[] {
  return [
    ...(before ?? []),
    ...listed(text).map((name) => {
      const code = impacts.find((one) => impactText(one) === name);
      if (code === undefined)
        throw new InvalidArgumentError(`say some of ${impacts.map(impactText).join(', ')}.`);
      return code;
    }),
  ];
}
