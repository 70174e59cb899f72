import assert from 'node:assert/strict';
import {mkdir, readdir, rm, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {JobPaths} from '../../../../src/runner/job-paths.ts';
import type {LineAnswer} from '../../../../src/runner/targets/line.ts';
import {SHELLS} from '../../../support/shells.ts';
import {endAll, kill, readText, until, untilLogged, untilPaused} from '../job-bench.ts';
import {end, idOf, makeLineBench, untilPlace, type LineBench} from './line-bench.ts';

describe('posix supervisor: the line for GPUs', function () {
  const lines: LineBench[] = [];
  before(async function () {
    const made = await Promise.all(SHELLS.map((shell) => makeLineBench(shell)));
    lines.push(...made.filter((line) => line !== undefined));
    if (lines.length === 0) this.skip();
  });
  afterEach(endAll);

  /** At once, because most of it is waiting. */
  async function underEachShell(act: (line: LineBench) => Promise<void>): Promise<void> {
    await Promise.all(lines.map(act));
  }

  it('says who has GPUs and who waits', () =>
    underEachShell(async (line) => {
      assert.deepEqual(await line.look(), {
        canQueue: true,
        gpus: [
          {index: 0, uuid: 'GPU-aa', name: 'Test GPU'},
          {index: 1, uuid: 'GPU-bb', name: 'Test GPU'},
        ],
        slots: [],
        tickets: [],
        closed: [],
      });
      const [first, second, third] = await makeLine(line);
      await line.change('hold', second);
      const {slots, tickets} = await line.look();
      assert.deepEqual(
        slots.map(({gpu, job, attempt, gpus}) => [gpu, job, attempt, gpus]),
        [
          ['GPU-aa', idOf(first), 1, 2],
          ['GPU-bb', idOf(first), 1, 2],
        ],
      );
      assert.deepEqual(
        tickets.map(({job, gpus, isHeld, supervisor}) => [job, gpus, isHeld, supervisor]),
        [
          [idOf(second), 2, true, 'alive'],
          [idOf(third), 2, false, 'alive'],
        ],
      );
      for (const {ageMs} of [...slots, ...tickets])
        assert.ok(ageMs !== null && ageMs < 20_000, String(ageMs));
    }));

  it('passes what is held until it is released', () =>
    underEachShell(async (line) => {
      const [first, second, third] = await makeLine(line);
      assert.deepEqual(await line.change('hold', second), {for: 'release'});
      assert.deepEqual(await line.change('hold', second), {for: 'release'});
      await Promise.all([untilPlace(second, 'held'), untilPlace(third, '1 of 1')]);
      await end(first);
      await untilLogged(third, 'on ');
      assert.deepEqual(await line.change('release', second), {for: 'gpu', place: 1, of: 1});
      assert.equal(await readText(second.log), '');
      assert.equal(await line.change('hold', third), 'absent');
    }));

  it('gives back its place to what was held', () =>
    underEachShell(async (line) => {
      const [, second, third] = await makeLine(line);
      await line.change('hold', second);
      await untilPlace(third, '1 of 1');
      await line.change('release', second);
      await untilPlace(third, '2 of 2');
      await untilPlace(second, '1 of 2');
    }));

  it('lets the one go first that was moved', () =>
    underEachShell(async (line) => {
      const [first, second, third] = await makeLine(line);
      assert.deepEqual(await line.change('first', third), {for: 'gpu', place: 1, of: 2});
      assert.deepEqual(await line.change('first', third), {for: 'gpu', place: 1, of: 2});
      await Promise.all([untilPlace(third, '1 of 2'), untilPlace(second, '2 of 2')]);
      await end(first);
      await untilLogged(third, 'on ');
      assert.equal(await readText(second.log), '');
    }));

  it('keeps every ticket when many are changed at once', () =>
    underEachShell(async (line) => {
      const first = await line.begin(2);
      await untilLogged(first, 'on ');
      const others = await Promise.all(Array.from({length: 3}, () => line.begin(2)));
      await until('three tickets', async () => (await line.look()).tickets.length === 3);
      const words = ['first', 'hold', 'first'] as const;
      const answers = await Promise.all(
        words.flatMap((word) => others.map((paths) => line.change(word, paths))),
      );
      for (const answer of answers) assert.equal(typeof answer, 'object', JSON.stringify(answer));
      const {tickets} = await line.look();
      assert.deepEqual(new Set(tickets.map(({job}) => job)), new Set(others.map(idOf)));
    }));
});

/** One job that has both GPUs, and two that wait for both. */
async function makeLine(line: LineBench): Promise<[JobPaths, JobPaths, JobPaths]> {
  const first = await line.begin(2);
  await untilLogged(first, 'on ');
  const second = await line.begin(2);
  await untilPlace(second, '1 of 1');
  const third = await line.begin(2);
  await untilPlace(third, '2 of 2');
  return [first, second, third];
}

describe('posix supervisor: races for GPUs', function () {
  let line: LineBench;
  before(async function () {
    const made = await makeLineBench('dash');
    if (!made) this.skip();
    line = made;
  });
  afterEach(endAll);

  it('moves nobody before one that takes slots', async () => {
    const {taking, pid} = await pauseTaking(line);
    const last = await line.begin(2);
    assert.equal(await line.change('first', last), 'busy');
    const moving = line.change('first', last);
    process.kill(pid, 'SIGCONT');
    await untilLogged(taking, 'on GPU-aa,GPU-bb');
    // Its own ticket may not have been taken yet.
    assert.ok(['absent', 'busy', 'object'].includes(nameOf(await moving)));
    await untilPlace(last, '1 of 1');
    assert.equal(await line.change('hold', taking), 'absent');
  });

  it('starts the next when the head is held', async () => {
    const first = await line.begin(2);
    await untilLogged(first, 'on ');
    const head = await line.begin(1);
    await untilPlace(head, '1 of 1');
    const next = await line.begin(1);
    await untilPlace(next, '2 of 2');
    // The slots become free and the head is held at the same time: it has either started or it is held.
    const [answer] = await Promise.all([line.change('hold', head), end(first)]);
    await untilLogged(next, 'on ');
    if (answer === 'absent') await untilLogged(head, 'on ');
    else await untilPlace(head, 'held');
    if (answer !== 'absent') await line.change('release', head);
    await untilLogged(head, 'on ');
  });

  it('forgets one that died while taking slots', async () => {
    const {pid} = await pauseTaking(line);
    const last = await line.begin(2);
    await kill(pid);
    await untilLogged(last, 'on ');
  });

  it('holds the next attempt of what was held', async () => {
    const paths = await line.prepare(1);
    await writeFile(join(paths.folder, 'hold'), '');
    await line.bench.start(paths);
    await untilPlace(paths, 'held');
    await line.change('release', paths);
    await untilLogged(paths, 'on ');
  });

  it('stands at the end when its ticket vanished', async () => {
    const [, second, third] = await makeLine(line);
    const names = await readdir(line.slots);
    const lowest = names.filter((name) => name.startsWith('ticket.')).sort()[0];
    await rm(join(line.slots, lowest ?? ''));
    await Promise.all([untilPlace(second, '2 of 2'), untilPlace(third, '1 of 2')]);
  });

  it('shows what others of the machine do not', async () => {
    const other = join(dirname(line.slots), 'cosmos-slots-other');
    await mkdir(other, {recursive: true, mode: 0o700});
    await writeFile(join(other, 'ticket.5'), '{"host":"elsewhere","pid":1}\n');
    const {tickets} = await line.look();
    assert.deepEqual(
      tickets
        .filter(({job}) => job === null)
        .map(({owner, supervisor, gpus}) => [owner !== null, supervisor, gpus]),
      [[true, 'unknown', null]],
    );
    await rm(other, {recursive: true});
  });

  it('names users whose line is closed', async function () {
    if (process.getuid?.() !== 0) this.skip();
    await line.open();
    await mkdir(line.slots, {recursive: true, mode: 0o700});
    const {closed, gpus, tickets} = await line.look({uid: 65534, slots: join(dirname(line.slots), 'theirs')});
    assert.deepEqual([closed, gpus.length, tickets], [['root'], 2, []]);
  });
});

/** A supervisor that stands still with the lock of the line. */
async function pauseTaking(line: LineBench): Promise<{taking: JobPaths; pid: number}> {
  const first = await line.begin(2);
  await untilLogged(first, 'on ');
  const taking = await line.prepare(2);
  await line.bench.start(taking, 'supervisor-takes-slots');
  await untilPlace(taking, '1 of 1');
  await end(first);
  return {taking, pid: await untilPaused(taking)};
}

function nameOf(answer: LineAnswer): string {
  return typeof answer === 'string' ? answer : typeof answer;
}
