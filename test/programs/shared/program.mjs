/**
 * The voice and the end of one program: log lines, bars, the failures that were asked for, and received.json. STANDIN_FAIL
 * names a way to fail (failures.mjs), STANDIN_SECONDS the time of each chunk; both are variables or files in the working
 * directory.
 */
import {appendFileSync, closeSync, existsSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {UsageError} from './argparse.mjs';
import {CRASHES, parseMode} from './failures.mjs';
import {wrapperLines} from './launch.mjs';
import {Invalid} from './pydantic.mjs';
import {setting, Stop, Uncaught} from './python.mjs';
import {TyroError} from './tyro.mjs';

const NEVER = 0x7fffffff;

export class Program {
  /** @param {{prefix?: string, source: string, crashes?: object, isHidden?: (source: string) => boolean}} voice */
  constructor({prefix = '', source, crashes = {}, isHidden = () => false}) {
    this.voice = {prefix, source, isHidden};
    this.crashes = {...CRASHES, ...crashes};
    this.mode = parseMode(setting('STANDIN_FAIL'));
    this.chunkMs = 1000 * Number(setting('STANDIN_SECONDS') ?? 0);
    this.files = [];
    this.facts = {argv: process.argv.slice(2), cwd: process.cwd()};
  }

  /** Copies of the log: one as on the screen, one of everything. */
  logTo(folder, debugName) {
    this.files = [
      {file: openSync(join(folder, 'console.log'), 'a'), takesHidden: false},
      {file: openSync(join(folder, debugName), 'a'), takesHidden: true},
    ];
  }

  /** `[07-14 09:12:33|INFO|path:1:f] message` */
  log(message, {level = 'INFO', source = this.voice.source} = {}) {
    const isHidden = this.voice.isHidden(source);
    const line = `[07-14 09:12:33|${this.voice.prefix}${level}|${source}] ${message}\n`;
    if (!isHidden) process.stdout.write(line);
    for (const {file, takesHidden} of this.files) if (takesHidden || !isHidden) appendFileSync(file, line);
  }

  complain(...lines) {
    for (const line of lines) process.stderr.write(`${line}\n`);
  }

  /** Whether this is what was asked for, at this item of a batch. */
  shall(name, item = 0) {
    return this.mode?.name === name && this.mode.item === item;
  }

  /** The place where a failure that was asked for happens. @throws Stop, Uncaught */
  async reached(place, item = 0) {
    const {name, item: wanted} = this.mode ?? {};
    if (wanted !== item) return;
    const crash = this.crashes[name];
    if (crash?.at === place) {
      for (const line of crash.printed ?? []) process.stdout.write(`${line}\n`);
      throw new Uncaught(crash.line);
    }
    if (place !== 'sample') return;
    if (name === 'hang') await this.hang();
    if (name === 'killed') process.kill(process.pid, 'SIGKILL');
    if (name === 'killed-child') {
      this.signal = 'Signal 9 (SIGKILL) received by PID 4711';
      throw new Stop(1);
    }
  }

  /** Silence without an end. */
  async hang() {
    await new Promise((resolve) => setTimeout(resolve, NEVER));
  }

  bar(title, done, total) {
    const percent = Math.floor((100 * done) / total);
    const full = '█'.repeat(Math.floor(percent / 10)).padEnd(10, ' ');
    const times = done === 0 ? '00:00<?, ?it/s' : '03:08<04:42, 13.43s/it';
    const head = title === '' ? '' : `${title}: `;
    process.stderr.write(`\r${head}${String(percent).padStart(3)}%|${full}| ${done}/${total} [${times}]`);
    if (done === total) process.stderr.write('\n');
  }

  async pause() {
    await new Promise((resolve) => setTimeout(resolve, this.chunkMs));
  }

  /** One bar that counts the steps of a chunk; every rank that has a bar prints its own. */
  async steps(title, total, ranks = 1) {
    const show = (done) => {
      for (let rank = 0; rank < ranks; rank += 1) this.bar(title, done, total);
    };
    show(0);
    await this.pause();
    if (total > 1) show(Math.floor(total / 2));
    show(total);
  }

  /** A video made from `from`; cut, absent or half written where that was asked for. */
  async save(from, to, item = 0) {
    if (this.shall('no-output', item)) return;
    const bytes = readFileSync(from);
    const isShort = this.shall('truncated', item) || this.shall('space', item);
    writeFileSync(to, isShort ? bytes.subarray(0, bytes.length >> 1) : bytes);
    await this.reached('save', item);
  }

  /** What the program was given, beside its outputs; again whenever more is known. */
  note(folder, facts = {}) {
    Object.assign(this.facts, facts);
    if (folder === undefined || !existsSync(folder)) return;
    const {HF_HOME = null, HF_TOKEN, PYTHONPATH = null, ...rest} = process.env;
    const environment = {
      ...{HF_HOME, PYTHONPATH, hasToken: HF_TOKEN !== undefined},
      experimental: rest.COSMOS_EXPERIMENTAL_CHECKPOINTS ?? null,
      names: Object.keys(process.env).sort(),
    };
    writeFileSync(join(folder, 'received.json'), JSON.stringify({...this.facts, environment}, null, 2));
  }

  /** Runs `main`, and ends as Python and torchrun would. */
  async run(name, main) {
    let launch;
    try {
      await main((found) => (launch = found));
    } catch (error) {
      process.exitCode = this.explain(error);
      if (launch?.launcher === 'torchrun')
        this.complain(...wrapperLines(name, {rc: process.exitCode, traceback: this.signal}));
    }
    for (const {file} of this.files) closeSync(file);
  }

  explain(error) {
    if (error instanceof Stop) return error.rc;
    if (error instanceof UsageError || error instanceof TyroError) {
      this.complain(error.message);
      return 2;
    }
    if (error instanceof Uncaught || error instanceof Invalid) {
      const line =
        error instanceof Invalid
          ? `pydantic_core._pydantic_core.ValidationError: ${error.message}`
          : error.message;
      this.complain(
        'Traceback (most recent call last):',
        `  File "/workspace/${this.voice.source.split(':')[0]}", line 98, in <module>`,
        '    main()',
        line,
      );
      return 1;
    }
    throw error;
  }
}
