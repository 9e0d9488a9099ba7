import { IsDate, IsOptional, ValidateBy } from 'class-validator';

/** A time, or not set. */
export function IsTime(): PropertyDecorator {
  return (target, property) => {
    IsOptional()(target, property);
    IsDate({ message: 'must be a time' })(target, property);
  };
}

/** Where both are set. */
export function IsAfter(other: string): PropertyDecorator {
  return ValidateBy({
    name: 'isAfter',
    validator: {
      validate: (value, given) => {
        const begin = (given?.object as Readonly<Record<string, Date | undefined>>)[other];
        return !(value instanceof Date) || begin === undefined || value > begin;
      },
      defaultMessage: () => `must be later than ${other}`,
    },
  });
}
