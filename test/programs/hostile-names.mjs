/** Leaves outputs whose names or kinds must not come home, and one that may. */
import {execFileSync} from 'node:child_process';
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const outputs = process.env.COSMOS_OUTPUTS;
const write = (name) => writeFileSync(join(outputs, name), name);
write('good.txt');
write('new\nline');
write('back\\slash');
write('\u0085next');
mkdirSync(join(outputs, 'fold\ter'));
write('fold\ter/inside');
symlinkSync('/etc/hostname', join(outputs, 'link'));
symlinkSync('/etc', join(outputs, 'folder-link'));
execFileSync('mkfifo', [join(outputs, 'pipe')]);
mkdirSync(join(outputs, 'sub'));
writeFileSync(Buffer.concat([Buffer.from(join(outputs, 'sub', '/')), Buffer.from([0xff])]), 'not UTF-8');
writeFileSync(Buffer.concat([Buffer.from(join(outputs, 'latin-')), Buffer.from([0xe9])]), 'not UTF-8');
