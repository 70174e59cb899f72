import assert from 'node:assert/strict';
import {setTimeout as sleep} from 'node:timers/promises';
import {render} from 'ink-testing-library';
import {Dashboard} from '../../../src/views/status/Dashboard.tsx';
import type {Size} from '../../../src/views/status/layout.ts';
import {FakeSource, idOf, now, PLAIN, sampleRows} from '../samples.ts';
import {KEYS, linesOf, settle, widest} from './show.ts';

interface Shown {
  source: FakeSource;
  lines: () => string[];
  text: () => string;
  press: (...keys: string[]) => Promise<void>;
  drawn: () => number;
}

/** Every frame of every test must fit. */
async function withDashboard(
  size: Size,
  task: (shown: Shown) => Promise<void> | void,
  source = new FakeSource(),
): Promise<void> {
  const {lastFrame, frames, stdin, unmount} = render(
    <Dashboard source={source} size={size} workspace="night-city" paint={PLAIN} now={now} />,
  );
  const lines = (): string[] => linesOf(lastFrame());
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) {
      stdin.write(key);
      await settle();
    }
  };
  await settle();
  try {
    await task({source, lines, text: () => lines().join('\n'), press, drawn: () => frames.length});
    for (const frame of frames) {
      assert.ok(linesOf(frame).length <= size.rows - 1, 'too high');
      assert.ok(widest(linesOf(frame)) <= size.columns, 'too wide');
    }
  } finally {
    unmount();
  }
}

const LARGE = {columns: 100, rows: 30};

describe('Dashboard', () => {
  it('shows header, runs, details, log and keys', async () => {
    await withDashboard(LARGE, ({lines, text}) => {
      assert.match(lines()[0] ?? '', /^cosmos · night-city {2}● 2 running/);
      assert.match(text(), /^▸ rs_aa11bb22/m);
      assert.match(text(), /^─ details of rs_aa11bb22 ─+ 1 of 6 runs ─$/m);
      assert.match(text(), /^Prompt {6}golden hour/m);
      assert.match(text(), /step 200\/200/);
      assert.match(lines().at(-1) ?? '', /q leave$/);
      assert.equal(lines().length, 29);
    });
  });

  it('adapts to smaller terminals', async () => {
    await withDashboard({columns: 70, rows: 20}, ({text}) =>
      assert.match(text(), /RUN +STATUS +PROGRESS +SEEN +KIND/),
    );
    await withDashboard({columns: 50, rows: 12}, ({text}) => {
      assert.match(text(), /RUN +STATUS +SEEN\n/);
      assert.doesNotMatch(text(), /details of/);
    });
    await withDashboard({columns: 39, rows: 12}, ({text}) => assert.match(text(), /needs 40x10/));
  });

  it('moves the choice and tells the source', async () => {
    await withDashboard(LARGE, async ({source, text, press}) => {
      await press('j', KEYS.down, 'k');
      assert.match(text(), /^▸ rs_cc33dd44/m);
      await press('G');
      assert.match(text(), /^▸ rs_9a8b7c6d/m);
      await press('g');
      assert.deepEqual(
        source.selections,
        ['aa11bb22', 'cc33dd44', 'ee55ff66', 'cc33dd44', '9a8b7c6d', 'aa11bb22'].map(idOf),
      );
    });
  });

  it('understands keys that arrive together', async () => {
    await withDashboard(LARGE, async ({text, press}) => {
      await press('jjk');
      assert.match(text(), /^▸ rs_cc33dd44/m);
    });
  });

  it('switches between details and log', async () => {
    await withDashboard(LARGE, async ({text, press}) => {
      await press(KEYS.tab);
      assert.match(text(), /^─ log of rs_aa11bb22/m);
      assert.doesNotMatch(text(), /Prompt {6}/);
      await press(KEYS.tab);
      assert.match(text(), /^Prompt {6}/m);
    });
  });

  it('shows everything about a run on the whole screen', async () => {
    await withDashboard(LARGE, async ({text, press}) => {
      await press(KEYS.enter);
      assert.match(text(), /^rs_aa11bb22aa11bb22/m);
      assert.doesNotMatch(text(), /^▸ rs_/m);
      await press('G');
      assert.match(text(), /^Events$/m);
      await press(KEYS.escape);
      await settle();
      assert.match(text(), /^▸ rs_aa11bb22/m);
    });
  });

  it('follows a log and scrolls it', async () => {
    await withDashboard(LARGE, async ({text, press}) => {
      await press('l');
      assert.match(text(), /following the end/);
      await press('g');
      assert.match(text(), /^step 1\/200/m);
      assert.match(text(), /line 26 of 200/);
      await press('G');
      assert.match(text(), /^step 200\/200/m);
    });
  });

  it('cancels only after a yes to a question that names the run', async () => {
    await withDashboard(LARGE, async ({source, lines, press}) => {
      await press('x');
      assert.match(lines().at(-1) ?? '', /^Cancel rs_aa11bb22, "golden hour.*"\? {2}y yes {2}n no$/);
      await press('j', 'n', 'y');
      assert.deepEqual(source.cancelled, []);
      await press('x', 'y');
      assert.deepEqual(source.cancelled, [idOf('aa11bb22')]);
      assert.match(lines().at(-1) ?? '', /rs_aa11bb22 was asked to stop/);
    });
  });

  it('cancels the run that was asked about though rows move', async () => {
    await withDashboard(LARGE, async ({source, press}) => {
      await press('x');
      source.change({rows: sampleRows().slice(1)});
      await sleep(150);
      await press('y');
      assert.deepEqual(source.cancelled, [idOf('aa11bb22')]);
    });
  });

  it('shows why a cancel was not possible', async () => {
    const source = new FakeSource();
    source.cancel = () => Promise.reject(new Error('the manifest is held'));
    await withDashboard(
      LARGE,
      async ({lines, press}) => {
        await press('x', 'y');
        assert.match(lines().at(-1) ?? '', /^Not cancelled: the manifest is held/);
      },
      source,
    );
  });

  it('shows help from the table of keys', async () => {
    await withDashboard(LARGE, async ({text, press}) => {
      await press('?');
      assert.match(text(), /^q, ctrl-c +leave; runs go on$/m);
      await press('?');
      assert.match(text(), /^▸ rs_/m);
    });
  });

  it('shows messages of the source', async () => {
    await withDashboard(
      LARGE,
      ({lines}) => assert.match(lines().at(-1) ?? '', /^the box does not answer/),
      new FakeSource({message: 'the box does not answer'}),
    );
  });

  it('draws at most ten times a second', async () => {
    await withDashboard(LARGE, async ({source, drawn}) => {
      await sleep(150);
      const before = {frames: drawn(), reads: source.reads};
      const started = performance.now();
      for (let at = 0; at < 400; at += 1) {
        source.change({message: `message ${at}`});
        if (at % 8 === 0) await sleep(5);
      }
      const frames = drawn() - before.frames;
      const most = (performance.now() - started) / 100 + 3;
      assert.ok(frames >= 2 && frames <= most, `${frames} frames, at most ${most}`);
      assert.ok(source.reads - before.reads <= 2 * frames + 2);
      await sleep(150);
    });
  });

  it('shows the last change of a burst', async () => {
    await withDashboard(LARGE, async ({source, lines}) => {
      for (let at = 0; at < 10; at += 1) source.change({message: `message ${at}`});
      await sleep(250);
      assert.match(lines().at(-1) ?? '', /^message 9/);
    });
  });

  it('lets go of the source when it is closed', async () => {
    const source = new FakeSource();
    await withDashboard(LARGE, () => assert.equal(source.listeners.size, 1), source);
    assert.equal(source.listeners.size, 0);
  });
});
