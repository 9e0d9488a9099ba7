/** What a spec needs in order to run is in its suffix: `.spec` nothing, `.int.spec` real servers, `.e2e.spec` all of it. */
const project = (name, testMatch, testPathIgnorePatterns) => ({
  displayName: name,
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test'],
  testMatch,
  testPathIgnorePatterns,
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['js', 'mjs', 'cjs', 'ts', 'json', 'node'],
  moduleNameMapper: {
    '^@mcp/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': ['$1.ts', '$1.js'],
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          keepClassNames: true,
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
      },
    ],
  },
  setupFiles: ['reflect-metadata'],
  setupFilesAfterEnv: ['<rootDir>/test/set-up/require-assertions.mjs'],
});

export default {
  workerIdleMemoryLimit: '512MB',
  coverageProvider: 'v8',
  maxWorkers: 2,
  testTimeout: 90_000,
  projects: [
    project('unit', ['**/*.spec.ts'], ['\\.int\\.spec\\.ts$', '\\.e2e\\.spec\\.ts$', '/node_modules/']),
    project('int', ['**/*.int.spec.ts'], ['/node_modules/']),
    project('e2e', ['**/*.e2e.spec.ts'], ['/node_modules/']),
  ],
};
