import assert from 'node:assert/strict';
import {cp, mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {Catalog} from '../../src/cas/catalog/catalog.ts';
import {contend, locksProbe} from '../../src/cas/catalog/exclusion.ts';
import {temporaryFolder} from '../support/temporary.ts';

describe('locksProbe', () => {
  it('keeps a second process out', async () => {
    assert.equal((await locksProbe.run(await temporaryFolder())).answer, 'yes');
  });

  it('tells when nobody is kept out', async () => {
    const folder = await temporaryFolder();
    const [own, other] = [join(folder, 'own'), join(folder, 'other')];
    await mkdir(own);
    const catalog = Catalog.create(own);
    try {
      await catalog.transaction('a word', () => undefined);
      // Who locks another file is kept out by nobody, as on a disk whose locks stay within one computer.
      await cp(own, other, {recursive: true});
      const {answer, found} = await contend(catalog, other);
      assert.equal(answer, 'no');
      assert.match(found, /at once/);
    } finally {
      await catalog.close();
    }
  });

  it('claims nothing when the second process does not get in', async () => {
    const folder = await temporaryFolder();
    const catalog = Catalog.create(folder);
    try {
      assert.equal((await contend(catalog, join(folder, 'absent'))).answer, 'unknown');
    } finally {
      await catalog.close();
    }
  });
});
