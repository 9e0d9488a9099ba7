import { GraphForm } from '@mcp/contracts';
import { IsEnum, IsInt, IsString, Max, MaxLength, Min, ValidateBy } from 'class-validator';
import { largestPageBytes } from '../graph/graph-pages.js';
import { AreNamespaceNames, IsPositionOrEmpty } from './names.js';

/** JSON is answered whole, so that to page through it would be asked for in vain. */
function OnlyForTyped(): PropertyDecorator {
  return ValidateBy({
    name: 'onlyForTyped',
    validator: {
      validate: (value, given) =>
        !value || (given?.object as GraphRequest).form === GraphForm.GRAPH_FORM_TYPED,
      defaultMessage: () => 'is of GRAPH_FORM_TYPED only: JSON is not paged',
    },
  });
}

export class GraphRequest {
  @AreNamespaceNames()
  readonly namespaces!: readonly string[];

  @IsPositionOrEmpty()
  readonly at!: string;

  @IsEnum(GraphForm, { message: 'must be GRAPH_FORM_JSON or GRAPH_FORM_TYPED' })
  readonly form!: GraphForm;

  @IsInt()
  @Min(0)
  @Max(largestPageBytes, { message: `must be at most ${largestPageBytes}` })
  @OnlyForTyped()
  readonly pageBytes!: number;

  @IsString()
  @MaxLength(64 * 1024, { message: 'is not one that this API gave' })
  @OnlyForTyped()
  readonly pageToken!: string;
}

export class WatchGraphRequest {
  @AreNamespaceNames()
  readonly namespaces!: readonly string[];

  @IsPositionOrEmpty()
  readonly resumeFrom!: string;
}
