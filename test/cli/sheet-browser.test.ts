/** A sheet in a real browser: opened from the disk, played, and watched for what it must not do. */
import assert from 'node:assert/strict';
import {accessSync, constants} from 'node:fs';
import {rename} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import type {Browser, Page} from 'playwright-core';
import type {SheetReport} from '../../src/workspace/sheet.ts';
import {initWorkspace} from '../../src/workspace/init.ts';
import {writeClip} from '../media/clips.ts';
import {cosmos, cosmosJson} from '../support/cli.ts';
import {temporaryFolder} from '../support/temporary.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const HOSTILE = `</script><img src=x onerror="document.title='taken'"> a wet street`;

/** Three seconds, so that a slow machine has played some of it before it ends. */
const CLIP = {width: 96, height: 64, frames: 72, fps: 24, timescale: 24_000};
/** Of the clocks of two videos, seconds; two frames and what the question itself takes. */
const TOLERANCE = 0.15;

function findBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

interface State {
  times: number[];
  isPlaying: boolean[];
  isMuted: boolean[];
  seek: number;
  play: string;
}

/** As text, as it runs in the page. Only what is on the screen plays. */
const STATE = `(() => {
  const onScreen = (video) => {
    const {top, bottom, width} = video.getBoundingClientRect();
    return width > 0 && bottom > 0 && top < innerHeight;
  };
  const videos = [...document.querySelectorAll('video')].filter(onScreen);
  return {
    times: videos.map((video) => video.currentTime),
    isPlaying: videos.map((video) => !video.paused),
    isMuted: videos.map((video) => video.muted),
    seek: Number(document.getElementById('seek').value),
    play: document.getElementById('play').textContent,
  };
})()`;

describe('a sheet in Chromium', function () {
  this.timeout(60_000);
  let browser: Browser | undefined;
  let page: Page;
  const trouble: string[] = [];
  const requests: string[] = [];

  const state = (): Promise<State> => page.evaluate(STATE);
  /** Asked from outside: the page's policy lets nobody evaluate text in it, so that Playwright cannot wait there. */
  const poll = async <T>(ask: () => Promise<T>, isSo: (answer: T) => boolean, what: string): Promise<T> => {
    for (let tries = 0; tries < 200; tries += 1) {
      const answer = await ask();
      if (isSo(answer)) return answer;
      await page.waitForTimeout(50);
    }
    throw new Error(`never: ${what}; ${JSON.stringify(await state())}`);
  };
  const waitUntil = (expression: string): Promise<boolean> =>
    poll(() => page.evaluate<boolean>(expression), Boolean, expression);
  const waitFor = (isSo: (state: State) => boolean, what: string): Promise<State> => poll(state, isSo, what);

  before(async function () {
    const executablePath = findBrowser();
    // Chromium is not installed.
    if (executablePath === undefined) return this.skip();
    const root = await initWorkspace(await temporaryFolder('sheet'));
    const scene = await temporaryFolder('scene');
    await writeClip(join(scene, 'color.mp4'), CLIP);
    const words = ['--model', 'preview', '--repeat', '3', '--prompt', HOSTILE];
    const ran = await cosmos(['run', scene, ...words], {cwd: root});
    assert.equal(ran.code, 0, ran.stderr);
    const report = await cosmosJson<SheetReport>(['sheet', '--out', 'review'], {cwd: root});
    assert.equal(report.runs.length, 3);
    // Wherever it lies, it must work.
    const moved = join(await temporaryFolder('moved'), 'a sheet #1');
    await rename(report.folder, moved);
    const {chromium} = await import('playwright-core');
    browser = await chromium.launch({executablePath});
    page = await browser.newPage({viewport: {width: 1280, height: 1400}});
    page.on('console', (message) => trouble.push(message.text()));
    page.on('pageerror', (error) => trouble.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    page.on('requestfailed', (request) => {
      // A video that is not needed to its end is let go.
      const why = request.failure()?.errorText ?? '';
      if (why !== 'net::ERR_ABORTED') trouble.push(`${request.url()}: ${why}`);
    });
    await page.goto(pathToFileURL(join(moved, 'index.html')).href);
  });

  after(() => browser?.close());

  it('shows posters and waits for its button', async () => {
    const posters = await page.evaluate<string[]>(
      `[...document.querySelectorAll('video')].map((video) => video.poster)`,
    );
    assert.ok(
      posters.every((poster) => poster.endsWith('.webp')),
      posters.join(),
    );
    await poll(
      () => Promise.resolve(requests),
      (sent) => posters.every((poster) => sent.includes(poster)),
      'all posters loaded',
    );
    const {times, isPlaying, isMuted, play} = await state();
    assert.ok(times.length >= 6, `${times.length} videos on the screen`);
    assert.ok(times.every((time) => time === 0) && isPlaying.every((playing) => !playing));
    assert.ok(isMuted.every(Boolean));
    assert.equal(play, 'Play');
    const screenshot = process.env['SHEET_SCREENSHOT'];
    if (screenshot !== undefined) await page.screenshot({path: screenshot});
  });

  it('plays all videos together at one press', async () => {
    await page.click('#play');
    const apart: number[] = [];
    let last = 0;
    for (const least of [0.4, 0.9, 1.4]) {
      const {times, isPlaying} = await waitFor(({times}) => Math.min(...times) > least, `all at ${least} s`);
      apart.push(Math.max(...times) - Math.min(...times));
      assert.ok(isPlaying.every(Boolean), 'one of them rests');
      assert.ok(Math.min(...times) > last);
      last = Math.min(...times);
    }
    assert.ok(Math.max(...apart) < TOLERANCE, `apart: ${apart.join(', ')}`);
  });

  it('pauses all at the same picture', async () => {
    await page.evaluate('document.activeElement.blur()');
    await page.keyboard.press('Space');
    await waitFor(({isPlaying}) => isPlaying.every((playing) => !playing), 'all paused');
    await page.waitForTimeout(200);
    const {times, seek, play} = await state();
    assert.ok(
      times.every((time) => Math.abs(time - seek) < 0.01),
      JSON.stringify({times, seek}),
    );
    assert.equal(play, 'Play');
  });

  it('seeks all and starts again', async () => {
    await page.fill('#seek', '2');
    await waitFor(({times}) => times.every((time) => Math.abs(time - 2) < 0.01), 'all at 2 s');
    await page.click('#restart');
    await waitFor(({times}) => times.every((time) => time === 0), 'all at the beginning');
  });

  it('goes round, or rests at the end', async () => {
    await page.fill('#seek', '2.5');
    await page.click('#play');
    await waitFor(({times}) => Math.max(...times) < 1.5 && Math.min(...times) > 0.05, 'a second round');
    await page.keyboard.press('l');
    await page.fill('#seek', '2.5');
    const {times} = await waitFor(({play}) => play === 'Play', 'the end');
    assert.ok(
      times.every((time) => time > 2.3),
      JSON.stringify(times),
    );
  });

  it('mutes, hides inputs and copies ids', async () => {
    await page.click('#mute');
    assert.ok((await state()).isMuted.every((muted) => !muted));
    await page.keyboard.press('i');
    assert.equal(await page.locator('figure:visible').count(), 3);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.locator('.copy').first().click();
    await waitUntil(`document.querySelector('.copy').textContent === 'copied'`);
  });

  it('contacts nobody and runs no script of others', async () => {
    assert.ok(requests.length > 3);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith('file:')),
      [],
    );
    assert.deepEqual(trouble, []);
    assert.equal(await page.title(), 'cosmos: 3 runs');
    assert.equal(await page.locator('img').count(), 0);
    assert.match(await page.locator('.prompt').first().innerText(), /^<\/script><img src=x onerror=/);
  });

  it('refuses the network even to its own script', async () => {
    const outcome = await page.evaluate(
      `fetch('http://127.0.0.1:9/').then(() => 'sent', (error) => String(error))`,
    );
    assert.match(String(outcome), /Failed to fetch/);
    assert.ok(
      trouble.some((text) => text.includes('Content Security Policy')),
      trouble.join(),
    );
  });
});
