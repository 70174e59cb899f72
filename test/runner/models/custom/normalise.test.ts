import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunRequest} from '../../../../src/runner/model.ts';
import type {CustomModel} from '../../../../src/runner/models/custom/model.ts';
import {CITY} from '../../../media/clips.ts';
import {findingsOf} from '../../../support/findings.ts';
import {requestOf} from '../../../support/request.ts';
import {temporaryFolder} from '../../../support/temporary.ts';

// Videos are probed on demand; errors are compared by class, so everything has to come from the same loader.
const {normaliseCustom} = await import('../../../../src/runner/models/custom/normalise.ts');
const {makeCustomModel} = await import('../../../../src/runner/models/custom/adapter.ts');

const MODEL: CustomModel = {
  name: 'relight',
  argv: ['relight', '{inputs.plate}', '--strength={parameters.strength}', '{outputs}'],
  inputs: ['plate'],
  outputs: [
    {name: 'report.json', role: 'report', mediaType: 'application/json', isPrimary: false},
    {name: 'output.mp4', role: 'video', mediaType: 'video/mp4', isPrimary: true},
  ],
  schema: null,
  environment: ['HF_TOKEN'],
  workspace: '/films',
  timeoutMs: 1000,
  workdir: null,
  image: null,
  mounts: [],
  gpus: 0,
};

describe('normaliseCustom', () => {
  let folder = '';

  before(async () => {
    folder = await temporaryFolder('custom');
    await writeFile(join(folder, 'plate.PNG'), 'pixels');
    await writeFile(join(folder, 'spec.json'), '{}');
  });

  async function request(value: unknown, changes: Partial<RunRequest> = {}): Promise<RunRequest> {
    const source = join(folder, 'shot.json');
    await writeFile(source, typeof value === 'string' ? value : JSON.stringify(value));
    return {...(await requestOf({source})), ...changes};
  }

  function mistakesIn(model: Partial<CustomModel>, asked: RunRequest): Promise<string[]> {
    return findingsOf(() => normaliseCustom({...MODEL, ...model}, asked));
  }

  it('reads inputs, parameters and texts of a request', async () => {
    const asked = await request({
      inputs: {plate: 'plate.PNG'},
      parameters: {strength: 0.5, mode: 'a'},
      prompt: 'rain',
      negative_prompt: 'sun',
      seed: 3,
    });
    const normal = await normaliseCustom(MODEL, asked);
    assert.deepEqual(normal.prompt, {text: 'rain', negative: 'sun'});
    assert.deepEqual(normal.parameters, {strength: 0.5, mode: 'a', seed: 3});
    assert.deepEqual(
      normal.inputs.map(({name, role, mediaType}) => [name, role, mediaType]),
      [['plate.png', 'plate', 'image/png']],
    );
    assert.deepEqual(normal.makeSpec('/jobs/1/inputs'), {
      prompt: 'rain',
      negative_prompt: 'sun',
      inputs: {plate: '/jobs/1/inputs/plate.png'},
      parameters: normal.parameters,
    });
  });

  it('lets the command line have the last word', async () => {
    const asked = await request(
      {inputs: {plate: 'plate.PNG'}, parameters: {strength: 0.5}, prompt: 'rain', seed: 3},
      {prompt: 'snow', set: {strength: 1}, seed: 4},
    );
    const normal = await normaliseCustom(MODEL, asked);
    assert.equal(normal.prompt?.text, 'snow');
    assert.deepEqual(normal.parameters, {strength: 1, seed: 4});
  });

  it('takes the passes of a scene as inputs', async () => {
    const asked = await requestOf({source: CITY, set: {strength: 1}});
    const model = {...MODEL, inputs: ['color', 'depth'], argv: ['x', '{inputs.color}'] as const};
    const normal = await normaliseCustom(model, asked);
    assert.deepEqual(
      normal.inputs.map(({role, media}) => [role, media?.frames]),
      [
        ['color', 48],
        ['depth', 48],
      ],
    );
    assert.deepEqual(normal.warnings, ['the model takes no input "seg"; it was left out']);
  });

  it("keeps an input from taking the spec's place", async () => {
    const model = {...MODEL, inputs: ['spec'], argv: ['x', '{inputs.spec}', '{spec}'] as const};
    const {inputs} = await normaliseCustom(model, await request({inputs: {spec: 'spec.json'}}));
    assert.deepEqual(
      inputs.map(({name}) => name),
      ['spec-input.json'],
    );
  });

  it('finds every mistake at once, each once', async () => {
    const asked = await request(
      {inputs: {plate: 'gone.png', more: ''}, parameters: 3, prompt: 1, sed: 1},
      {weights: {vis: 1}},
    );
    const findings = await mistakesIn(
      {inputs: ['plate', 'second'], argv: ['x', '{parameters.strength}', '{nothing}']},
      asked,
    );
    const words = [
      /--weights/,
      /unknown key "sed"/,
      /"more" is not a path/,
      /"parameters" is not/,
      /"prompt" is not/,
      /gone\.png is not there/,
      /"second" is missing/,
      /"strength" has no value/,
      /\{nothing\} that nothing fills/,
    ];
    for (const word of words) assert.match(findings.join('\n'), word);
    assert.equal(findings.length, words.length, findings.join('\n'));
  });

  describe('with a schema', () => {
    let schema = '';

    before(async () => {
      schema = join(folder, 'parameters.schema.json');
      const properties = {strength: {type: 'number', maximum: 1}, steps: {type: 'integer', default: 20}};
      await writeFile(
        schema,
        JSON.stringify({type: 'object', additionalProperties: false, required: ['strength'], properties}),
      );
    });

    it('fills in defaults', async () => {
      const asked = await request({inputs: {plate: 'plate.PNG'}, parameters: {strength: 1}});
      const {parameters} = await normaliseCustom({...MODEL, schema}, asked);
      assert.deepEqual(parameters, {strength: 1, steps: 20});
    });

    it('names the parameter that is wrong, unknown or missing', async () => {
      const asked = await request({inputs: {plate: 'plate.PNG'}, parameters: {steps: 'x', zoom: 1}});
      assert.deepEqual((await mistakesIn({schema}, asked)).sort(), [
        'the model has no parameter "zoom"',
        'the parameter "steps" must be integer',
        'the parameter "strength" has no value; give it with --set strength=VALUE',
      ]);
    });

    it('that cannot be used is a mistake of the settings', async () => {
      const asked = await request({inputs: {plate: 'plate.PNG'}, parameters: {strength: 1}});
      await writeFile(join(folder, 'bad.schema.json'), '{"type": 7}');
      for (const name of ['gone.schema.json', 'bad.schema.json'])
        await assert.rejects(normaliseCustom({...MODEL, schema: join(folder, name)}, asked), {
          code: 'config.invalid',
        });
    });
  });

  describe('and plan', () => {
    it('fills in parameters now and places later', async () => {
      const model = makeCustomModel({
        ...MODEL,
        argv: ['x', '{inputs.plate}', '{parameters.strength}', '{parameters.list}'],
      });
      const asked = await request({
        inputs: {plate: 'plate.PNG'},
        parameters: {strength: '{outputs}', list: [1, 2]},
      });
      const plan = model.plan(await model.normalise(asked));
      assert.deepEqual(plan.argv, ['x', '{inputs.plate}', '{{outputs}}', '[1,2]']);
      assert.equal(plan.primaryOutput, 'output.mp4');
      assert.deepEqual(plan.environment, ['HF_TOKEN']);
      assert.equal(plan.timeoutMs, 1000);
      assert.ok(plan.outputs.every(({isRequired}) => isRequired));
    });
  });

  describe('and a container', () => {
    async function planOf(model: Partial<CustomModel>): Promise<ReturnType<typeof adapter.plan>> {
      const adapter = makeCustomModel({...MODEL, argv: ['x'], ...model});
      return adapter.plan(await adapter.normalise(await request({inputs: {plate: 'plate.PNG'}})));
    }

    it('keeps image, mounts and places for the target', async () => {
      const plan = await planOf({
        argv: ['x', '{hfCache}'],
        image: 'relight:1',
        workdir: '{checkout}/tools',
        mounts: [{source: '{workspace}/luts', target: '/luts', isReadOnly: true}],
        gpus: 2,
      });
      assert.equal(plan.image, 'relight:1');
      assert.equal(plan.workdir, '{checkout}/tools');
      assert.deepEqual(plan.mounts, [{source: '/films/luts', target: '/luts', isReadOnly: true}]);
      assert.deepEqual(plan.needs, ['checkout', 'hfCache', 'gpu']);
      assert.equal(plan.gpus, 2);
    });

    it('needs nothing that it does not name', async () => {
      const {needs, workdir, image, mounts, gpus} = await planOf({});
      assert.deepEqual(
        {needs, workdir, image, mounts, gpus},
        {needs: [], workdir: null, image: null, mounts: [], gpus: 0},
      );
    });

    it('names the key whose place nothing fills', async () => {
      const asked = await request({inputs: {plate: 'plate.PNG'}});
      const mounts = [{source: '{data}', target: '/{shelf}', isReadOnly: false}];
      assert.deepEqual(await mistakesIn({argv: ['x'], workdir: '{home}', mounts}, asked), [
        '"workdir" of the model has a place {home} that nothing fills',
        '"mounts" of the model has a place {data} that nothing fills',
        '"mounts" of the model has a place {shelf} that nothing fills',
      ]);
    });
  });

  describe('and readProgress', () => {
    const model = makeCustomModel(MODEL);
    for (const [line, expected] of [
      ['step 12/48', {done: 12, total: 48, phase: 'running'}],
      [' 25%|##  | 12/48 [00:01]', {done: 12, total: 48, phase: 'running'}],
      ['done 99.5 %', {done: 99, total: 100, phase: 'running'}],
      ['7/0', undefined],
      ['50/48', undefined],
      ['250%', undefined],
      ['on 2026/11/23', undefined],
      ['nothing', undefined],
    ] as const) {
      it(`reads ${JSON.stringify(line)}`, () => assert.deepEqual(model.readProgress(line), expected));
    }
  });
});
