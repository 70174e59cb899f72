/** Runs for the tests of views, each a complete document. */
import {summarize, type RunSummary} from '../../src/manifest/index/derive.ts';
import type {RunDocument, RunFile} from '../../src/manifest/types.gen.ts';
import {makePaint} from '../../src/views/paint.ts';
import type {DashboardRow, DashboardSource, DashboardState} from '../../src/views/status/source.ts';

/** 2026-11-23 14:05:09 UTC */
export const NOON = Date.UTC(2026, 10, 23, 14, 5, 9);
export const now = (): number => NOON;

/** ISO time of `seconds` before NOON. */
export function ago(seconds: number): string {
  return new Date(NOON - seconds * 1000).toISOString();
}

export const PLAIN = makePaint({hasColor: false, isUnicode: true});
export const ASCII = makePaint({hasColor: false, isUnicode: false});
export const COLOR = makePaint({hasColor: true, isUnicode: true});

export const MEDIA = {
  width: 1280,
  height: 704,
  frames: 48,
  fps: 24,
  codec: 'avc1.640028',
  durationSeconds: 2,
};

/** `rs_` and the digit 32 times. */
export function idOf(digit: string): string {
  return `rs_${digit.repeat(32).slice(0, 32)}`;
}

export function fileOf(name: string, role: string, size: number, hasMedia = true): RunFile {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}` as RunFile['digest'];
  return {
    name,
    role,
    size,
    digest,
    mediaType: hasMedia ? 'video/mp4' : 'text/plain',
    ...(hasMedia && {media: MEDIA}),
  };
}

/** A completed preview of the city, 2 min 5 s old. */
export function sampleRun(changes: Partial<RunDocument> = {}): RunDocument {
  const status = changes.status ?? 'completed';
  return {
    schema: 'cosmos/run/v1',
    id: idOf('1a2b3c4d'),
    aliases: [],
    name: null,
    kind: 'preview',
    model: {family: 'preview', adapterVersion: 1},
    status,
    createdAt: ago(125),
    prompt: {
      id: 'ps_0123456789abcdef',
      text: 'a rainy street at night, neon reflections on wet asphalt',
      negative: 'cartoon, blur',
    },
    scene: {name: 'city'},
    attempts: [{number: 1, at: ago(125)}],
    parents: [],
    spec: null,
    parameters: {edge: 0.5, vis: 0.25, seed: 3, canny_threshold: 'medium'},
    inputs: [fileOf('color.mp4', 'color', 812_345)],
    outputs: [
      fileOf('edge_input_control.mp4', 'control', 401_000),
      fileOf('output.mp4', 'output', 1_234_567),
      fileOf('spec_used.json', 'spec', 812, false),
    ],
    released: [],
    primaryOutput: 'output.mp4',
    log: {mediaType: 'text/plain', digest: `sha256:${'f'.repeat(64)}` as RunFile['digest'], size: 2048},
    plan: null,
    execution: {
      target: 'local',
      launcher: 'process',
      command: ['node', 'preview program.js', '--spec', 'inputs/spec.json'],
      host: 'workstation',
      exitCode: 0,
      phaseMs: {queued: 12, preparing: 350, running: 64_000, collecting: 900},
    },
    cancelRequested: null,
    failure: null,
    events: [
      {seq: 1, at: ago(125), from: null, to: 'queued', by: 'cosmos run', reason: 'asked for'},
      {
        seq: 2,
        at: ago(60),
        from: 'collecting',
        to: status,
        by: 'cosmos run',
        reason: 'exit code 0 and every expected output verified',
      },
    ],
    rating: null,
    tags: [],
    notes: null,
    ...changes,
  };
}

export const FAILURE = {
  class: 'gpu.memory',
  message: 'The GPU ran out of memory.',
  evidence: [
    '  0%|          | 0/35\r 10%|#         | 4/35',
    'torch.OutOfMemoryError: CUDA out of memory. \u001B[31mTried to allocate 20.00 GiB',
  ],
  isRetryable: false,
  advice: 'Ask for fewer frames, or a smaller size.',
};

export function failedRun(changes: Partial<RunDocument> = {}): RunDocument {
  return sampleRun({
    id: idOf('5e6f7a8b'),
    kind: 'transfer',
    model: {family: 'custom', name: 'transfer2.5', adapterVersion: 1},
    status: 'failed',
    outputs: [],
    primaryOutput: null,
    failure: FAILURE,
    execution: {
      target: 'local',
      launcher: 'process',
      command: ['python3', 'transfer.py'],
      exitCode: 1,
      phaseMs: {running: 3_720_000},
    },
    ...changes,
  });
}

export function summaryOf(changes: Partial<RunSummary> = {}): RunSummary {
  return {...summarize(sampleRun()), ...changes};
}

/** Rows as a busy afternoon has them. */
export function sampleRows(): DashboardRow[] {
  const transfer = {
    kind: 'transfer',
    model: 'transfer2.5',
    createdAt: ago(754),
    since: ago(700),
    outputs: 0,
  } as const;
  return [
    {
      summary: summaryOf({
        ...transfer,
        id: idOf('aa11bb22'),
        status: 'running',
        prompt: 'golden hour, warm light on the facades, long shadows',
      }),
      stage: 'running',
      progress: {done: 18, total: 35, phase: 'denoise'},
      lastProofAt: ago(2),
    },
    {
      summary: summaryOf({
        ...transfer,
        id: idOf('cc33dd44'),
        status: 'running',
        isCancelRequested: true,
        prompt: '夜の街、雨に濡れたアスファルトにネオンが映る',
      }),
      stage: 'running',
      progress: {done: 3, total: 35, phase: 'denoise'},
      lastProofAt: ago(9),
      isDrivenElsewhere: true,
    },
    {
      summary: summaryOf({
        ...transfer,
        id: idOf('ee55ff66'),
        status: 'queued',
        createdAt: ago(30),
        since: ago(30),
        prompt: 'thick fog at dawn',
      }),
      stage: 'queued',
    },
    {summary: summaryOf(), stage: 'completed'},
    {
      summary: summaryOf({
        id: idOf('5e6f7a8b'),
        kind: 'transfer',
        model: 'transfer2.5',
        status: 'failed',
        failure: 'gpu.memory',
        outputs: 0,
      }),
      stage: 'failed',
    },
    {summary: summaryOf({id: idOf('9a8b7c6d'), status: 'cancelled', prompt: 'snow'}), stage: 'cancelled'},
  ];
}

/** A source whose state a test holds in its hands. */
export class FakeSource implements DashboardSource {
  state: DashboardState;
  readonly cancelled: string[] = [];
  readonly selections: string[] = [];
  readonly listeners = new Set<() => void>();
  documents = new Map<string, RunDocument>();
  reads = 0;

  constructor(state: Partial<DashboardState> = {}) {
    this.state = {rows: sampleRows(), detail: undefined, ...state};
  }

  read(): DashboardState {
    this.reads += 1;
    return this.state;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async cancel(id: string): Promise<void> {
    this.cancelled.push(id);
    return Promise.resolve();
  }

  setSelected(id: string): void {
    this.selections.push(id);
    const logTail = Array.from(
      {length: 200},
      (_, at) => `step ${at + 1}/200  loss=${(1 / (at + 1)).toFixed(4)}`,
    );
    this.change({detail: {id, run: this.documents.get(id) ?? documentOf(this.state.rows, id), logTail}});
  }

  change(changes: Partial<DashboardState>): void {
    this.state = {...this.state, ...changes};
    for (const listener of this.listeners) listener();
  }
}

/** The document behind a row. */
function documentOf(rows: readonly DashboardRow[], id: string): RunDocument | undefined {
  const summary = rows.find((row) => row.summary.id === id)?.summary;
  if (!summary) return undefined;
  const {kind, status, createdAt} = summary;
  if (status === 'failed') return failedRun({id});
  const prompt =
    summary.prompt === null ? null : {id: 'ps_0123456789abcdef', text: summary.prompt, negative: null};
  return sampleRun({
    id,
    kind,
    status,
    createdAt,
    prompt,
    ...(summary.outputs === 0 && {outputs: [], primaryOutput: null}),
  });
}
