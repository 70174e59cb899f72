import assert from 'node:assert/strict';
import type {RunDocument} from '../../src/manifest/types.gen.ts';
import {TRANSITIONS} from '../../src/runner/transitions.ts';
import {paintFor, progressBar, statusWord} from '../../src/views/paint.ts';
import {ASCII, COLOR, PLAIN} from './samples.ts';

const TTY = {isTTY: true};
const UTF8 = {LANG: 'de_DE.UTF-8'};

describe('paintFor', () => {
  const hasColor = (env: Record<string, string>, stream = TTY): boolean =>
    paintFor(stream, env, 'linux').bad('x') !== 'x';

  it('paints on a terminal only', () => {
    assert.equal(hasColor({TERM: 'xterm'}), true);
    assert.equal(hasColor({TERM: 'xterm'}, {isTTY: false}), false);
  });

  it('honours NO_COLOR and TERM=dumb', () => {
    assert.equal(hasColor({NO_COLOR: '1'}), false);
    assert.equal(hasColor({NO_COLOR: ''}), true);
    assert.equal(hasColor({TERM: 'dumb'}), false);
  });

  it('honours FORCE_COLOR above everything', () => {
    assert.equal(hasColor({FORCE_COLOR: '1', NO_COLOR: '1', TERM: 'dumb'}, {isTTY: false}), true);
    assert.equal(hasColor({FORCE_COLOR: '0'}), false);
    assert.equal(hasColor({FORCE_COLOR: 'false'}), false);
  });

  it('uses plain signs where the locale is not UTF-8', () => {
    const isUnicode = (env: Record<string, string>, platform: NodeJS.Platform = 'linux'): boolean =>
      paintFor(TTY, env, platform).signs.done === '✓';
    assert.equal(isUnicode(UTF8), true);
    assert.equal(isUnicode({LC_ALL: 'C', ...UTF8}), false);
    assert.equal(isUnicode({LC_CTYPE: 'en_US.utf8', LANG: 'C'}), true);
    assert.equal(isUnicode({}), false);
    assert.equal(isUnicode({}, 'darwin'), true);
    assert.equal(isUnicode({TERM: 'linux', ...UTF8}), false);
    assert.equal(isUnicode({}, 'win32'), false);
    assert.equal(isUnicode({WT_SESSION: 'x'}, 'win32'), true);
  });

  it('gives text back unchanged without colour', () => {
    const {signs, ...styles} = paintFor({}, UTF8);
    assert.ok(signs.done);
    for (const style of Object.values(styles)) assert.equal(style('text'), 'text');
  });
});

describe('statusWord', () => {
  const word = (status: RunDocument['status'], paint = PLAIN, isCancelRequested = false): string =>
    statusWord({status, isCancelRequested}, paint).text;

  it('has a sign and a word for every status', () => {
    const words = (Object.keys(TRANSITIONS) as RunDocument['status'][]).map((status) => word(status));
    assert.deepEqual(words, [
      '◌ queued',
      '● preparing',
      '● uploading',
      '● submitted',
      '● running',
      '● collecting',
      '✓ completed',
      '✗ failed',
      '⊘ cancelled',
    ]);
  });

  it('has plain signs for old consoles', () => {
    assert.equal(word('completed', ASCII), '+ completed');
    assert.equal(word('failed', ASCII), 'x failed');
  });

  it('says that a run is asked to stop, until it has ended', () => {
    assert.equal(word('running', PLAIN, true), '● cancelling');
    assert.equal(word('completed', PLAIN, true), '✓ completed');
  });

  it('gives failures another colour than successes', () => {
    const style = (status: RunDocument['status']): string =>
      statusWord({status, isCancelRequested: false}, COLOR).style('x');
    assert.notEqual(style('failed'), style('completed'));
  });
});

describe('progressBar', () => {
  it('is full only at the end', () => {
    assert.equal(progressBar(99, 8, PLAIN), '███████░');
    assert.equal(progressBar(100, 8, PLAIN), '████████');
    assert.equal(progressBar(250, 4, ASCII), '####');
    assert.equal(progressBar(-5, 4, ASCII), '....');
  });
});
