import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {chmod, chown, copyFile, mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {writeClip, SMALL} from '../media/clips.ts';
import {CITY, cosmos, cosmosJson, makeCliWorkspace, type Outcome} from '../support/cli.ts';
import {mapLimit} from '../../src/platform/concurrency.ts';
import {temporaryFolder} from '../support/temporary.ts';
import {contentsOf} from '../support/workspaces.ts';

/** The signature of a PNG file and the beginning of its first chunk. */
const PNG = Buffer.from('89504e470d0a1a0a0000000d4948445200000010000000100802', 'hex');

interface ErrorDocument {
  error: {code: string; message: string; hint: string | null; facts: {findings?: string[]}};
}

interface Refusal {
  code: string;
  exit: number;
  /** All of them are in the message or the hint. */
  words: readonly RegExp[];
  /** Findings that are listed. */
  count?: number;
}

describe('bad input', function () {
  this.timeout(120_000);

  let root = '';
  let scenes = '';
  let held: Record<string, string> = {};

  before(async () => {
    root = await makeCliWorkspace(MODELS);
    scenes = await temporaryFolder('scenes');
    await makeScenes(scenes);
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(root, name), text);
    held = await contentsOf(root);
  });

  const asked: {args: readonly string[]; outcome?: Outcome}[] = [];

  /** A command that has to be refused. All of them are run before the first test, on both cores. */
  function refuses(title: string, args: readonly string[], expected: Refusal): void {
    const question: (typeof asked)[number] = {args};
    asked.push(question);
    it(title, () => {
      assert.ok(question.outcome);
      const {error} = JSON.parse(question.outcome.stdout) as ErrorDocument;
      assert.equal(error.code, expected.code, error.message);
      assert.equal(question.outcome.code, expected.exit);
      assert.doesNotMatch(question.outcome.stderr, /mistake in cosmos/);
      for (const word of expected.words) assert.match(`${error.message}\n${error.hint ?? ''}`, word);
      assert.notEqual(error.hint ?? '', '', 'the error says what to do');
      if (expected.count !== undefined)
        assert.equal(error.facts.findings?.length, expected.count, error.message);
    });
  }

  before(async () => {
    await mapLimit(asked, 2, async (question) => {
      const args = question.args.map((arg) => arg.replace(/^@/, `${scenes}/`));
      question.outcome = await cosmos([...args, '--json'], {cwd: root});
    });
  });

  it('changes nothing, whatever it was', async () => {
    assert.deepEqual(await contentsOf(root), held);
  });

  const scene = (name: string): string[] => ['run', `@${name}`];
  const inputInvalid = (words: readonly RegExp[], count = 1) => ({
    code: 'input.invalid',
    exit: 2,
    words,
    count,
  });

  refuses('is a text that calls itself a video', scene('text'), inputInvalid([/color\.mp4 is not a video/]));

  refuses(
    'is a picture that calls itself a video',
    scene('png'),
    inputInvalid([/color\.mp4 is not a video/]),
  );

  refuses(
    'is a video that is cut off',
    scene('cut'),
    inputInvalid([/color\.mp4 is cut off: 200000 of \d+ bytes/]),
  );

  refuses('is an empty file', scene('zero'), inputInvalid([/color\.mp4 is empty \(0 bytes\)/]));

  refuses(
    'is a scene without a colour pass',
    scene('colorless'),
    inputInvalid([/there is no color\.mp4 in/]),
  );

  refuses('is passes that disagree, all said at once', scene('disagreeing'), {
    ...inputInvalid([/depth has 11 frames, color has 12/, /seg is 64x64, color is 96x64/], 2),
  });

  refuses(
    'is everything at once',
    [
      ...scene('worst'),
      '--weights',
      'vis=1,fog=2,depth=1',
      '--set',
      'canny_threshold=loow',
      '--set',
      'sharp=1',
    ],
    inputInvalid(
      [
        /no control "fog"/,
        /no parameter "sharp"/,
        /"canny_threshold" is "loow"/,
        /color\.mp4 is not a video/,
        /depth\.mp4 is empty/,
      ],
      5,
    ),
  );

  refuses(
    'is a weight for a pass that nobody rendered',
    [...scene('small'), '-w', 'depth=1'],
    inputInvalid([/depth has weight 1, but the scene has no depth\.mp4/]),
  );

  refuses('is a place where nothing is', scene('nowhere'), {
    code: 'file.unreadable',
    exit: 1,
    words: [/nowhere/, /Give a scene/],
  });

  it('is a file that may not be read', async function () {
    const through = asSomebodyElse();
    if (through === undefined && process.getuid?.() === 0) return this.skip();
    const folder = join(await temporaryFolder('locked'), 'workspace');
    await mkdir(join(folder, 'scene'), {recursive: true});
    for (const path of [join(folder, '..'), folder, join(folder, 'scene')]) {
      if (through) await chown(path, NOBODY, NOBODY);
    }
    await copyFile(join(CITY, 'color.mp4'), join(folder, 'scene', 'color.mp4'));
    await writeFile(join(folder, 'spec.json'), '{}');
    await chmod(join(folder, 'scene', 'color.mp4'), 0o000);
    await chmod(join(folder, 'spec.json'), 0o000);
    const options = {cwd: folder, env: {HOME: folder}, ...(through && {through})};
    const init = await cosmos(['init', '.'], options);
    if (/EACCES|cannot execute|Permission denied/.test(init.stderr)) return this.skip();
    assert.equal(init.code, 0, init.stderr);
    const run = await cosmos(['run', 'scene'], options);
    assert.equal(run.code, 2, run.stderr);
    assert.match(run.stderr, /color\.mp4 cannot be read \(EACCES\)/);
    for (const args of [
      ['run', 'spec.json'],
      ['blob', 'put', 'spec.json'],
    ]) {
      const {code, stderr} = await cosmos(args, options);
      assert.equal(code, 1);
      assert.match(stderr, /spec\.json \(EACCES\)[^]*\(file\.unreadable, exit 1/);
    }
    assert.deepEqual(await cosmosJson(['list'], options), []);
    assert.deepEqual(await cosmosJson(['blob', 'list'], options), []);
  });

  for (const [file, word] of [
    ['torn.json', /torn\.json is not a spec file: it is not JSON/],
    ['list.json', /list\.json is JSON, but not a JSON object/],
  ] as const) {
    refuses(`is the spec file ${file}`, ['run', file], {code: 'input.invalid', exit: 2, words: [word]});
  }

  refuses(
    'is a spec file with many mistakes, all said at once',
    ['run', 'wrong.json'],
    inputInvalid(
      [
        /"prompt" is/,
        /"vis" in the spec/,
        /"edge\.control_weight"/,
        /compute depth/,
        /"blur_strength" is "y"/,
        /nope\.mp4/,
        /keypoint/,
      ],
      7,
    ),
  );

  for (const [flags, word] of [
    [['--weights', 'vis'], /"vis" has no "name=value" form/],
    [['--weights', 'vis='], /"" is neither a number/],
    [['--weights', 'vis=-1'], /"-1" is neither a number of 0 or more nor the name of a \.pt file/],
    [['--weights', 'vis=1,vis=2'], /"vis" is given twice/],
    [['--set', 'blur_strength'], /has no "name=value" form/],
    [['--set', 'a=1', '--set', 'a=2'], /"a" is given twice/],
    [['--seed', 'seven'], /--seed: Expected an integer/],
    [['--bogus'], /There is no flag --bogus/],
    [['--promt', 'x'], /did you mean "--prompt"/],
    [['--model', 'preveiw'], /did you mean "preview"/],
  ] as const) {
    refuses(`is ${flags.join(' ')}`, [...scene('small'), ...flags], {
      code: 'usage.invalid',
      exit: 2,
      words: [word],
    });
  }

  for (const [args, word] of [
    [['rnu', 'scene'], /There is no command "rnu" \(did you mean "run"\?\)/],
    [['blob', 'lst'], /There is no command "blob lst" \(did you mean "blob list"\?\)/],
    [['list', 'everything'], /Too many arguments: everything/],
    [['run'], /SOURCE is missing/],
    [['list', '--all', '--limit', '3'], /--limit=3 cannot also be provided/],
    [['gc', '--grace', '3x'], /--grace: "3x" is not a duration/],
    [['gc', '--purge'], /no terminal to ask on/],
    [['init', 'text.txt'], /text\.txt cannot be a folder/],
    [['pin', 'sha256:12'], /is not a digest/],
    [['blob', 'stat', 'xyz'], /is not a digest or the beginning of one/],
  ] as const) {
    refuses(`is the command ${args.join(' ')}`, args, {code: 'usage.invalid', exit: 2, words: [word]});
  }

  for (const args of [
    ['show', 'rs_00'],
    ['logs', 'x'],
    ['cancel', 'x'],
    ['delete', 'x'],
    ['open', ''],
    ['pin', 'x'],
    ['unpin', 'x'],
    ['gc', 'undo'],
    ['blob', 'stat', '0000'],
  ]) {
    refuses(`is an unknown id for ${args.join(' ')}`, args, {
      code: 'id.unknown',
      exit: 2,
      words: [/There is no|Nothing is pinned|trash is empty/],
    });
  }

  refuses('is a digest that is not in the store', ['blob', 'stat', `sha256:${'0'.repeat(64)}`], {
    code: 'blob.missing',
    exit: 12,
    words: [/is not in the store/],
  });

  refuses('is a folder that is no workspace', ['list', '--workspace', '@text'], {
    code: 'workspace.missing',
    exit: 10,
    words: [/is not a workspace/, /cosmos init/],
  });

  describe('for a model of cosmos.toml', () => {
    const model = (name: string, file = 'request.json', ...rest: string[]): string[] => [
      'run',
      file,
      '--model',
      name,
      ...rest,
    ];

    refuses(
      'is a missing input and a missing parameter',
      model('strict'),
      inputInvalid([/the input "second" is missing/, /the parameter "strength" has no value/], 2),
    );

    refuses(
      'is what the schema forbids',
      model('strict', 'full.json', '--set', 'strength=7', '--set', 'zoom=1'),
      inputInvalid([/"strength" must be <= 1/, /no parameter "zoom"/], 2),
    );

    refuses(
      'is a request with many mistakes, all said at once',
      model('strict', 'mixed.json'),
      inputInvalid(
        [
          /unknown key "inpts"/,
          /"text" is not a path/,
          /"parameters" is not/,
          /"prompt" is not/,
          /gone\.txt is not there/,
          /"strength" has no value/,
        ],
        6,
      ),
    );

    refuses('is a request that is no JSON', model('strict', 'torn.json'), {
      code: 'input.invalid',
      exit: 2,
      words: [/is not JSON/, /A request file looks like/],
    });

    for (const [name, word] of [
      ['schemaless', /missing\.schema\.json of the model cannot be used/],
      ['nonsense', /nonsense\.schema\.json of the model cannot be used/],
      ['braces', /has a lone brace/],
    ] as const) {
      refuses(`is the model ${name} itself`, model(name, 'full.json'), {
        code: 'config.invalid',
        exit: 2,
        words: [word],
      });
    }

    refuses(
      'is an unreadable pass, said once',
      ['run', '@text', '--model', 'video'],
      inputInvalid([/color\.mp4 is not a video/]),
    );
  });

  it('is a setting that does not exist, with its line and the nearest', async () => {
    const folder = await makeCliWorkspace('# mine\n[gc]\ngrase = "2d"\n');
    const {code, stderr} = await cosmos(['run', CITY], {cwd: folder});
    assert.equal(code, 2);
    assert.match(stderr, /cosmos\.toml line 3: unknown key "gc\.grase" \(did you mean "gc\.grace"\?\)/);
    assert.deepEqual(await cosmosJson(['list'], {cwd: folder}), []);
  });

  it('is an id that fits more than one run', async () => {
    const folder = await makeCliWorkspace();
    for (let made = 0; made < 2; made += 1)
      await cosmosJson(['run', 'request.json', '--model', 'copy'], {cwd: folder});
    const {code, stderr} = await cosmos(['show', 'rs_'], {cwd: folder});
    assert.equal(code, 2);
    assert.match(stderr, /"rs_" fits more than one run[^]*Type more characters[^]*\(id\.ambiguous, exit 2/);
  });

  it('is a program that does not exist: the run fails and says so', async () => {
    const folder = await makeCliWorkspace(MODELS);
    const {code, stdout} = await cosmos(['run', 'request.json', '--model', 'ghost'], {cwd: folder});
    assert.equal(code, 14);
    assert.match(stdout, /job\.not-found/);
    assert.match(stdout, /correct "argv" of the model/);
    const [run] = await cosmosJson<{failure: string}[]>(['list'], {cwd: folder});
    assert.equal(run?.failure, 'job.not-found');
  });
});

const OUTPUTS = 'outputs = [{name = "copy.txt", mediaType = "text/plain"}]';
const MODELS = `[models.ghost]
argv = ["/nonexistent/program", "{inputs.text}"]
inputs = ["text"]
${OUTPUTS}
[models.strict]
argv = ["cp", "{inputs.text}", "{parameters.strength}"]
inputs = ["text", "second"]
schema = "strict.schema.json"
${OUTPUTS}
[models.schemaless]
argv = ["cp"]
schema = "missing.schema.json"
${OUTPUTS}
[models.nonsense]
argv = ["cp"]
schema = "nonsense.schema.json"
${OUTPUTS}
[models.braces]
argv = ["cp", "{outputs"]
${OUTPUTS}
[models.video]
argv = ["cp", "{inputs.color}"]
inputs = ["color"]
${OUTPUTS}
`;

const FILES: Record<string, string> = {
  'torn.json': '{"prompt": ',
  'list.json': '[]',
  'full.json': '{"inputs": {"text": "text.txt", "second": "text.txt"}}',
  'mixed.json': '{"inpts": 1, "inputs": {"text": 5, "second": "gone.txt"}, "parameters": [], "prompt": 4}',
  'strict.schema.json':
    '{"type": "object", "additionalProperties": false, "required": ["strength"], "properties": {"strength": {"type": "number", "maximum": 1}}}',
  'nonsense.schema.json': '{"type": "nonsense"}',
  'wrong.json': JSON.stringify({
    prompt: 1,
    vis: 3,
    edge: {control_weight: -1},
    depth: {control_weight: 1},
    blur_strength: 'y',
    keypoint: {},
    input_video_path: 'nope.mp4',
  }),
};

async function makeScenes(folder: string): Promise<void> {
  const file = async (scene: string, name: string): Promise<string> => {
    await mkdir(join(folder, scene), {recursive: true});
    return join(folder, scene, name);
  };
  await writeFile(await file('text', 'color.mp4'), 'This is no video.\n');
  await writeFile(await file('png', 'color.mp4'), PNG);
  await writeFile(await file('zero', 'color.mp4'), '');
  await writeFile(await file('worst', 'color.mp4'), 'This is no video.\n');
  await writeFile(await file('worst', 'depth.mp4'), '');
  await copyFile(join(CITY, 'depth.mp4'), await file('colorless', 'depth.mp4'));
  const color = await readFile(join(CITY, 'color.mp4'));
  await writeFile(await file('cut', 'color.mp4'), color.subarray(0, 200_000));
  await writeClip(await file('small', 'color.mp4'));
  await writeClip(await file('disagreeing', 'color.mp4'));
  await writeClip(await file('disagreeing', 'depth.mp4'), {...SMALL, frames: 11});
  await writeClip(await file('disagreeing', 'segmentation.mp4'), {...SMALL, width: 64});
}

const NOBODY = 65_534;

/** Modes do not bind root; undefined where becoming somebody else is not possible or not needed. */
function asSomebodyElse(): string[] | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const through = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  try {
    execFileSync('setpriv', [...through.slice(1), 'true']);
    return through;
  } catch {
    return undefined;
  }
}
