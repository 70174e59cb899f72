/**
 * Runs one program over a connection. The login shell of the other side may print what it likes before: the program's
 * own output starts behind a random line. The end is told by the server, never guessed from a closed channel.
 */
import type {ClientChannel} from 'ssh2';
import {CosmosError} from '../../../errors.ts';
import {randomHex} from '../../../platform/random.ts';
import type {ExecOptions, ExecResult} from '../../target.ts';
import type {Connection} from './connection.ts';
import {explainChannel, lost} from './failures.ts';
import {quoteWords} from './quote.ts';

/** Both outputs together: commands that say more write to files. */
const MAX_OUTPUT_BYTES = 8 << 20;
const DEFAULT_TIMEOUT_MS = 60_000;
/** How long a connection may take to show that it lives, when a program has used up its time. */
const PROOF_MS = 5000;

const START = `printf '%s\\n' "$0"; printf '%s\\n' "$0" >&2; exec "$@"`;

/** @throws CosmosError target.unreachable, target.failed; or the signal's reason */
export async function runProgram(
  connection: Connection,
  argv: readonly string[],
  options: ExecOptions = {},
): Promise<ExecResult> {
  options.signal?.throwIfAborted();
  const boundary = randomHex(16);
  const command = quoteWords(['sh', '-c', START, boundary, ...argv]);
  const execution = new Execution(connection, argv[0] ?? '', boundary);
  const forget = connection.onEnd((failure) => execution.fail(failure));
  const onAbort = (): void => execution.fail(options.signal?.reason);
  options.signal?.addEventListener('abort', onAbort, {once: true});
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const timer = setTimeout(() => void execution.timeOut(timeoutMs), timeoutMs);
  try {
    execution.start(command, options.stdin);
    return await execution.result;
  } finally {
    forget();
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

interface Exit {
  code: number | null;
  signal: string | null;
}

class Execution {
  readonly result: Promise<ExecResult>;
  readonly #connection: Connection;
  readonly #program: string;
  readonly #boundary: Buffer;
  readonly #stdout: Buffer[] = [];
  readonly #stderr: Buffer[] = [];
  #channel: ClientChannel | undefined;
  #bytes = 0;
  #exit: Exit | undefined;
  #isOver = false;
  #resolve: (result: ExecResult) => void = () => undefined;
  #reject: (reason: unknown) => void = () => undefined;

  constructor(connection: Connection, program: string, boundary: string) {
    this.#connection = connection;
    this.#program = program;
    this.#boundary = Buffer.from(`${boundary}\n`);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  start(command: string, stdin: Uint8Array | undefined): void {
    try {
      this.#connection.client.exec(command, (error, channel) => {
        if (error) this.fail(explainChannel(error, this.#connection.label));
        else this.#follow(channel, stdin);
      });
    } catch (error) {
      this.fail(lost(this.#connection.label, error as Error));
    }
  }

  /** The first reason counts. What still runs there is asked to leave. */
  fail(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
    this.#reject(reason);
  }

  /** A program that takes too long, or a connection that is dead? The connection is asked before one of them is blamed. */
  async timeOut(timeoutMs: number): Promise<void> {
    try {
      await this.#connection.ping(PROOF_MS);
    } catch {
      return;
    }
    this.fail(
      new CosmosError(
        'target.failed',
        `${this.#program} on ${this.#connection.label} did not end within ${timeoutMs / 1000} s.`,
        {
          hint: 'The machine may be overloaded, or its disk may hang. Look at it, then run the command again.',
          facts: {program: this.#program, timeoutMs},
        },
      ),
    );
  }

  #follow(channel: ClientChannel, stdin: Uint8Array | undefined): void {
    this.#channel = channel;
    if (this.#isOver) {
      this.#leave();
      return;
    }
    channel.on('data', (chunk: Buffer) => this.#take(this.#stdout, chunk));
    channel.stderr.on('data', (chunk: Buffer) => this.#take(this.#stderr, chunk));
    channel.on('error', (error: Error) => this.fail(lost(this.#connection.label, error)));
    channel.on('exit', (code: number | null, signal?: string) => {
      this.#exit = {code: code ?? null, signal: signal ?? null};
    });
    let open = 2;
    const onClose = (): void => {
      if (--open === 0) this.#finish();
    };
    channel.on('close', onClose);
    channel.stderr.on('close', onClose);
    channel.end(stdin === undefined ? undefined : Buffer.from(stdin));
  }

  #take(chunks: Buffer[], chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#isOver) return;
    chunks.push(chunk);
    if (this.#bytes <= MAX_OUTPUT_BYTES) return;
    this.fail(
      new CosmosError('target.failed', `${this.#program} on ${this.#connection.label} printed too much.`, {
        hint: 'Nothing that cosmos runs there prints that much. Look at the start-up files of the login shell.',
        facts: {program: this.#program, maxBytes: MAX_OUTPUT_BYTES},
      }),
    );
  }

  #finish(): void {
    if (this.#isOver) return;
    if (this.#exit === undefined) {
      this.fail(lost(this.#connection.label));
      return;
    }
    const stdout = this.#behindBoundary(this.#stdout);
    if (stdout === undefined) {
      this.fail(this.#notStarted());
      return;
    }
    this.#isOver = true;
    const stderr = this.#behindBoundary(this.#stderr) ?? Buffer.concat(this.#stderr);
    this.#resolve({...this.#exit, stdout: stdout.toString(), stderr: stderr.toString()});
  }

  #behindBoundary(chunks: Buffer[]): Buffer | undefined {
    const whole = Buffer.concat(chunks);
    const at = whole.indexOf(this.#boundary);
    return at < 0 ? undefined : whole.subarray(at + this.#boundary.length);
  }

  #notStarted(): CosmosError {
    const said = Buffer.concat([...this.#stdout, ...this.#stderr])
      .toString()
      .trim()
      .slice(-200);
    return new CosmosError(
      'target.failed',
      `${this.#connection.label} ran something else than it was asked to${said === '' ? '' : `; it said ${JSON.stringify(said)}`}.`,
      {
        hint: 'The user needs a login shell there, and no forced command. Log in with ssh to see what happens.',
        facts: {program: this.#program},
      },
    );
  }

  #leave(): void {
    if (this.#channel === undefined || this.#connection.failure !== undefined) return;
    this.#channel.signal('TERM');
    this.#channel.close();
  }
}
