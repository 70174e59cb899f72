/** No GPU is needed to stand in line for one: a program that says what nvidia-smi would. */
import {chmod, writeFile} from 'node:fs/promises';
import {join} from 'node:path';

/** Writes it into a folder for PATH; it answers the questions that the scripts of remote/ ask. */
export async function installGpus(
  folder: string,
  uuids: readonly string[] = ['GPU-aa', 'GPU-bb'],
): Promise<void> {
  const print = (line: (uuid: string, index: number) => string): string =>
    uuids.map((uuid, index) => `echo '${line(uuid, index)}'`).join('; ');
  const script = `#!/bin/sh
case $1 in
  *=uuid) ${print((uuid) => uuid)} ;;
  *=index,uuid,name) ${print((uuid, index) => `${index}, ${uuid}, Test GPU`)} ;;
  *) ${print((uuid, index) => `${index}, Test GPU, ${uuid}, 1.0, 81920, 0, 0, 30, 60`)} ;;
esac
`;
  await writeFile(join(folder, 'nvidia-smi'), script);
  await chmod(join(folder, 'nvidia-smi'), 0o755);
}
