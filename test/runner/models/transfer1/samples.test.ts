import assert from 'node:assert/strict';
import {existsSync, readdirSync} from 'node:fs';
import {copyFile, mkdir, readFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describeSpecMistakes} from '../../../../src/runner/models/nvidia/spec-findings.ts';
import {validate} from '../../../../src/runner/models/validators/transfer1.gen.ts';
import {SMALL, writeClip} from '../../../media/clips.ts';
import {requestOf} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

const {transfer1} = await import('../../../../src/runner/models/transfer1/adapter.ts');

/** NVIDIA's own sample specs lie beside the checkout where they are at hand. */
const FOLDER = fileURLToPath(new URL('../../../../../shared/fixtures/specs/transfer1/', import.meta.url));
/** Those that NVIDIA's validator accepts only from pure noise on. */
const WITHOUT_VIDEO = /single_control_regional_prompt|sample_av_/;

type Sample = Record<string, unknown>;

describe("transfer1 with NVIDIA's sample specs", () => {
  let names: string[] = [];

  before(function () {
    if (!existsSync(FOLDER)) this.skip();
    names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
    assert.ok(names.length > 0);
  });

  async function read(name: string): Promise<Sample> {
    return JSON.parse(await readFile(join(FOLDER, name), 'utf8')) as Sample;
  }

  it("agrees with NVIDIA's validator on every sample", async () => {
    for (const name of names) {
      const spec = await read(name);
      const findings = describeSpecMistakes(validate, {sigma_max: 70, ...spec});
      assert.equal(findings.length > 0, WITHOUT_VIDEO.test(name), `${name}: ${findings.join('\n')}`);
      assert.deepEqual(describeSpecMistakes(validate, {...spec, sigma_max: 80}), [], name);
    }
  });

  it('plans every sample for one view', async function () {
    this.timeout(30_000);
    const root = await temporaryFolder('samples');
    const clip = join(root, 'clip.mp4');
    await writeClip(clip, {...SMALL, frames: 121});
    for (const name of names) {
      const text = await readFile(join(FOLDER, name), 'utf8');
      const paths = Array.from(text.matchAll(/"(assets\/[^"]+\.mp4)"/g), ([, path]) => path ?? '');
      for (const path of paths) {
        await mkdir(join(root, dirname(path)), {recursive: true});
        await copyFile(clip, join(root, path));
      }
      const request = await requestOf({source: join(FOLDER, name), set: {root, sigma_max: 80}});
      const normal = await transfer1.normalise(request);
      assert.equal(normal.inputs.length, new Set(paths).size, name);
      assert.ok(!JSON.stringify(normal.makeSpec('/in')).includes('assets/'), name);
      const {argv} = transfer1.plan(normal);
      const isMultiview = name.includes('multiview');
      assert.equal(argv.includes('--is_av_sample'), name.startsWith('sample_av') && !isMultiview, name);
      assert.equal(
        argv.some((word) => word.endsWith('/transfer_multiview.py')),
        isMultiview,
        name,
      );
    }
  });
});
