/** What a target says about itself when it is looked at. */

export interface GpuFacts {
  index: number;
  name: string;
  uuid: string;
  driver: string;
  /** Null for what the driver does not tell. */
  memoryTotalMiB: number | null;
  memoryUsedMiB: number | null;
  utilisationPercent: number | null;
  temperatureC: number | null;
  powerW: number | null;
}

export interface TargetReport {
  system: string;
  user: string;
  /** The folder of everything of cosmos there, absolute. */
  root: string;
  /** Free bytes where the root is; null when the target does not tell. */
  freeBytes: number | null;
  isWritable: boolean;
  gpus: GpuFacts[];
  runtime: string | null;
  image: {id: string; digest: string | null} | null;
  /** Whether jobs can wait for a GPU in turn. */
  canQueue: boolean;
  /** What keeps runs from working. */
  problems: string[];
  /** What may surprise. */
  warnings: string[];
}
