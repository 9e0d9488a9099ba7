// A test that asserts nothing passes by default; here it fails.
import { expect } from '@jest/globals';

beforeEach(() => {
  expect.hasAssertions();
});
