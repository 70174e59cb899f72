/** Fails when generated text that is committed is not what would be generated now. */
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const GENERATED = [
  'docs/commands.md',
  'docs/models.md',
  'oclif.manifest.json',
  'src/manifest/types.gen.ts',
  'src/workspace/settings/settings.gen.ts',
  'src/workspace/settings/validate.gen.ts',
  ...['run', 'prompt', 'ref', 'pin'].map((kind) => `src/manifest/validators/${kind}.gen.ts`),
  ...['transfer1', 'transfer2.5', 'transfer2.5-multiview', 'cosmos3'].map(
    (model) => `src/runner/models/validators/${model}.gen.ts`,
  ),
];

const before = GENERATED.map(hashOf);
execFileSync(process.execPath, ['--import', 'tsx', join('scripts', 'generate.ts')], {
  cwd: ROOT,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const stale = GENERATED.filter((file, index) => hashOf(file) !== before[index]);
if (stale.length > 0) {
  process.stderr.write(
    `not current, now written anew: ${stale.join(', ')}\nLook at the difference and commit it.\n`,
  );
  process.exitCode = 1;
}

function hashOf(file) {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, file)))
    .digest('hex');
}
