import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {
  parseAddress,
  parseNewTarget,
  parsePairs,
  removeTarget,
  writeTarget,
} from '../../src/workspace/target-file.ts';
import {temporaryFolder} from '../support/temporary.ts';

describe('parseAddress', () => {
  const good: [string, Record<string, string>][] = [
    ['203.0.113.7', {host: '203.0.113.7'}],
    ['ubuntu@box.lan:2222', {host: 'box.lan', user: 'ubuntu', port: '2222'}],
    ['alias', {host: 'alias'}],
    ['u@[2001:db8::1]:22', {host: '2001:db8::1', user: 'u', port: '22'}],
    ['2001:db8::1', {host: '2001:db8::1'}],
  ];
  for (const [text, parts] of good) {
    it(`reads ${text}`, () => assert.deepEqual(parseAddress(text), parts));
  }
  for (const text of ['', 'a b', '-oProxyCommand=x', 'u@', 'a@b@c', 'host:', 'host:x']) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseAddress(text), {code: 'usage.invalid'});
    });
  }
});

describe('parsePairs', () => {
  it('reads values with equals signs, and removals', () => {
    assert.deepEqual(parsePairs(['key=a=b', 'user=']), {key: 'a=b', user: null});
  });

  it('refuses a word without a value', () => {
    assert.throws(() => parsePairs(['host']), {code: 'usage.invalid'});
  });

  it('refuses a key that is given twice', () => {
    assert.throws(() => parsePairs(['price=1', 'price=2']), {message: '"price" is given twice.'});
  });
});

describe('parseNewTarget', () => {
  it('puts address and pairs together', () => {
    assert.deepEqual(parseNewTarget('u@h', ['price=1']), {host: 'h', user: 'u', price: '1'});
  });

  it('refuses an empty value, as of an unset variable', () => {
    assert.throws(() => parseNewTarget('h', ['key=']), {message: '"key=" has no value.'});
  });

  it('refuses what the address has said already', () => {
    assert.throws(() => parseNewTarget('h:22', ['port=23']), {message: '"port" is given twice.'});
  });
});

describe('writeTarget', () => {
  it('adds, changes and removes only its own lines', async () => {
    const file = join(await temporaryFolder('target-file'), 'cosmos.toml');
    const before = '# mine\n[gc]\ngrace = "2d" # why\n';
    await writeFile(file, before);
    await writeTarget(file, 'box', {host: 'h', runtime: '["sudo", "docker"]', price: '2.5'});
    await writeTarget(file, 'box', {host: 'new', price: null});
    assert.equal(
      await readFile(file, 'utf8'),
      `${before}\n[targets.box]\nhost = "new"\nruntime = ["sudo", "docker"]\n`,
    );
    await removeTarget(file, 'box');
    assert.equal((await readFile(file, 'utf8')).trimEnd(), before.trimEnd());
  });

  it('checks what lies outside last, and writes nothing then', async () => {
    const file = join(await temporaryFolder('target-file'), 'cosmos.toml');
    const refuse = (): Promise<void> => Promise.reject(new Error('no such key'));
    await assert.rejects(writeTarget(file, 'box', {host: 'h'}, refuse), /no such key/);
    await assert.rejects(writeTarget(file, 'box', {host: '-h'}, refuse), {code: 'config.invalid'});
    await assert.rejects(readFile(file), {code: 'ENOENT'});
  });

  it('writes nothing when anything is wrong', async () => {
    const file = join(await temporaryFolder('target-file'), 'cosmos.toml');
    await writeFile(file, '');
    for (const wrong of [{user: 'u'}, {host: 'h', prize: '1'}, {host: 'h', price: 'much'}, {host: '-x'}])
      await assert.rejects(writeTarget(file, 'box', wrong), {code: 'config.invalid'});
    await assert.rejects(writeTarget(file, 'local', {host: 'h'}), {code: 'config.invalid'});
    assert.equal(await readFile(file, 'utf8'), '');
  });
});
