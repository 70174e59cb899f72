import assert from 'node:assert/strict';
import {join} from 'node:path';
import {canShowDashboard} from '../../../src/views/status/can-show.ts';
import {displayWidth} from '../../../src/views/text.ts';
import {MISSING, Terminal} from '../tmux.ts';

const PROGRAM = join(import.meta.dirname, '..', 'show-dashboard.ts');
const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
const show = (argument = ''): string =>
  `cd '${REPOSITORY}' && seq 1 100 && '${process.execPath}' --import tsx '${PROGRAM}' ${argument}`;

describe('canShowDashboard', () => {
  it('needs a terminal on both sides', () => {
    const [terminal, pipe] = [{isTTY: true}, {}];
    assert.equal(canShowDashboard({stdout: terminal, stdin: terminal}, {TERM: 'xterm'}), true);
    assert.equal(canShowDashboard({stdout: pipe, stdin: terminal}, {TERM: 'xterm'}), false);
    assert.equal(canShowDashboard({stdout: terminal, stdin: pipe}, {TERM: 'xterm'}), false);
    assert.equal(canShowDashboard({stdout: terminal, stdin: terminal}, {TERM: 'dumb'}), false);
  });
});

describe(`renderDashboard on a real terminal${MISSING === undefined ? '' : ` (skipped: ${MISSING})`}`, function () {
  this.timeout(60_000);
  let terminal: Terminal | undefined;

  beforeEach(function () {
    if (MISSING !== undefined) this.skip();
  });

  afterEach(() => terminal?.close());

  async function open(columns: number, rows: number, argument?: string): Promise<Terminal> {
    terminal = await Terminal.open(show(argument), columns, rows);
    return terminal;
  }

  it('shows runs, details and log on 100x30', async () => {
    const screen = await (await open(100, 30)).waitFor(/step 200[^]*q leave/);
    assert.match(
      screen[0] ?? '',
      /^cosmos · night-city {2}● 2 running {2}◌ 1 queued {2}✗ 17 failed {2}✓ 1,234 completed +newest fact 2 s ago$/,
    );
    assert.match(screen[2] ?? '', /^▸ rs_aa11bb22 {2}● running {5}████░░░░ {2}51 % {2}denoise/);
    assert.match(screen.join('\n'), /^─ details of rs_aa11bb22 ─+ 1 of 6 runs ─\nPrompt {6}golden hour/m);
    assert.match(screen.join('\n'), /^─ log ─+\n(step \d+\/200.*\n)+j\/k choose/m);
    for (const line of screen) assert.ok(displayWidth(line) <= 100);
  });

  it('follows the size of the window', async () => {
    const window = await open(100, 30);
    await window.waitFor(/q leave/);
    await window.resize(70, 20);
    const medium = await window.waitFor(/RUN +STATUS +PROGRESS +SEEN +KIND/);
    assert.equal(medium.filter((line) => line.startsWith('▸')).length, 1);
    assert.match(medium[18] ?? '', /^j\/k choose .* q leave$/);
    await window.resize(50, 12);
    const small = await window.waitFor(/^ {2}RUN +STATUS +SEEN$/m);
    assert.doesNotMatch(small.join('\n'), /details of/);
    assert.match(small[10] ?? '', /q leave$/);
    await window.resize(38, 9);
    await window.waitFor(/has 38x9; the dashboard\s+needs 40x10/);
    await window.resize(100, 30);
    await window.waitFor(/^─ details of rs_aa11bb22 ─+ 1 of 6 runs ─$/m);
  });

  it('obeys its keys', async () => {
    const window = await open(70, 20);
    await window.waitFor(/q leave/);
    await window.press('Down', 'j');
    await window.waitFor(/^▸ rs_ee55ff66/m);
    await window.press('Tab');
    await window.waitFor(/^─ log of rs_ee55ff66/m);
    await window.press('Enter');
    await window.waitFor(/^rs_ee55ff66ee55/m);
    await window.press('Escape');
    await window.waitFor(/^▸ rs_ee55ff66/m);
    await window.press('l');
    await window.waitFor(/following the end/);
    await window.press('l', 'x');
    await window.waitFor(/^Cancel rs_ee55ff66, "thick fog at dawn"\? {2}y yes {2}n no$/m);
    await window.press('y');
    await window.waitFor(/rs_ee55ff66 was asked to stop/);
    await window.press('?');
    await window.waitFor(/^x +cancel it; asks first$/m);
  });

  for (const key of ['q', 'C-c']) {
    it(`leaves with ${key}, the terminal as it was`, async () => {
      const window = await open(100, 30);
      await window.waitFor(/q leave/);
      assert.equal(await window.get('alternate_on'), '1');
      assert.equal(await window.get('cursor_flag'), '0');
      await window.resize(80, 24);
      await window.press(key);
      const screen = await window.waitFor(/ended with 0/);
      assert.match(
        screen.join('\n'),
        /^100\n2 runs go on; 1 run waits for a cosmos command\. To return: cosmos status\nended with 0$/m,
      );
      assert.equal(await window.get('alternate_on'), '0');
      assert.equal(await window.get('cursor_flag'), '1');
      assert.equal((await window.lines({history: true}))[0], '1', 'the scrollback is still there');
    });
  }

  it('restores the terminal when something throws', async () => {
    const window = await open(100, 30, 'throws');
    const screen = await window.waitFor(/ended with 1/);
    assert.match(screen.join('\n'), /the source is broken/);
    assert.equal(await window.get('alternate_on'), '0');
    assert.equal(await window.get('cursor_flag'), '1');
  });

  it('restores the terminal when it is ended by a signal', async () => {
    const window = await open(100, 30, 'killed');
    await window.waitFor(/ended with 143/);
    assert.equal(await window.get('alternate_on'), '0');
    assert.equal(await window.get('cursor_flag'), '1');
  });
});
