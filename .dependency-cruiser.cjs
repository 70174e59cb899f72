/**
 * The arrows of ARCHITECTURE.md. Layers point downwards only:
 * commands -> cli -> views -> workspace -> runner -> manifest -> cas -> platform; media stands beside cas.
 */
const LAYERS = ['platform', 'cas', 'manifest', 'runner', 'workspace', 'views', 'cli', 'commands'];

const upwards = LAYERS.slice(0, -1).map((layer, depth) => ({
  name: `${layer}-points-down`,
  comment: `src/${layer} must not know what stands above it`,
  severity: 'error',
  from: {path: `^src/${layer}/`},
  to: {path: `^src/(${LAYERS.slice(depth + 1).join('|')})/`},
}));

module.exports = {
  forbidden: [
    ...upwards,
    {name: 'no-cycles', severity: 'error', from: {}, to: {circular: true}},
    {
      name: 'media-beside-cas',
      severity: 'error',
      from: {path: '^src/media/'},
      to: {path: '^src/(?!media|platform|errors)'},
    },
    {
      name: 'cas-without-media',
      severity: 'error',
      from: {path: '^src/(platform|cas|manifest)/'},
      to: {path: '^src/media/'},
    },
    {
      name: 'lmdb-only-in-catalog',
      comment: 'The catalog is the one place that knows LMDB',
      severity: 'error',
      from: {path: '^src/', pathNot: '^src/cas/catalog/'},
      to: {path: 'node_modules/lmdb'},
    },
    {
      name: 'ink-only-in-views',
      severity: 'error',
      from: {path: '^src/', pathNot: '^src/views/'},
      to: {path: 'node_modules/(ink|react|@inkjs)/'},
    },
    {
      name: 'codecs-only-in-media',
      severity: 'error',
      from: {path: '^src/', pathNot: '^src/media/'},
      to: {path: 'node_modules/(mediabunny|@napi-rs/webcodecs)/'},
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: {path: '^src/'},
      to: {path: '^(test|bench|scripts)/'},
    },
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
