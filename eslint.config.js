import tseslint from 'typescript-eslint';

/** Project rules as lint rules: time, randomness, the working directory and leaving are parameters everywhere but in platform. */
const OUTSIDE_PLATFORM = [
  {object: 'process', property: 'exit', message: 'Throw; the base command maps the error to an exit code.'},
  {object: 'process', property: 'cwd', message: 'Take the folder as a parameter.'},
  {object: 'Date', property: 'now', message: 'Take a Clock as a parameter.'},
  {object: 'Math', property: 'random', message: 'Take newId as a parameter.'},
];

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      'outputs/**',
      'work/**',
      'storage/**',
      'src/**/*.gen.ts',
      '.dependency-cruiser.cjs',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {projectService: {allowDefaultProject: ['*.js', 'bin/*.js', 'scripts/*.mjs']}},
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true, allowBoolean: true}],
      '@typescript-eslint/no-confusing-void-expression': ['error', {ignoreArrowShorthand: true}],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    rules: {
      'max-lines': ['error', {max: 300}],
      'max-lines-per-function': ['error', {max: 60, skipComments: true}],
      'max-params': ['error', 4],
      complexity: ['error', 16],
      'no-restricted-syntax': [
        'error',
        {selector: 'ExportDefaultDeclaration', message: 'Named exports only, except command classes.'},
      ],
    },
  },
  {files: ['src/commands/**'], rules: {'max-lines': ['error', {max: 120}], 'no-restricted-syntax': 'off'}},
  {
    files: ['src/**'],
    ignores: ['src/platform/**'],
    rules: {'no-restricted-properties': ['error', ...OUTSIDE_PLATFORM]},
  },
  {files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked]},
);
