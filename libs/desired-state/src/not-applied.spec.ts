import { describe, expect, it } from '@jest/globals';
import { changeSubject, desiredSubject } from '@mcp/events';
import { applied, asked, gone, outcome, seen, specTo, step, webKey } from '../test/story.js';
import { live, Told } from '../test/told.js';
import { whyNotApplied } from './not-applied.js';

const edited = seen(specTo('edited'), { rv: '99' });
const asDesired = seen(specTo('b'), { rv: '98' });
const refused = outcome('c2', 'ChangeRefused', {
  revision: 2,
  code: 'WITHDRAWN',
  message: 'ada withdrew it',
});
const why = [{ code: 'WITHDRAWN', message: 'ada withdrew it' }];

const whyNot = ({ states }: Told) => [...states.objects.values()].map((one) => whyNotApplied(states, one));

describe('why an object is not as it was asked for last', () => {
  it('is told while it differs and its change was not applied, though somebody edits or deletes it', () => {
    const made = new Told([live, ...asked('c1', 1, specTo('a')), applied('c1', 1, '7'), seen(specTo('a'))]);
    const asks = made.and(...asked('c2', 2, specTo('b')));
    expect(whyNot(asks)).toEqual([undefined]);
    const told = asks.and(refused);
    for (const later of [told, told.and(edited), told.and(gone())]) expect(whyNot(later)).toEqual(why);
    expect(whyNot(told.and(asDesired))).toEqual([undefined]);
    expect(whyNot(told.and(asDesired, edited))).toEqual([undefined]);
  });

  it('is not told of an object that was never there', () => {
    const desired = { changeId: 'c2', key: webKey, spec: specTo('b') };
    const created = new Told([
      live,
      step(changeSubject('c2'), 'ChangeRequested', { ...desired, revision: 1, before: 'none' }),
      step(desiredSubject(webKey), 'DesiredStateSet', desired),
      refused,
    ]);
    expect(whyNot(created)).toEqual([undefined]);
    expect(whyNot(created.and(edited))).toEqual(why);
  });
});
