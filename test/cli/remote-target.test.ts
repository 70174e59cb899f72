import assert from 'node:assert/strict';
import {readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {
  cosmosAt,
  countStarts,
  jsonAt,
  makeBox,
  onlyRun,
  runArgs,
  runDetached,
  succeed,
  type Box,
  useSshd,
} from '../support/remote.ts';
import {makeKey, publicKeyOf} from '../support/sshd.ts';

interface ErrorDocument {
  error: {code: string; message: string; hint: string};
}

function knownHosts({home}: Box): string {
  return join(home, '.ssh', 'known_hosts');
}

/** The user's own. */
function settingsFile({home}: Box): string {
  return join(home, '.config', 'cosmos', 'cosmos.toml');
}

describe('cosmos target', function () {
  this.timeout(60_000);

  const sshd = useSshd();

  it('is listed, shown, changed and forgotten', async () => {
    const box = await makeBox({sshd: sshd(), settings: ['price=2.5']});
    const [row] = await jsonAt<{name: string; price: number; launcher: string}[]>(box, ['target', 'list']);
    assert.deepEqual([row?.name, row?.price, row?.launcher], ['box', 2.5, 'process']);
    await succeed(box, ['target', 'set', 'box', 'price=', 'host=203.0.113.9']);
    assert.match(
      await succeed(box, ['target', 'list']),
      new RegExp(` \\S+@203\\.0\\.113\\.9:${sshd().port} `),
    );
    assert.doesNotMatch(await succeed(box, ['target', 'show', 'box']), /price/);
    await succeed(box, ['target', 'remove', 'box']);
    assert.deepEqual(await jsonAt(box, ['target', 'list']), []);
    assert.equal((await cosmosAt(box, ['target', 'show', 'box'])).code, 2);
  });

  it('refuses what makes no sense, each as usage', async () => {
    const box = await makeBox({sshd: sshd()});
    const file = settingsFile(box);
    const before = await readFile(file, 'utf8');
    for (const args of [
      ['target', 'add', 'box', 'other'],
      ['target', 'add', 'two', 'a b'],
      ['target', 'add', 'two', '-oProxyCommand=touch'],
      ['target', 'add', 'two', 'host', 'launcher=magic'],
      ['target', 'add', 'two', 'host', 'price'],
      ['target', 'add', 'bad name', 'host'],
      ['target', 'add', 'two', 'host', 'key='],
      ['target', 'add', 'two', 'host', 'host=other'],
      ['target', 'set', 'box', 'price=1', 'price=2'],
      ['target', 'set', 'box', 'port=ssh'],
      ['target', 'set', 'box', 'host='],
      ['target', 'set', 'bocks', 'port=22'],
      ['target', 'set', 'box', 'colour=red'],
      ['target', 'check', 'bocks'],
      ['target', 'trust', 'bocks', '--yes'],
      ['target', 'drain', 'bocks'],
      ['target', 'clean', 'bocks'],
      ['target', 'remove', 'bocks'],
      ['run', 'request.json', '--model', 'copy', '--target', 'bocks'],
    ]) {
      const {code, stderr} = await cosmosAt(box, args);
      assert.equal(code, 2, `${args.join(' ')}: ${stderr}`);
    }
    assert.equal(await readFile(file, 'utf8'), before);
  });

  it('is written into the workspace where that is named', async () => {
    const box = await makeBox({sshd: sshd()});
    const own = await readFile(settingsFile(box), 'utf8');
    const add = ['target', 'add', 'shared', 'somebody@203.0.113.7', 'launcher=process'];
    await succeed(box, [...add, '--workspace', box.workspace]);
    assert.equal(await readFile(settingsFile(box), 'utf8'), own);
    assert.match(
      await readFile(join(box.workspace, 'cosmos.toml'), 'utf8'),
      /\[targets\.shared\]\nhost = "203\.0\.113\.7"/,
    );
  });

  it('takes a key only where there is one', async () => {
    const box = await makeBox({sshd: sshd()});
    const file = settingsFile(box);
    const before = await readFile(file, 'utf8');
    const refusals: [words: string[], said: RegExp][] = [
      [['add', 'two', 'host', 'key=/nope'], /There is no key file \/nope\.[^]*key=PATH/],
      [['add', 'two', 'host', `key=${box.home}`], /is a folder, not a key file/],
      [['add', 'two', 'host', `key=${sshd().userKey}.pub`], /is a public key[^]*ssh-add/],
      [
        ['add', 'two', 'host', 'key=~bob/id'],
        /"targets\.two\.key" must be an absolute path, or one below your home/,
      ],
      [['set', 'box', 'key=~/.ssh/absent'], /There is no key file .*\.ssh\/absent/],
    ];
    for (const [words, said] of refusals) {
      const {code, stderr} = await cosmosAt(box, ['target', ...words]);
      assert.ok(code === 1 || code === 2, words.join(' '));
      assert.match(stderr, said);
    }
    assert.equal(await readFile(file, 'utf8'), before);
    makeKey(join(box.workspace, 'mine'));
    await succeed(box, ['target', 'set', 'box', 'key=mine']);
    assert.match(await readFile(file, 'utf8'), new RegExp(`key = "${box.workspace}/mine"`));
  });

  it('is not forgotten while a run is there', async () => {
    const box = await makeBox({sshd: sshd()});
    await runDetached(box, 'wait');
    const {code, stderr} = await cosmosAt(box, ['target', 'remove', 'box']);
    assert.equal(code, 2);
    assert.match(stderr, /have not ended on box[^]*abandon --target box/);
    await succeed(box, ['target', 'remove', 'box', '--force']);
  });

  it('is checked, and says all that is wrong', async () => {
    const box = await makeBox({sshd: sshd()});
    const checked = await jsonAt<{report: {isWritable: boolean; problems: string[]}; roundTripMs: number}>(
      box,
      [...['target', 'check', 'box']],
    );
    assert.equal(checked.report.isWritable, true);
    assert.deepEqual(checked.report.problems, []);
    assert.ok(checked.roundTripMs < 1000);
    const wrong = ['checkout=/nowhere', 'checkpoints=/nor/here', 'root=/proc/cosmos'];
    await succeed(box, ['target', 'set', 'box', ...wrong]);
    const {code, stdout} = await cosmosAt(box, ['target', 'check', 'box']);
    assert.equal(code, 13);
    for (const what of [
      /checkout: there is no folder \/nowhere/,
      /checkpoints: there is no folder \/nor\/here/,
      /\/proc\/cosmos cannot be made|cannot write to \/proc\/cosmos/,
    ])
      assert.match(stdout, what);
  });

  it('whose port nobody has is unreachable, not failed', async () => {
    const box = await makeBox({sshd: sshd()});
    await succeed(box, ['target', 'set', 'box', 'port=1']);
    const {code, stderr} = await cosmosAt(box, ['target', 'check', 'box']);
    assert.equal(code, 13);
    assert.match(stderr, /target\.unreachable, exit 13/);
    assert.equal((await cosmosAt(box, runArgs('copy'))).code, 13);
    assert.deepEqual(await jsonAt(box, ['list']), []);
  });

  it('that is unknown names the command that accepts it', async () => {
    const box = await makeBox({sshd: sshd()});
    await rm(knownHosts(box));
    const {code, stderr} = await cosmosAt(box, runArgs('copy'));
    assert.equal(code, 13);
    assert.match(stderr, /SHA256:[^]*cosmos target trust box[^]*host\.unknown/);
    assert.equal(await countStarts(box), 0);
  });

  it('is trusted by the right fingerprint only', async () => {
    const box = await makeBox({sshd: sshd()});
    await rm(knownHosts(box));
    const trust = ['target', 'trust', 'box'];
    const wrong = await cosmosAt(box, [...trust, '--fingerprint', `SHA256:${'A'.repeat(43)}`]);
    assert.equal(wrong.code, 13);
    assert.match(wrong.stderr, /not the one that you named[^]*Nothing was accepted/);
    await assert.rejects(readFile(knownHosts(box)));
    const [, fingerprint = ''] = /(SHA256:\S+)/.exec(wrong.stdout) ?? [];
    await succeed(box, [...trust, '--fingerprint', fingerprint]);
    assert.match(await succeed(box, trust), /trusted already/);
    await succeed(box, runArgs('copy'));
  });

  it('is trusted beside an authority, never when revoked', async () => {
    const box = await makeBox({sshd: sshd()});
    const [line = ''] = sshd().knownHosts;
    const other = publicKeyOf(makeKey(join(box.home, 'authority')));
    await writeFile(knownHosts(box), `@revoked ${line}\n`);
    const revoked = await cosmosAt(box, ['target', 'trust', 'box', '--yes']);
    assert.equal(revoked.code, 13);
    assert.match(revoked.stderr, /line 1 revokes[^]*Ask its owner for a new key/);
    await writeFile(knownHosts(box), `@cert-authority [127.0.0.1]:${sshd().port} ${other}\n`);
    const asked = await cosmosAt(box, ['target', 'trust', 'box']);
    assert.equal(asked.code, 2);
    assert.match(asked.stderr, /no terminal to ask on[^]*--fingerprint SHA256/);
    await succeed(box, ['target', 'trust', 'box', '--yes']);
    await succeed(box, ['target', 'check', 'box']);
  });

  it('whose key has changed is never spoken to', async () => {
    const box = await makeBox({sshd: sshd()});
    await succeed(box, runArgs('copy'));
    const other = makeKey(join(box.home, 'other'));
    await writeFile(knownHosts(box), `[127.0.0.1]:${sshd().port} ${publicKeyOf(other)}\n`);
    for (const args of [runArgs('copy'), ['target', 'check', 'box'], ['target', 'trust', 'box', '--yes']]) {
      const {code, stdout} = await cosmosAt(box, [...args, '--json']);
      assert.equal(code, 13, args.join(' '));
      assert.equal((JSON.parse(stdout) as ErrorDocument).error.code, 'host.changed');
    }
    assert.equal(await countStarts(box), 1);
    assert.match(await onlyRun(box), /^rs_/);
  });
});
