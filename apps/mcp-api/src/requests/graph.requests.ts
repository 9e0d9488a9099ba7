import { GraphForm } from '@mcp/contracts';
import { IsEnum, ValidateBy } from 'class-validator';
import { AreNamespaceNames, IsPositionOrEmpty } from './names.js';
import { IsPageBytes, IsPageToken } from './paging.js';

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

  @IsPageBytes()
  @OnlyForTyped()
  readonly pageBytes!: number;

  @IsPageToken()
  @OnlyForTyped()
  readonly pageToken!: string;
}

export class WatchGraphRequest {
  @AreNamespaceNames()
  readonly namespaces!: readonly string[];

  @IsPositionOrEmpty()
  readonly resumeFrom!: string;
}
