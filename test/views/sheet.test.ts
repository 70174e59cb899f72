import assert from 'node:assert/strict';
import {createHash} from 'node:crypto';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {makePaint} from '../../src/views/paint.ts';
import {renderSheetMade} from '../../src/views/sheet-made.ts';
import {compareRuns} from '../../src/views/sheet/compare.ts';
import {escapeHtml} from '../../src/views/sheet/html.ts';
import {renderSheet} from '../../src/views/sheet/page.ts';
import type {SheetReport} from '../../src/workspace/sheet.ts';
import type {SheetRun, SheetVideo} from '../../src/workspace/sheet/lay-run.ts';
import {descriptorOf, makeRun, runId} from '../support/documents.ts';

const AT = '2026-11-23T14:05:09.123Z';
const HOSTILE = `</script><img src=x onerror="alert('1')">&amp;`;

const VIDEO: SheetVideo = {
  name: 'output.mp4',
  side: 'output',
  role: 'output',
  isPrimary: true,
  isPartial: false,
  path: 'media/0a.mp4',
  poster: null,
  media: {width: 96, height: 64, frames: 12, fps: 24, codec: 'avc1', durationSeconds: 0.5},
};

function page(...runs: (Partial<RunDocument> & {videos?: SheetVideo[]; text?: string})[]): string {
  const laid = runs.map(({videos = [], text, ...change}, index): SheetRun => ({
    run: makeRun(runId(index + 1), change),
    videos,
    text: text ?? null,
  }));
  return renderSheet({runs: laid, total: laid.length, at: AT});
}

/** What lies between the tags and is no script or style. */
function bodyOf(html: string): string {
  return html.slice(html.indexOf('<body'), html.lastIndexOf('<script>'));
}

describe('escapeHtml', () => {
  it('leaves no sign that means something in HTML', () => {
    assert.equal(escapeHtml(`<a b="c" d='e'>&`), '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;');
  });

  it('takes out controls and marks that reorder text', () => {
    assert.equal(escapeHtml('a\u0000b\u001B[31mc\u202Ed\u2066e\nf\tg\uD800h'), 'ab[31mcde\nf\tgh');
  });
});

describe('compareRuns', () => {
  it('says once what is the same in all', () => {
    const {common, differing, facts} = compareRuns([
      makeRun(runId(1), {parameters: {seed: 1, steps: 35, weights: {edge: 0.5, vis: 0}}}),
      makeRun(runId(2), {parameters: {seed: 2, steps: 35, weights: {edge: 0.7, vis: 0}}}),
    ]);
    assert.deepEqual(differing, ['seed', 'weights.edge']);
    assert.deepEqual(
      [common.get('steps'), common.get('weights.vis'), common.get('seed')],
      ['35', '0', undefined],
    );
    assert.deepEqual(
      facts.map((each) => each.get('weights.edge')),
      ['0.5', '0.7'],
    );
  });

  it('marks what only some runs have', () => {
    const {common, differing} = compareRuns([
      makeRun(runId(1), {parameters: {}}),
      makeRun(runId(2), {parameters: {fps: 24, empty: {}, list: [1, 2]}}),
    ]);
    assert.deepEqual(differing, ['fps', 'empty', 'list']);
    assert.ok(!common.has('fps'));
  });

  it('tells prompts, negative prompts and models apart', () => {
    const prompt = {id: `ps_${'0'.repeat(32)}`, text: 'rain', negative: null};
    const {differing} = compareRuns([
      makeRun(runId(1), {prompt}),
      makeRun(runId(2), {prompt: {...prompt, text: 'snow', negative: 'blur'}, kind: 'transfer'}),
    ]);
    assert.deepEqual(differing, ['prompt', 'model', 'negative']);
  });
});

describe('renderSheet', () => {
  it('lets no text of a document become markup', () => {
    const name = HOSTILE;
    const prompt = {id: `ps_${'0'.repeat(32)}`, text: HOSTILE, negative: HOSTILE};
    const failure = {
      ...{class: HOSTILE, message: HOSTILE, evidence: [], isRetryable: false, advice: ''},
    };
    const run = {
      ...{name, prompt, failure, tags: [HOSTILE], notes: HOSTILE, status: 'failed' as const},
      scene: {name: HOSTILE},
      model: {family: HOSTILE, adapterVersion: 1},
      parameters: {[HOSTILE]: HOSTILE, deep: {[HOSTILE]: [HOSTILE]}},
      videos: [
        {...VIDEO, name, role: HOSTILE},
        {...VIDEO, name, role: HOSTILE, isPrimary: false, side: 'input' as const, path: null},
        {...VIDEO, path: HOSTILE, poster: HOSTILE},
      ],
      text: HOSTILE,
    };
    const html = page(run, {prompt: null});
    assert.ok(!bodyOf(html).includes('<img'), 'an element was made');
    assert.ok(!/onerror="/.test(html));
    assert.equal(html.match(/<\/script>/g)?.length, 1);
    assert.ok(bodyOf(html).split('&lt;/script&gt;').length > 15, 'not every text is shown');
  });

  it('allows its own script and style and no network', () => {
    const html = page({videos: [VIDEO]});
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    for (const tag of ['script', 'style']) {
      const text = new RegExp(`<${tag}>([\\s\\S]*)</${tag}>`).exec(html)?.[1] ?? '';
      const digest = createHash('sha256').update(text).digest('base64');
      assert.ok(policy.includes(`${tag}-src 'sha256-${digest}'`), `${tag}: ${policy}`);
    }
    assert.match(policy, /^default-src 'none';/);
    assert.ok(!/unsafe|https?:|\*/.test(policy), policy);
    assert.ok(!/https?:\/\//.test(html), 'something of the network is named');
    assert.ok(!/ style="| on[a-z]+="/.test(bodyOf(html)));
  });

  it('loads a video only when it is played', () => {
    const html = page({videos: [VIDEO, {...VIDEO, poster: 'media/0a.jpg', path: 'media/0b.mp4'}]});
    assert.equal(html.match(/<video [^>]*preload="none"/g)?.length, 2);
    assert.match(
      html,
      /<video src="media\/0a\.mp4" width="96" height="64" data-seconds="0\.5" preload="none" muted/,
    );
    assert.match(html, /<video src="media\/0b\.mp4"[^>]* poster="media\/0a\.jpg"/);
  });

  it('has a clock as long as the longest video', () => {
    const long = {...VIDEO, media: {...VIDEO.media, durationSeconds: 7} as typeof VIDEO.media};
    assert.match(page({videos: [VIDEO]}, {videos: [long]}), /<body data-seconds="7">/);
    assert.match(page({videos: [{...long, path: null}]}), /<body data-seconds="0">/);
  });

  it('says what is the same once, at the top', () => {
    const prompt = {id: `ps_${'0'.repeat(32)}`, text: 'a wet street', negative: null};
    const html = page({prompt, parameters: {seed: 1, steps: 35}}, {prompt, parameters: {seed: 2, steps: 35}});
    const [top = '', ...cards] = html.slice(html.indexOf('<section')).split('<article');
    assert.match(top, /a wet street[\s\S]*<li class="same">steps <b dir="auto">35<\/b>/);
    assert.ok(cards.every((card) => !card.includes('a wet street') && !card.includes('steps')));
    assert.deepEqual(
      cards.map((card) => /<li class="differs">seed <b dir="auto">(\d)</.exec(card)?.[1]),
      ['1', '2'],
    );
  });

  it('says how a run failed and why nothing plays', () => {
    const failure = {
      class: 'gpu.memory',
      message: 'out of memory',
      evidence: [],
      isRetryable: true,
      advice: '',
    };
    assert.match(
      page({status: 'failed', failure}),
      /gpu\.memory: out of memory[\s\S]*no output: the run failed/,
    );
    const at = AT;
    const released = [
      {descriptor: {...descriptorOf(1), name: 'output.mp4', role: 'output'}, at, reason: 'old'},
    ];
    assert.match(page({status: 'completed', released}), /the output was let go/);
    assert.match(page({status: 'running'}), /no output yet: the run is running/);
    assert.match(page({videos: [{...VIDEO, path: null}]}), /not in the store/);
    assert.match(page({videos: [{...VIDEO, isPartial: true}]}), /output, may be cut off/);
  });

  it('says of every preview that no model ran', () => {
    assert.match(page({kind: 'preview'}), /No model ran/);
    assert.ok(!page({kind: 'transfer'}).includes('No model ran'));
  });

  it('shows rating, tags and the whole id to copy', () => {
    const html = page({rating: 4, tags: ['keeper']});
    assert.match(html, /aria-label="rated 4 of 5">★★★★☆</);
    assert.match(html, /class="tag" dir="auto">keeper</);
    assert.ok(html.includes(`data-copy="${runId(1)}"`));
  });
});

describe('renderSheetMade', () => {
  const report: SheetReport = {
    ...{folder: '/w/outputs/sheet', page: '/w/outputs/sheet/index.html'},
    ...{runs: [runId(1), runId(2)], total: 7, files: 3, bytes: 1200, absent: []},
  };
  const options = {width: 200, paint: makePaint({hasColor: false, isUnicode: true})};

  it('says what was made and where', () => {
    assert.deepEqual(renderSheetMade(report, options), [
      '2 of 7 runs; --limit shows more',
      '3 files, 1.2 kB',
      'Open it in a browser: /w/outputs/sheet/index.html',
    ]);
    assert.equal(renderSheetMade({...report, total: 2}, options)[0], '2 runs');
  });

  it('names some of many files that are lost', () => {
    const {digest} = descriptorOf(1);
    const absent = Array.from({length: 7}, (_, index) => ({
      run: runId(1),
      name: `${index}\u001B[2J`,
      digest,
    }));
    const line = renderSheetMade({...report, absent}, options)[2] ?? '';
    assert.match(line, /^7 files could not be read from the store, and the page says so: 0 of rs_00000000, /);
    assert.match(line, /4 of rs_00000000, …\. "cosmos verify" says more\.$/);
    assert.ok(!line.includes('\u001B'));
  });
});
