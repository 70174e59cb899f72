/** Replaces its outputs folder by a link to somewhere else. */
import {rmSync, symlinkSync} from 'node:fs';

rmSync(process.env.COSMOS_OUTPUTS, {recursive: true});
symlinkSync('/etc', process.env.COSMOS_OUTPUTS);
