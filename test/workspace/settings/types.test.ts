import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
import {listKeys, getSchema} from '../../../src/workspace/settings/schema.ts';
import {generateSettingsTypes} from './generate-types.ts';

describe('settings.gen.ts', () => {
  it('is what the schema generates', async () => {
    const file = new URL('../../../src/workspace/settings/settings.gen.ts', import.meta.url);
    assert.equal(await readFile(file, 'utf8'), await generateSettingsTypes());
  });
});

describe('listKeys', () => {
  it('derives the environment variable of every scalar key', async () => {
    const variables = listKeys(await getSchema()).flatMap((each) => each.variable ?? []);
    assert.deepEqual(variables, [
      'COSMOS_RUN_MODEL',
      'COSMOS_RUN_TARGET',
      'COSMOS_RUN_RETRIES',
      'COSMOS_VIEWS_AUTO',
      'COSMOS_VIEWS_MODE',
      'COSMOS_GC_GRACE',
      'COSMOS_GC_TRASH_DAYS',
      'COSMOS_VERIFY_WORKERS',
      'COSMOS_LOCAL_CHECKOUT',
      'COSMOS_LOCAL_CHECKPOINTS',
      'COSMOS_LOCAL_HF_CACHE',
      'COSMOS_MODELS_ENHANCE_ENDPOINT',
      'COSMOS_MODELS_ENHANCE_MODEL',
      'COSMOS_MODELS_ENHANCE_KEY_ENV',
      'COSMOS_MODELS_ENHANCE_FRAMES',
      'COSMOS_MODELS_ENHANCE_FRAME_SIZE',
      'COSMOS_MODELS_ENHANCE_TIMEOUT',
    ]);
  });

  it('describes every key and names its type', async () => {
    for (const {key, description, type} of listKeys(await getSchema())) {
      assert.ok(description.endsWith('.'), key);
      assert.match(type, /^(string|boolean|number|integer|array)$/, key);
    }
  });
});
