/**
 * Many processes in one workspace at once, by real processes and for a bounded time: COSMOS_CROWD_SECONDS makes it as long as
 * one likes. Nothing is stopped at a named point here; `test/workspace/garbage-races.test.ts` does that.
 */
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';
import {collectGarbage} from '../../src/workspace/garbage.ts';
import type {VerifyReport} from '../../src/workspace/verify/report.ts';
import {readText} from '../support/blobs.ts';
import {cosmosJson, outcomeOf, type Outcome} from '../support/cli.ts';
import {closeWorkspaces, newWorkspace, newWorkspaceFolder, NO_GRACE} from '../support/workspace.ts';

const PROGRAM = fileURLToPath(new URL('../programs/store/crowd.mjs', import.meta.url));
const SECONDS = Number(process.env['COSMOS_CROWD_SECONDS'] ?? 4);
const WRITERS = 8;

interface Line {
  stored?: string;
  digests?: string[];
  givenUp?: string;
  damage?: unknown;
  lost?: string;
  rounds?: number;
  condemned?: number;
  verified?: number;
  blobsHashed?: number;
  blobsRead?: number;
}

class Member {
  readonly role: string;
  readonly outcome: Promise<Outcome>;
  readonly kill: () => void;

  constructor(role: string, root: string, seed: number) {
    this.role = role;
    const child = spawn(process.execPath, [PROGRAM, role, root, String(SECONDS), String(seed)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.outcome = outcomeOf(child);
    this.kill = () => void child.kill('SIGKILL');
  }

  /** What it said; a line that its death tore is none. */
  async lines(): Promise<Line[]> {
    const {stdout} = await this.outcome;
    return stdout
      .slice(0, stdout.lastIndexOf('\n') + 1)
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  }
}

describe('eight writers, gc without grace, verify and two readers at once', function () {
  this.timeout((SECONDS + 60) * 1000);

  let root = '';
  let lines: Line[] = [];
  let ends: Outcome[] = [];

  before(async () => {
    root = await newWorkspaceFolder();
    const writers = Array.from({length: WRITERS}, (_, seed) => new Member('write', root, seed));
    const others = ['collect', 'prove', 'read', 'read'].map((role, seed) => new Member(role, root, seed));
    setTimeout(() => writers[0]?.kill(), (SECONDS + 2) * 700);
    const members = [...writers, ...others];
    ends = await Promise.all(members.map(({outcome}) => outcome));
    lines = (await Promise.all(members.map((member) => member.lines()))).flat();
  });
  after(closeWorkspaces);

  function sum(count: (line: Line) => number | undefined): number {
    return lines.reduce((total, line) => total + (count(line) ?? 0), 0);
  }

  it('all end well, but for the one that was killed', () => {
    const bad = ends.filter(({code}) => code !== 0);
    assert.deepEqual(
      bad.map(({signal, stderr}) => [signal, stderr]),
      [['SIGKILL', '']],
    );
    const counts = {
      acknowledged: sum(({stored}) => (stored === undefined ? 0 : 1)),
      blobsRead: sum(({blobsRead}) => blobsRead),
      collections: sum(({rounds}) => rounds),
      condemned: sum(({condemned}) => condemned),
      blobsHashed: sum(({blobsHashed}) => blobsHashed),
    };
    for (const [what, count] of Object.entries(counts)) assert.ok(count > 0, what);
    if (SECONDS >= 60) process.stderr.write(`${JSON.stringify(counts)}\n`);
  });

  it('readers find all that a ref names, and verify says nothing false', () => {
    assert.deepEqual(
      lines.filter(({damage, lost}) => damage !== undefined || lost !== undefined),
      [],
    );
  });

  it('what was acknowledged is there, and proven', async () => {
    const workspace = await newWorkspace(root);
    await collectGarbage(workspace, {...NO_GRACE, trashMs: 0});
    const givenUp = new Set(lines.flatMap(({givenUp: ref}) => ref ?? []));
    const kept = lines.filter(({stored}) => stored !== undefined && !givenUp.has(stored));
    assert.ok(kept.length >= WRITERS);
    for (const {stored = '', digests} of kept) {
      const {entries} = await workspace.documents.read('refs', stored);
      assert.deepEqual(
        entries.map(({digest}) => digest),
        digests,
      );
      for (const entry of entries) {
        const number = entry.name.replace('.txt', ';');
        assert.ok((await readText(workspace, entry)).startsWith(number), entry.name);
      }
    }
    const report = await cosmosJson<VerifyReport>(['verify', '--deep', '--strict'], {cwd: root});
    assert.deepEqual([report.isSound, report.damage, report.notices], [true, [], []]);
    assert.equal(report.coverage.unprovenBlobs, 0);
  });
});
