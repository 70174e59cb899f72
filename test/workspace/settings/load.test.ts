import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {loadSettings} from '../../../src/workspace/settings/load.ts';
import type {SettingsSources} from '../../../src/workspace/settings/types.ts';
import {temporaryFolder} from '../../support/temporary.ts';

const DEFAULTS = {
  run: {model: 'preview', target: 'local', retries: 0},
  views: {auto: true, mode: 'clone'},
  gc: {grace: '24h', trashDays: 7},
  verify: {},
  local: {},
  models: {},
  enhance: {frames: 4, frameSize: 480, timeout: '5m'},
  targets: {},
};

const MODEL = (command: string): string =>
  `argv = ["${command}"]\noutputs = [{name = "o.mp4", mediaType = "video/mp4"}]\n`;

interface Files {
  workspaceFile: string;
  userFile: string;
}

async function files(workspace?: string, user?: string): Promise<Files> {
  const folder = await temporaryFolder('settings');
  const paths = {workspaceFile: join(folder, 'cosmos.toml'), userFile: join(folder, 'user.toml')};
  if (workspace !== undefined) await writeFile(paths.workspaceFile, workspace);
  if (user !== undefined) await writeFile(paths.userFile, user);
  return paths;
}

/** As JSON: the tables of settings have no prototype. */
async function load(sources: SettingsSources): Promise<unknown> {
  return JSON.parse(JSON.stringify((await loadSettings(sources)).settings));
}

describe('loadSettings', () => {
  it('answers the defaults when nothing is set', async () => {
    assert.deepEqual(await load({}), DEFAULTS);
    assert.deepEqual(await load(await files()), DEFAULTS);
    assert.deepEqual(await load(await files('', '[gc]\n')), DEFAULTS);
  });

  it('lets each layer win over the next', async () => {
    const both = await files(
      '[gc]\ngrace = "2h"\ntrashDays = 2\n',
      '[gc]\ngrace = "3h"\ntrashDays = 3\n[run]\nmodel = "u"\n',
    );
    const env = {COSMOS_GC_GRACE: '1h', COSMOS_RUN_MODEL: '', COSMOS_WORKSPACE: '/elsewhere'};
    const loaded = await loadSettings({
      ...both,
      env,
      flags: {'verify.workers': 3, 'gc.trashDays': undefined},
    });
    assert.deepEqual(loaded.settings.gc, {grace: '1h', trashDays: 2});
    assert.deepEqual(loaded.settings.run, {model: 'u', target: 'local', retries: 0});
    assert.deepEqual(loaded.settings.verify, {workers: 3});
    assert.deepEqual(loaded.origin('verify.workers'), {layer: 'flag'});
    assert.deepEqual(loaded.origin('gc.grace'), {layer: 'environment', variable: 'COSMOS_GC_GRACE'});
    assert.deepEqual(loaded.origin('gc.trashDays'), {layer: 'workspace', file: both.workspaceFile, line: 3});
    assert.deepEqual(loaded.origin('run.model'), {layer: 'user', file: both.userFile, line: 5});
    assert.deepEqual(loaded.origin('run.target'), {layer: 'default'});
  });

  it('prefers flags to the environment', async () => {
    const loaded = await loadSettings({env: {COSMOS_GC_GRACE: '1h'}, flags: {'gc.grace': '0'}});
    assert.equal(loaded.settings.gc.grace, '0');
  });

  it('reads variables by the type of their key', async () => {
    const env = {
      COSMOS_RUN_MODEL: '7',
      COSMOS_VIEWS_AUTO: '0',
      COSMOS_VIEWS_MODE: 'link',
      COSMOS_GC_TRASH_DAYS: '0.5',
      COSMOS_VERIFY_WORKERS: '8',
    };
    assert.deepEqual(await load({env}), {
      ...DEFAULTS,
      run: {model: '7', target: 'local', retries: 0},
      views: {auto: false, mode: 'link'},
      gc: {grace: '24h', trashDays: 0.5},
      local: {},
      verify: {workers: 8},
    });
  });

  it('lists every fixed key with its origin', async () => {
    const loaded = await loadSettings({flags: {'views.auto': false}});
    assert.deepEqual(loaded.entries().slice(3), [
      {key: 'views.auto', value: false, origin: {layer: 'flag'}},
      {key: 'views.mode', value: 'clone', origin: {layer: 'default'}},
      {key: 'gc.grace', value: '24h', origin: {layer: 'default'}},
      {key: 'gc.trashDays', value: 7, origin: {layer: 'default'}},
      {key: 'verify.workers', value: undefined, origin: {layer: 'default'}},
      ...['checkout', 'checkpoints', 'hfCache'].map((name) => ({
        key: `local.${name}`,
        value: undefined,
        origin: {layer: 'default'},
      })),
      ...Object.entries({endpoint: undefined, model: undefined, keyEnv: undefined, ...DEFAULTS.enhance}).map(
        ([name, value]) => ({key: `models.enhance.${name}`, value, origin: {layer: 'default'}}),
      ),
    ]);
  });

  it('takes the table of the model enhance key by key', async () => {
    const user = '[models.enhance]\nendpoint = "https://a.example/v1"\nframes = 2\n';
    const sources = await files('[models.enhance]\nmodel = "m"\nframes = 3\n', user);
    const loaded = await loadSettings({...sources, env: {COSMOS_MODELS_ENHANCE_KEY_ENV: 'A_KEY'}});
    const {enhance, models} = loaded.settings;
    const given = {endpoint: 'https://a.example/v1', model: 'm', keyEnv: 'A_KEY', frames: 3};
    assert.deepEqual(enhance, {...given, frameSize: 480, timeout: '5m'});
    assert.deepEqual(Object.keys(models), []);
    assert.deepEqual(loaded.origin('models.enhance.endpoint'), {
      ...{layer: 'user', file: sources.userFile, line: 2},
    });
    for (const address of [
      'ftp://a/v1',
      'https://me:pw@a.example/v1',
      'https://a.example/v1?key=1',
      'a.example',
    ])
      await assert.rejects(
        loadSettings({flags: {'models.enhance.endpoint': address}}),
        {code: 'config.invalid', message: /must be an address such as/},
        address,
      );
  });

  it('refuses to name the origin of an unknown key', async () => {
    const loaded = await loadSettings({});
    assert.throws(() => loaded.origin('gc.grase'), {
      code: 'config.invalid',
      message: 'unknown key "gc.grase" (did you mean "gc.grace"?)',
    });
    assert.throws(() => loaded.origin('gc'), {code: 'config.invalid'});
  });
});

describe('loadSettings, models', () => {
  it('fills in what a model leaves out', async () => {
    const text = `[models.mine]\nargv = ["run", "{outputs}"]\nschema = "s/mine.json"\n
[[models.mine.outputs]]\nname = "log/a.txt"\nmediaType = "text/plain"
[[models.mine.outputs]]\nname = "o.mp4"\nmediaType = "video/mp4"\nrole = "video"\nprimary = true\n`;
    const sources = await files(text);
    const {settings} = await loadSettings(sources);
    assert.deepEqual(
      {...settings.models['mine']},
      {
        argv: ['run', '{outputs}'],
        inputs: [],
        outputs: [
          {name: 'log/a.txt', mediaType: 'text/plain', role: 'output', primary: false},
          {name: 'o.mp4', mediaType: 'video/mp4', role: 'video', primary: true},
        ],
        schema: join(sources.workspaceFile, '..', 's', 'mine.json'),
      },
    );
  });

  it('makes the first output primary when none is marked', async () => {
    const {settings} = await loadSettings(await files(`[models.m]\n${MODEL('a')}`));
    assert.deepEqual(
      settings.models['m']?.outputs.map((each) => each.primary),
      [true],
    );
  });

  it('takes the whole table of the workspace before the user', async () => {
    const user = `[models.both]\n${MODEL('user')}timeout = "1h"\n[models.only]\n${MODEL('user')}`;
    const loaded = await loadSettings(await files(`[models.both]\n${MODEL('workspace')}`, user));
    assert.deepEqual(Object.keys(loaded.settings.models), ['both', 'only']);
    assert.deepEqual(loaded.settings.models['both']?.argv, ['workspace']);
    assert.ok(!('timeout' in loaded.settings.models['both']));
    assert.deepEqual(loaded.origin('models.both.timeout'), {layer: 'default'});
    assert.equal(loaded.origin('models.only').layer, 'user');
  });

  it('lists the keys of models behind the fixed ones', async () => {
    const sources = await files(`[run]\nmodel = "a.1"\n\n[models."a.1"]\n${MODEL('a')}`);
    const loaded = await loadSettings(sources);
    const file = sources.workspaceFile;
    assert.deepEqual(
      loaded
        .entries()
        .slice(17)
        .map(({key, origin}) => ({key, origin})),
      [
        {key: 'models."a.1".argv', origin: {layer: 'workspace', file, line: 5}},
        {key: 'models."a.1".inputs', origin: {layer: 'default'}},
        {key: 'models."a.1".outputs', origin: {layer: 'workspace', file, line: 6}},
      ],
    );
    assert.equal(loaded.origin('models.a.1.argv').line, 5);
    assert.equal(loaded.origin('models.a.1').line, 4);
  });

  it('finds only models that are configured', async () => {
    const {settings} = await loadSettings({});
    assert.equal(settings.models['constructor'], undefined);
  });
});

describe('loadSettings, targets', () => {
  it('fills in the defaults of a target', async () => {
    const {settings} = await loadSettings(await files('[targets.box]\nhost = "h"\nprice = 2.5\n'));
    assert.deepEqual(
      {...settings.targets['box']},
      {
        host: 'h',
        price: 2.5,
        root: 'cosmos',
        launcher: 'docker',
        runtime: ['docker'],
        shm: '8g',
        ipc: 'host',
        currency: 'USD',
      },
    );
  });

  it('takes the whole table of the workspace before the user', async () => {
    const user = '[targets.box]\nhost = "old"\nuser = "u"\n[targets.other]\nhost = "o"\n';
    const loaded = await loadSettings(await files('[targets.box]\nhost = "new"\n', user));
    assert.equal(loaded.settings.targets['box']?.host, 'new');
    assert.ok(!('user' in (loaded.settings.targets['box'] ?? {})));
    assert.equal(loaded.origin('targets.box').layer, 'workspace');
    assert.equal(loaded.origin('targets.other').layer, 'user');
  });
});
