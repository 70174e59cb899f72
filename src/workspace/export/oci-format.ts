/**
 * Format `oci`: an OCI image layout, image-spec 1.1. Each run is a manifest with an artifact type; its files are the layers,
 * named by their titles, the run's document first. The same runs make the same bytes.
 */
import {createHash} from 'node:crypto';
import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Descriptor} from '../../cas/descriptor.ts';
import {digestOf, hexOf} from '../../cas/digest.ts';
import {mapLimit} from '../../platform/concurrency.ts';
import {exists} from '../../platform/publish.ts';
import {canonicalText} from '../../manifest/canonical.ts';
import {MANIFEST, PLACED_AT_ONCE, type ExportedFile, type ExportedRun, type PlaceBlob} from './contents.ts';

const ARTIFACT_TYPE = 'application/vnd.cosmos.run.v1';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
/** The config of an artifact that has none. Source: image-spec, "Guidance for an Empty Descriptor". */
const EMPTY = {type: 'application/vnd.oci.empty.v1+json', bytes: Buffer.from('{}')};

interface OciDescriptor extends Descriptor {
  annotations?: Record<string, string>;
  artifactType?: string;
}

export class OciLayout {
  readonly #folder: string;
  readonly #manifests: OciDescriptor[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(folder: string): Promise<OciLayout> {
    await mkdir(join(folder, 'blobs'));
    await mkdir(join(folder, 'blobs', 'sha256'));
    await writeFile(join(folder, 'oci-layout'), canonicalText({imageLayoutVersion: '1.0.0'}));
    return new OciLayout(folder);
  }

  async add(run: ExportedRun, place: PlaceBlob): Promise<void> {
    const layers: OciDescriptor[] = [
      {
        ...(await this.#write('application/vnd.cosmos.run.manifest.v1+json', run.manifest)),
        annotations: {'org.opencontainers.image.title': MANIFEST},
      },
    ];
    const unique = new Map(run.files.map((file) => [this.#pathOf(hexOf(file.digest)), file]));
    await mapLimit([...unique], PLACED_AT_ONCE, async ([path, file]) => {
      if (await exists(path)) return;
      await place(file, path);
      await chmod(path, 0o444);
    });
    layers.push(...run.files.map(layerOf));
    const manifest = {
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      artifactType: ARTIFACT_TYPE,
      config: await this.#write(EMPTY.type, EMPTY.bytes),
      layers,
      annotations: {'org.opencontainers.image.created': run.createdAt},
    };
    this.#manifests.push({
      ...(await this.#write(MANIFEST_TYPE, Buffer.from(canonicalText(manifest)))),
      artifactType: ARTIFACT_TYPE,
      annotations: {'org.opencontainers.image.ref.name': run.id},
    });
  }

  /** Without it the layout is not whole. */
  async finish(): Promise<void> {
    const index = {schemaVersion: 2, mediaType: INDEX_TYPE, manifests: this.#manifests};
    await writeFile(join(this.#folder, 'index.json'), canonicalText(index));
  }

  async #write(mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
    const hex = createHash('sha256').update(bytes).digest('hex');
    const path = this.#pathOf(hex);
    // What is there has these bytes, and may be a link to the store.
    if (!(await exists(path))) await writeFile(path, bytes, {flag: 'wx', mode: 0o444});
    return {mediaType, digest: digestOf(hex), size: bytes.length};
  }

  #pathOf(hex: string): string {
    return join(this.#folder, 'blobs', 'sha256', hex);
  }
}

function layerOf({name, role, mediaType, digest, size}: ExportedFile): OciDescriptor {
  const annotations = {'org.opencontainers.image.title': name, 'org.cosmos.role': role};
  return {mediaType: bareType(mediaType), digest, size, annotations};
}

/** Descriptors have no place for parameters of a media type. */
function bareType(mediaType: string): string {
  return mediaType.split(';')[0]?.trim() ?? mediaType;
}
