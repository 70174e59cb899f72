import assert from 'node:assert/strict';
import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {mapLimit} from '../../src/platform/concurrency.ts';
import {CITY, cosmos, cosmosJson, makeCliWorkspace, REPOSITORY} from '../support/cli.ts';
import {temporaryFolder} from '../support/temporary.ts';

const COMMANDS = [
  'abandon',
  'attach',
  'batch',
  'blob cat',
  'blob list',
  'blob put',
  'blob stat',
  'cancel',
  'config get',
  'config set',
  'config show',
  'delete',
  'diff',
  'doctor',
  'export',
  'gc',
  'gc explain',
  'gc undo',
  'index rebuild',
  'init',
  'list',
  'logs',
  'note',
  'open',
  'pin',
  'prompt create',
  'prompt delete',
  'prompt edit',
  'prompt enhance',
  'prompt list',
  'prompt search',
  'prompt show',
  'queue',
  'queue hold',
  'queue move',
  'queue release',
  'rate',
  'repair',
  'rerun',
  'run',
  'scene add',
  'scene list',
  'scene prepare',
  'scene show',
  'search',
  'sheet',
  'show',
  'status',
  'sweep',
  'tag',
  'target add',
  'target check',
  'target clean',
  'target drain',
  'target list',
  'target remove',
  'target set',
  'target show',
  'target trust',
  'unpin',
  'upscale',
  'usage',
  'verify',
  'watch',
  'which',
];

const ESCAPE = '\u001B';

describe('the output', function () {
  this.timeout(120_000);

  let root = '';
  let id = '';
  let digest = '';

  before(async () => {
    root = await makeCliWorkspace();
    const run = await cosmosJson<RunDocument>(
      ['run', 'request.json', '--model', 'copy', '--prompt', `red ${ESCAPE}[31mwall`],
      {cwd: root},
    );
    id = run.id;
    digest = run.outputs[0]?.digest ?? '';
  });

  it('of --json is one JSON document for every command', async () => {
    await writeFile(join(root, 'new.txt'), 'new');
    const fresh = join(await temporaryFolder('fresh'), 'here');
    const asks: [string[], number][] = [
      [['list'], 0],
      [['show', id], 0],
      [['status'], 0],
      [['logs', id], 0],
      [['open', '--print', id], 0],
      [['run', 'request.json', '--model', 'copy', '--dry-run'], 0],
      [['run', CITY, '--dry-run', '--seed', '7', '-w', 'vis=1,edge=1'], 0],
      [['cancel', id], 0],
      [['verify'], 0],
      [['verify', '--deep'], 0],
      [['repair', digest], 0],
      [['verify', '--repair', '--offline'], 0],
      [['verify', '--deep', '--budget', '1m', '--max-age', '1d', '--cross-check', '10%'], 0],
      [['blob', 'list'], 0],
      [['blob', 'stat', digest], 0],
      [['gc', '--dry-run'], 0],
      [['usage', '--by', 'age'], 0],
      [['rerun', id, '--dry-run'], 0],
      [['delete', id, '--dry-run'], 0],
      [['gc', 'explain', digest], 0],
      [['config', 'show'], 0],
      [['config', 'get', 'gc.grace'], 0],
      [['queue'], 0],
      [['search', 'red', 'wall'], 0],
      [['list', '--rating', '4+', '--since', '7d', '--param', 'seed=1'], 0],
      [['which', 'text.txt'], 0],
      [['diff', id, id], 0],
      [['prompt', 'list'], 0],
      [['prompt', 'search', 'wall'], 0],
      [['scene', 'list'], 0],
      [['sweep', CITY, '--vary', 'weights.edge=0.2,0.8', '--dry-run'], 0],
      [['batch', 'gone.csv', '--dry-run'], 1],
      [['upscale', id, '--dry-run'], 2],
      [['scene', 'show', 'gone'], 2],
      [['scene', 'prepare', CITY, '--dry-run'], 2],
      [['queue', 'hold', id], 2],
      [['show', 'nothing'], 2],
      [['nothing'], 2],
      [['blob', 'nothing'], 2],
      [['run'], 2],
      [['run', 'request.json', '--nothing'], 2],
      [['list', '--workspace', '/'], 10],
    ];
    const changes: [string[], number][] = [
      [['run', 'request.json', '--model', 'fail'], 14],
      [['blob', 'put', 'new.txt'], 0],
      [['rate', id, '4'], 0],
      [['tag', id, '--add', 'keeper'], 0],
      [['note', id, 'the light'], 0],
      [['prompt', 'create', 'snow', '--name', 'winter'], 0],
      [['prompt', 'edit', 'winter', '--text', 'hail'], 0],
      [['prompt', 'show', 'winter'], 0],
      [['prompt', 'delete', 'winter'], 0],
      [['scene', 'add', CITY], 0],
      [['pin', id, '--name', 'kept'], 0],
      [['unpin', 'kept'], 0],
      [['attach', id], 0],
      [['abandon', id, '--yes'], 0],
      [['target', 'list'], 0],
      [['target', 'check', 'local'], 2],
      [['delete', id], 0],
      [['gc', 'undo'], 0],
      [['gc', '--purge', '--yes'], 0],
      [['config', 'set', 'gc.grace', '25h'], 0],
      [['index', 'rebuild'], 0],
      [['export', id, 'exported'], 0],
      [['export', id, 'exported'], 2],
      [['doctor'], 0],
      [['init', fresh], 0],
      [['init', fresh], 2],
    ];
    const check = async ([args, expected]: [string[], number]): Promise<void> => {
      const {code, stdout, stderr} = await cosmos([...args, '--json'], {cwd: root});
      assert.equal(code, expected, `${args.join(' ')}: ${stdout}${stderr}`);
      const value = JSON.parse(stdout) as {error?: Record<string, unknown>};
      const isError = expected !== 0 && expected !== 14;
      assert.equal('error' in value, isError, args.join(' '));
      if (isError) assert.deepEqual(Object.keys(value.error ?? {}), ['code', 'message', 'hint', 'facts']);
      assert.ok(!stderr.includes('at async'), stderr);
    };
    await mapLimit(asks, 2, check);
    for (const change of changes) await check(change);
  });

  it('of --json stays one document when there are notes', async () => {
    const {stdout, stderr} = await cosmos(['run', CITY, '-n', '-w', 'vis=1,edge=1', '--json'], {cwd: root});
    assert.match(stderr, /cosmos: note: the weights sum to 2/);
    const plan = JSON.parse(stdout) as {normal: {warnings: string[]}};
    assert.equal(plan.normal.warnings.length, 1);
  });

  it('holds no escape codes in a pipe, whoever wrote the prompt', async () => {
    const lines = [
      ['list'],
      ['show', id],
      ['status'],
      ['list', '--help'],
      ['show', `${ESCAPE}[31mx`],
      ['run', 'request.json', '--model', 'copy', '-n', '-p', `a${ESCAPE}[31m`],
    ];
    await mapLimit(lines, 2, async (args) => {
      const {stdout, stderr} = await cosmos(args, {cwd: root});
      assert.ok(!`${stdout}${stderr}`.includes(ESCAPE), args.join(' '));
    });
    const {stdout} = await cosmos(['list'], {cwd: root, env: {NO_COLOR: '1'}});
    assert.ok(!stdout.includes(ESCAPE));
  });

  it('may be cut off by its reader without a complaint', async function () {
    if (process.platform === 'win32') return this.skip();
    await writeFile(join(root, 'large.bin'), Buffer.alloc(4_000_000, 'x'));
    const {entries} = await cosmosJson<{entries: {digest: string}[]}>(['blob', 'put', 'large.bin'], {
      cwd: root,
    });
    const large = entries[0]?.digest ?? '';
    const lines = [
      'list',
      `show ${id} --json`,
      `blob cat ${large}`,
      `logs ${id}`,
      'help',
      'blob',
      '--version',
    ];
    await mapLimit(lines, 2, async (line) => {
      const {stderr, stdout} = await shell(`"$NODE" "$BIN" ${line} | head -c 3; echo " \${PIPESTATUS[0]}"`);
      assert.equal(stderr, '', line);
      assert.match(stdout, / 0\n$/, line);
    });
    for (const line of ['list', `blob cat ${large}`, '--version']) {
      const closed = await shell(`"$NODE" "$BIN" ${line} | true`);
      assert.equal(closed.stderr, '', line);
    }
  });

  it('that cannot be written is an error, not a stack trace', async function () {
    if (!existsSync('/dev/full')) return this.skip();
    for (const line of ['list --json', `blob cat ${digest}`, `logs ${id}`]) {
      const {stderr, stdout} = await shell(`"$NODE" "$BIN" ${line} > /dev/full; echo $?`);
      assert.equal(stdout, '1\n', line);
      assert.match(
        stderr,
        /^cosmos: The output could not be written \(ENOSPC\)[^]*\(output\.failed, exit 1/,
        line,
      );
      assert.equal(stderr.split('output.failed').length, 2, line);
    }
  });

  function shell(command: string): Promise<{stdout: string; stderr: string}> {
    const env = {...process.env, NODE: process.execPath, BIN: join(REPOSITORY, 'bin', 'run.js')};
    return promisify(execFile)('bash', ['-c', command], {cwd: root, env});
  }
});

describe('--help', function () {
  this.timeout(60_000);

  it('of every command has a summary and examples', async () => {
    await mapLimit(COMMANDS, 2, async (command) => {
      const {code, stdout} = await cosmos([...command.split(' '), '--help']);
      assert.equal(code, 0, command);
      assert.match(stdout, /^\S.*\.\n/, command);
      assert.match(stdout, new RegExp(`EXAMPLES\\n {2}\\$ cosmos ${command}`), command);
    });
  });

  it('is tested for every command that there is', async () => {
    const {stdout} = await cosmos(['help']);
    const commands = await readFile(join(REPOSITORY, 'docs', 'commands.md'), 'utf8');
    const listed = Array.from(
      commands.matchAll(/^## `cosmos ([a-z ]+?)(?: [[A-Z].*)?`$/gm),
      ([, name]) => name ?? '',
    );
    assert.deepEqual(listed.filter((name) => name !== 'help').sort(), COMMANDS);
    for (const name of COMMANDS) assert.ok(stdout.includes(name.split(' ')[0] ?? ''), name);
  });
});
