/** No GPU is needed to stand in line for one: a program that says what nvidia-smi would. */
import {chmod, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

/** Writes it into a folder for PATH; it answers the questions that the scripts of remote/ ask. */
export async function installGpus(
  folder: string,
  uuids: readonly string[] = ['GPU-aa', 'GPU-bb'],
  /** What it says of how busy each is, as lines of shell; default: idle. */
  uses: Readonly<Record<string, string>> = {},
): Promise<void> {
  const print = (line: (uuid: string, index: number) => string): string =>
    uuids.map((uuid, index) => `echo '${line(uuid, index)}'`).join('; ');
  const cases = Object.entries(uses)
    .map(([uuid, line]) => `${uuid}) ${line} ;;`)
    .join(' ');
  const script = `#!/bin/sh
case $1 in
  *=uuid) ${print((uuid) => uuid)} ;;
  *=index,uuid,name) ${print((uuid, index) => `${index}, ${uuid}, Test GPU`)} ;;
  *=utilization.gpu) case $4 in ${cases} *) echo 0 ;; esac ;;
  *) ${print((uuid, index) => `${index}, Test GPU, ${uuid}, 1.0, 81920, 0, 0, 30, 60`)} ;;
esac
`;
  await writeFile(join(folder, 'nvidia-smi'), script);
  await chmod(join(folder, 'nvidia-smi'), 0o755);
}
