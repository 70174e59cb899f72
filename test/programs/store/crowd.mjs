/**
 * One of many processes that work in the same workspace at once: `crowd.mjs ROLE WORKSPACE SECONDS SEED`, a program of
 * somebody who uses the built library. Every line that it prints is JSON: what was acknowledged is said after the act, what
 * is given up before it, so that whoever reads the lines knows what must be there even when this process is killed.
 */
import {writeSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';

const LIBRARY = new URL('../../../dist/index.js', import.meta.url).href;
const {collectGarbage, deleteDocument, openWorkspace, verify} = await import(LIBRARY);

const [role = '', root = '', seconds = '1', seed = '1'] = process.argv.slice(2);
let until = 0;
const say = (line) => writeSync(1, `${JSON.stringify(line)}\n`);

/** Park and Miller: the same seed makes the same choices. */
let state = Number(seed) * 7919 + 1;
const pick = (count) => {
  state = (state * 48271) % 2147483647;
  return state % count;
};

/** Few enough that all writers store the same ones all the time; every seventh is a stream. */
const TEXTS = 80;
const bytesOf = (number) => Buffer.from(`${number};`.repeat(number % 7 === 0 ? 40_000 : 20 + number));
async function* streamOf(bytes) {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function store({store, leases, documents}, ref) {
  const numbers = [...new Set([pick(TEXTS), pick(TEXTS), pick(TEXTS)])];
  return leases.hold('storing as one of many', async (lease) => {
    const entries = [];
    for (const number of numbers) {
      const bytes = bytesOf(number);
      const source = number % 7 === 0 ? streamOf(bytes) : bytes;
      entries.push({...(await store.push(source, {mediaType: 'text/plain', lease})), name: `${number}.txt`});
    }
    if (pick(8) === 0) return undefined;
    await documents.create('refs', {
      schema: 'cosmos/ref/v1',
      name: ref,
      createdAt: new Date().toISOString(),
      entries,
    });
    return entries;
  });
}

/** Most refs are given up again, so that the same bytes are named, garbage and stored again in turn. */
async function write(workspace) {
  const kept = [];
  for (let count = 0; performance.now() < until; count += 1) {
    const ref = `${role}-${seed}-${count}`;
    const entries = await store(workspace, ref);
    if (!entries) continue;
    say({stored: ref, digests: entries.map(({digest}) => digest)});
    kept.push(ref);
    if (kept.length <= 2) continue;
    const [gone] = kept.splice(pick(kept.length), 1);
    say({givenUp: gone});
    await deleteDocument(workspace, 'refs', gone);
  }
}

/** Nothing is too young, and nothing stays in the trash for longer than until the next round. */
async function collect(workspace) {
  const sum = {rounds: 0, condemned: 0, spared: 0};
  while (performance.now() < until) {
    const {condemned, blobsInUse} = await collectGarbage(workspace, {
      graceMs: 0,
      trashMs: 0,
      isDryRun: false,
    });
    sum.rounds += 1;
    sum.condemned += condemned.length;
    sum.spared += blobsInUse;
  }
  say(sum);
}

async function prove(workspace) {
  let verified = 0;
  let blobsHashed = 0;
  for (; performance.now() < until; verified += 1) {
    await sleep(100);
    const report = await verify(workspace, {isDeep: verified % 2 === 1, workers: 1, isStrict: false});
    blobsHashed += report.blobsHashed;
    for (const finding of report.damage) say({damage: finding});
  }
  say({verified, blobsHashed});
}

/** Whatever a ref names can be read, for as long as the ref is there. */
async function read({documents, store}) {
  let blobsRead = 0;
  while (performance.now() < until) {
    const names = await documents.listIds('refs');
    const name = names[pick(Math.max(1, names.length))];
    // Readers that never rest would take the processor from those whose work is tried here.
    await sleep(20);
    if (name === undefined) continue;
    const ref = await documents.read('refs', name).catch(() => undefined);
    for (const entry of ref?.entries ?? []) {
      try {
        for await (const chunk of store.fetch(entry)) void chunk;
        blobsRead += 1;
      } catch (error) {
        const isThere = await documents.read('refs', name).then(
          () => true,
          () => false,
        );
        if (isThere) say({lost: entry.digest, ref: name, error: String(error)});
        break;
      }
    }
  }
  say({blobsRead});
}

const workspace = await openWorkspace(root, {actor: `${role} ${seed}`});
until = performance.now() + Number(seconds) * 1000;
await {write, collect, prove, read}[role](workspace);
await workspace.close();
